// Everything that can go wrong in a request, as problem details (RFC 9457). There are few codes, and one table from
// code to status. Routes throw `Problem`; only this file makes the answer, so internals stay in the log.

import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

const table = {
  malformed: [400, 'The request cannot be read'],
  unauthenticated: [401, 'An API key is needed'],
  forbidden: [403, 'This is not allowed'],
  not_found: [404, 'There is nothing here'],
  method_not_allowed: [405, 'The method is not allowed here'],
  conflict: [409, 'Another request stands in the way'],
  gone: [410, 'This is no longer available'],
  too_large: [413, 'The request is too large'],
  unsupported_media_type: [415, 'The content type is not supported'],
  misdirected: [421, 'The request came to the wrong host'],
  unacceptable: [422, 'A value cannot be accepted'],
  too_many_requests: [429, 'Too many requests'],
  internal: [500, 'Something went wrong on our side'],
  unavailable: [503, 'The service cannot answer now'],
} as const satisfies Record<string, readonly [ContentfulStatusCode, string]>;

export type ProblemCode = keyof typeof table;

/** One wrong value. Its place is a JSON pointer into the body (RFC 6901), or the parameter's name. */
export type FieldError = { pointer?: string; parameter?: string; detail: string };

export type ProblemOptions = {
  errors?: FieldError[];
  headers?: Record<string, string>;
  cause?: unknown;
};

/** Thrown anywhere below a route. The client's author reads `detail`: it names the remedy. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly errors: FieldError[] | undefined;
  readonly headers: Record<string, string>;

  constructor(code: ProblemCode, detail: string, options: ProblemOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Problem';
    this.code = code;
    this.errors = options.errors;
    this.headers = options.headers ?? {};
  }

  get status(): ContentfulStatusCode {
    return table[this.code][0];
  }
}

/** Every code with its status and title, for the documentation. */
export function problemCodes(): { code: ProblemCode; status: number; title: string }[] {
  return Object.entries(table).map(([code, [status, title]]) => ({
    code: code as ProblemCode,
    status,
    title,
  }));
}

/** The title of a problem's code. */
export const titleOf = ({ code }: Problem): string => table[code][1];

/** The answer to a request that failed with `problem`. */
export function problemResponse(c: Context, problem: Problem): Response {
  const [status, title] = table[problem.code];
  const body = {
    // A relative URL of the page that explains the codes: one release serves many sites.
    type: `/tallygate/api#${problem.code}`,
    title,
    status,
    detail: problem.message,
    request_id: c.get('requestId'),
    ...(problem.errors && { errors: problem.errors }),
  };
  return c.body(JSON.stringify(body), status, {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...problem.headers,
  });
}
