// Turns what zod found into a problem: 400 for a request that does not have the described shape, 422 for one that has
// it but holds a value that cannot be accepted. A wrong parameter of the URL is always 400.

import type { Hook } from '@hono/zod-openapi';
import type { z } from 'zod';
import type { Env } from './context.ts';
import { type FieldError, Problem } from './problem.ts';

type Issue = z.core.$ZodIssue;

/** The default hook of every route: lets valid input pass, and throws the problem otherwise. */
export const refuseInvalid: Hook<unknown, Env, string, undefined> = (result) => {
  if (result.success) return;
  const issues = result.error.issues;
  const inBody = result.target === 'json' || result.target === 'form';
  const errors = issues.flatMap((issue) => describe(issue, inBody));
  const shape = !inBody || issues.some(isShape);
  const summary = errors
    .map(({ pointer, parameter, detail }) => `${pointer ?? parameter}: ${detail}`)
    .join('; ');
  throw new Problem(shape ? 'malformed' : 'unacceptable', summary, { errors: errors.slice(0, 20) });
};

// 1.5 for a whole number, and 1e999, are numbers in JSON: wrong values, not a wrong shape. (zod tells what it received
// only for NaN and infinity.)
function isShape(issue: Issue): boolean {
  if (issue.code === 'unrecognized_keys' || issue.code === 'invalid_union') return true;
  return issue.code === 'invalid_type' && issue.expected !== 'int' && !('received' in issue);
}

function describe(issue: Issue, inBody: boolean): FieldError[] {
  const at = (path: readonly PropertyKey[], detail: string): FieldError =>
    inBody ? { pointer: pointer(path), detail } : { parameter: path.map(String).join('.'), detail };
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => at([...issue.path, key], 'there is no such field'));
  }
  return [at(issue.path, wording(issue))];
}

function wording(issue: Issue): string {
  if (issue.code === 'custom') return issue.message;
  // Only zod's message tells a missing value from a wrong one.
  if (issue.message.endsWith('received undefined')) return 'is missing';
  // zod's own words, shaped like the others: "expected number, received string".
  return issue.message.replace(/^Invalid input: /, '').replace(/^[A-Z]/, (letter) => letter.toLowerCase());
}

function pointer(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('') || '/';
}
