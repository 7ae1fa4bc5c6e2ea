// Types of the client, from the OpenAPI document: every component that its routes name, and the query of every
// list. The reports have none: they are files to download.

type Schema = {
  $ref?: string;
  type?: string | string[];
  description?: string;
  default?: unknown;
  enum?: unknown[];
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  required?: string[];
  allOf?: Schema[];
};
type Parameter = { name: string; in: string; required?: boolean; description?: string; schema: Schema };
export type Document = {
  paths: Record<string, Record<string, { parameters?: Parameter[] }>>;
  components: { schemas: Record<string, Schema> };
};

/** The text of app/client/wire.ts. */
export function wireTypes(document: Document): string {
  const own = Object.entries(document.paths).filter(([path]) => !path.includes('/reports'));
  const used = namesIn(own, document.components.schemas);
  const components = Object.entries(document.components.schemas)
    .filter(([name]) => used.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, schema]) => `export type ${name} = ${typeOf(schema)};\n`);
  const queries = own
    .map(([path, methods]) => [path, methods.get?.parameters?.filter((p) => p.in === 'query') ?? []] as const)
    .filter(([path, parameters]) => parameters.length > 0 && !path.includes('{'))
    .map(([path, parameters]) => {
      const fields = parameters
        .filter(({ name }) => name !== 'cursor')
        .map((p) => field(p.name, p.schema, false, p));
      return `export type ${capitalised(path.split('/').at(-1) as string)}Query = {\n${fields.join('')}};\n`;
    });
  const head = `// What goes over the wire, made from the OpenAPI document by test/check/wire-types.ts. Do not edit it: run make openapi.
`;
  return [head, ...components, ...queries].join('\n');
}

/** The components that `value` names, and those that they name. */
function namesIn(value: unknown, schemas: Record<string, Schema>, found = new Set<string>()): Set<string> {
  for (const [, name = ''] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    if (found.has(name)) continue;
    found.add(name);
    namesIn(schemas[name], schemas, found);
  }
  return found;
}

function typeOf(schema: Schema): string {
  if (schema.$ref) return schema.$ref.split('/').at(-1) as string;
  if (schema.allOf) return schema.allOf.map(typeOf).join(' & ');
  if (schema.enum) return schema.enum.map((value) => `'${value}'`).join(' | ');
  if (schema.items) {
    const items = typeOf(schema.items);
    return /[ {]/.test(items) ? `Array<${items}>` : `${items}[]`;
  }
  if (schema.properties) {
    const required = new Set(schema.required ?? []);
    const fields = Object.entries(schema.properties).map(([name, inner]) =>
      field(name, inner, required.has(name)),
    );
    return `{\n${fields.join('')}}`;
  }
  const type = [schema.type].flat()[0];
  if (type === 'object') return 'Record<string, unknown>';
  return type === 'integer' ? 'number' : (type ?? 'unknown');
}

function field(
  name: string,
  schema: Schema,
  required: boolean,
  { description = schema.description } = {},
): string {
  const notes = [description, schema.default !== undefined && `Default: ${JSON.stringify(schema.default)}.`];
  const comment = notes.filter(Boolean).join(' ');
  const type = typeOf(schema);
  return `${comment && `/** ${comment} */\n`}${name}${required ? '' : '?'}: ${type}${required ? '' : ' | undefined'};\n`;
}

const capitalised = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
