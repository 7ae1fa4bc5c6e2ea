// Which changes of an OpenAPI document break programs that were written for the one before. Each document becomes facts,
// a line for each thing that a program can rely on; what is compared are the lines.

export type Schema = {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
};
type Body = { required?: boolean; content?: Record<string, { schema?: Schema }> };
type Operation = {
  parameters?: { name: string; in: string; required?: boolean; schema?: Schema }[];
  requestBody?: Body;
  responses?: Record<string, Body>;
};
export type Api = {
  paths: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, Schema> };
};

/** What a program sends, or what it is answered. */
type Facts = { sent: Map<string, Fact>; answered: Map<string, Fact> };
type Fact = { type: string; isRequired: boolean };

/** One line for each thing of `before` that a program could rely on and `now` does not keep. */
export function breaks(before: Api, now: Api): string[] {
  const [old, made] = [factsOf(before), factsOf(now)];
  const found: string[] = [];
  for (const [what, { type, isRequired }] of old.answered) {
    const fact = made.answered.get(what);
    if (!fact) found.push(`${what} is no longer answered`);
    else if (fact.type !== type) found.push(`${what} was ${type} and is ${fact.type}`);
    else if (isRequired && !fact.isRequired) found.push(`${what} is no longer in every answer`);
  }
  for (const [what, { type }] of old.sent) {
    const fact = made.sent.get(what);
    if (!fact) found.push(`${what} is no longer taken`);
    else if (fact.type !== type) found.push(`${what} was ${type} and is ${fact.type}`);
  }
  for (const [what, { isRequired }] of made.sent) {
    const isOfOldRoute = old.sent.has(routeOf(what));
    if (isRequired && isOfOldRoute && !old.sent.get(what)?.isRequired) found.push(`${what} must be sent now`);
  }
  return found;
}

const routeOf = (what: string) => what.split(' ', 2).join(' ');

function factsOf(api: Api): Facts {
  const facts: Facts = { sent: new Map(), answered: new Map() };
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const route = `${method.toUpperCase()} ${path}`;
      facts.sent.set(route, { type: 'route', isRequired: false });
      for (const { name, in: place, required = false, schema = {} } of operation.parameters ?? []) {
        addSchema(facts.sent, api, `${route} ${place} ${name}`, schema, required);
      }
      addBody(facts.sent, api, `${route} body`, operation.requestBody);
      for (const [status, response] of Object.entries(operation.responses ?? {})) {
        facts.answered.set(`${route} ${status}`, { type: 'answer', isRequired: false });
        addBody(facts.answered, api, `${route} ${status}`, response);
      }
    }
  }
  return facts;
}

function addBody(to: Map<string, Fact>, api: Api, what: string, body: Body | undefined): void {
  for (const [media, { schema = {} }] of Object.entries(body?.content ?? {})) {
    addSchema(to, api, `${what} ${media}`, schema, body?.required ?? false);
  }
}

/** Adds a value and the values within it; a component within itself is not followed again. */
function addSchema(
  to: Map<string, Fact>,
  api: Api,
  what: string,
  schema: Schema,
  isRequired: boolean,
  within: readonly string[] = [],
): void {
  if (schema.$ref) {
    const name = schema.$ref.split('/').at(-1) as string;
    const component = api.components?.schemas?.[name];
    if (component && !within.includes(name))
      addSchema(to, api, what, component, isRequired, [...within, name]);
    return;
  }
  const parts = [...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  if (parts.length === 0) to.set(what, { type: typeOf(schema), isRequired });
  for (const part of parts) addSchema(to, api, what, part, isRequired, within);
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    addSchema(to, api, `${what} ${name}`, inner, schema.required?.includes(name) ?? false, within);
  }
  if (schema.items) addSchema(to, api, `${what} []`, schema.items, false, within);
}

function typeOf({ type, format, enum: values }: Schema): string {
  const name = [type ?? 'anything'].flat().join(' or ') + (format ? ` (${format})` : '');
  return values ? `${name} of ${values.join(', ')}` : name;
}
