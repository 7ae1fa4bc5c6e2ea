// The API's documentation, rendered from the OpenAPI document. It needs no script.

import { problemCodes } from '../http/problem.ts';
import { page } from './layout.tsx';

type Schema = {
  $ref?: string;
  type?: string | string[];
  format?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  maxLength?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  allOf?: Schema[];
};
type Parameter = { name: string; in: string; required?: boolean; description?: string; schema?: Schema };
type Content = Record<string, { schema?: Schema }>;
type Operation = {
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: Parameter[];
  requestBody?: { content: Content };
  responses: Record<string, { description: string; content?: Content }>;
};
export type Document = {
  info: { title: string; version: string; description?: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
};

/** The page for a document. */
export function docsPage(document: Document) {
  return page({ title: document.info.title, children: <Docs document={document} /> });
}

function Docs({ document }: { document: Document }) {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const tags = [...new Set(operations.map(({ operation }) => operation.tags?.[0] ?? ''))];
  return (
    <>
      <h1>{document.info.title}</h1>
      <p>{document.info.description}</p>
      <p class="hint">
        Version {document.info.version}. For programs: <a href="/tallygate/api/openapi.json">openapi.json</a>.
      </p>
      {tags.map((tag) => (
        <section>
          <h2>{capitalised(tag)}</h2>
          {operations
            .filter(({ operation }) => operation.tags?.[0] === tag)
            .map((entry) => (
              <Route {...entry} />
            ))}
        </section>
      ))}
      <h2>Problems</h2>
      <p>
        Every error is answered as <code>application/problem+json</code> (RFC 9457). <code>errors</code> names
        the wrong fields. With <code>request_id</code> the operator finds the request in the log.
      </p>
      <Table head={['Code', 'Status', 'Meaning']}>
        {problemCodes().map(({ code, status, title }) => (
          <tr id={code}>
            <th scope="row">
              <code>{code}</code>
            </th>
            <td>{status}</td>
            <td>{title}</td>
          </tr>
        ))}
      </Table>
      <h2>Objects</h2>
      {Object.entries(document.components.schemas).map(([name, schema]) => (
        <section id={`object-${name}`}>
          <h3>{name}</h3>
          <Fields schema={schema} />
        </section>
      ))}
    </>
  );
}

function Route({ path, method, operation }: { path: string; method: string; operation: Operation }) {
  const parameters = operation.parameters ?? [];
  const meaningOf = ({ description, schema }: Parameter) => description ?? schema?.description;
  const isExplained = parameters.some((parameter) => meaningOf(parameter) !== undefined);
  return (
    <article>
      <h3 class="mono">
        {method.toUpperCase()} {path}
      </h3>
      <p>
        {operation.summary}.{operation.description && ` ${operation.description}`}
      </p>
      {parameters.length > 0 && (
        <Table head={['Parameter', 'In', 'Type', ...(isExplained ? ['Meaning'] : [])]}>
          {parameters.map((parameter) => (
            <tr>
              <th scope="row">
                <code>{parameter.name}</code>
              </th>
              <td>{parameter.in}</td>
              <td>{parameter.schema && <Form schema={parameter.schema} />}</td>
              {isExplained && <td>{meaningOf(parameter)}</td>}
            </tr>
          ))}
        </Table>
      )}
      <p class="hint">
        {operation.requestBody && (
          <>
            Takes <Contents content={operation.requestBody.content} />.{' '}
          </>
        )}
        {Object.entries(operation.responses)
          .filter(([status]) => status.startsWith('2'))
          .map(([status, { description, content }]) => (
            <>
              Answers {status}: {description}
              {content && (
                <>
                  {' '}
                  (<Contents content={content} />)
                </>
              )}
              .{' '}
            </>
          ))}
        Problems: {problemsOf(operation)}.
      </p>
    </article>
  );
}

function problemsOf({ responses }: Operation): string {
  return Object.keys(responses)
    .filter((status) => !status.startsWith('2'))
    .join(', ');
}

function Contents({ content }: { content: Content }) {
  return (
    <>
      {Object.entries(content).map(([type, { schema }], index) => (
        <>
          {index > 0 && ', '}
          {type === 'application/json' && schema ? <Form schema={schema} /> : <code>{type}</code>}
        </>
      ))}
    </>
  );
}

function Fields({ schema }: { schema: Schema }) {
  const parts = schema.allOf ?? [schema];
  const required = new Set(parts.flatMap((part) => part.required ?? []));
  return (
    <>
      {parts.map(
        (part) =>
          part.$ref && (
            <p class="hint">
              All of <Form schema={part} />, and:
            </p>
          ),
      )}
      <Table head={['Field', 'Type', 'Meaning']}>
        {parts
          .flatMap((part) => Object.entries(part.properties ?? {}))
          .map(([name, field]) => (
            <tr>
              <th scope="row">
                <code>{name}</code>
              </th>
              <td>
                <Form schema={field} />
                {!required.has(name) && field.default === undefined && ', optional'}
                {field.default !== undefined && `, default ${JSON.stringify(field.default)}`}
              </td>
              <td>{field.description}</td>
            </tr>
          ))}
      </Table>
    </>
  );
}

/** A type in words: "integer, 1 to 100", "list of Token". */
function Form({ schema }: { schema: Schema }) {
  if (schema.$ref) {
    const name = schema.$ref.split('/').at(-1) as string;
    return <a href={`#object-${name}`}>{name}</a>;
  }
  if (schema.items) {
    return (
      <>
        list of <Form schema={schema.items} />
      </>
    );
  }
  if (schema.enum) return <>{schema.enum.map(String).join(' | ')}</>;
  const { minimum, maximum, maxLength, format } = schema;
  const range =
    minimum !== undefined && maximum !== undefined
      ? `, ${minimum} to ${maximum}`
      : maxLength !== undefined
        ? `, up to ${maxLength} characters`
        : '';
  return <>{`${format ?? [schema.type].flat().join(' or ')}${range}`}</>;
}

function Table({ head, children }: { head: string[]; children?: unknown }) {
  return (
    <div class="scroll">
      <table class="reference">
        <thead>
          <tr>
            {head.map((cell) => (
              <th scope="col">{cell}</th>
            ))}
          </tr>
        </thead>
        <tbody>{children as never}</tbody>
      </table>
    </div>
  );
}

const capitalised = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
