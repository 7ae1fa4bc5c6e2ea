// Pieces of the OpenAPI description that every route shares.

import { z } from '@hono/zod-openapi';
import type { ProblemCode } from './problem.ts';
import { problemCodes } from './problem.ts';

const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    request_id: z.string(),
    errors: z
      .array(
        z.object({
          pointer: z.string().optional(),
          parameter: z.string().optional(),
          detail: z.string(),
        }),
      )
      .optional(),
  })
  .openapi('Problem');

/** A JSON body of this schema. */
export function json<S extends z.ZodType>(schema: S, description: string) {
  return { description, content: { 'application/json': { schema } } };
}

/**
 * The required JSON body of a request. The validator calls zod's asynchronous parser, but zod compiles a schema only for
 * its synchronous one, which is twice as fast. None of our checks waits for anything, so the one can stand for the other.
 */
export function jsonBody<S extends z.ZodType>(schema: S) {
  schema.safeParseAsync = async (value, context) => schema.safeParse(value, context);
  return { required: true, content: { 'application/json': { schema } } };
}

/** The problems that a route can answer with, besides those of the API key, which every route has. */
export function problems(...codes: ProblemCode[]) {
  const all = new Set<ProblemCode>(['unauthenticated', 'forbidden', 'too_many_requests', ...codes]);
  return Object.fromEntries(
    problemCodes()
      .filter(({ code }) => all.has(code))
      .map(({ status, title }) => [
        status,
        { description: title, content: { 'application/problem+json': { schema: problemSchema } } },
      ]),
  );
}

export const bearer = [{ api_key: [] }];
