// Idempotency-Key: a client repeats a request because the answer was lost. Nothing is done twice, and it gets the first
// answer. That is stored in the same transaction as the work: either both are there or neither.

import { createHash } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import type { Context } from 'hono';
import type { Sql } from '../../db/connection.ts';
import { orm } from '../../db/orm.ts';
import { idempotentAnswers as answers } from '../../db/schema/service.ts';
import { inTransaction } from '../../db/transaction.ts';
import type { Deps, Env } from './context.ts';
import { Problem } from './problem.ts';

const form = /^[\x21-\x7e]{1,255}$/;

/**
 * Does `work` once for each Idempotency-Key of an API key.
 * @param body the answer, made before any work: what is stored must not depend on who comes first
 * @param work what makes the answer true; it gets a transaction if the request has an Idempotency-Key
 * @returns the body to answer with: this one, or that of the first request
 * @throws Problem 400 for a key that cannot be one, 422 for a key that was used for another request
 */
export async function answerOnce(
  c: Context<Env>,
  deps: Deps,
  body: string,
  work: (sql: Sql | undefined) => Promise<unknown>,
): Promise<string> {
  const key = c.req.header('idempotency-key');
  if (key === undefined) {
    await work(undefined);
    return body;
  }
  if (!form.test(key)) {
    throw new Problem('malformed', 'Idempotency-Key must be 1 to 255 visible ASCII characters.');
  }
  const caller = c.get('apiKey').id;
  const request = digestOf(c, await c.req.text());
  return inTransaction(deps.sql, async (transaction) => {
    // While another request with this key is under way, the insert waits for its end.
    const inserted = await transaction`
      insert into idempotent_answers (api_key_id, key, request, body) values (${caller}, ${key}, ${request}, ${body})
      on conflict do nothing returning true`;
    if (inserted.length === 1) {
      await work(transaction as unknown as Sql);
      return body;
    }
    const [first] = await orm(transaction)
      .select()
      .from(answers)
      .where(and(eq(answers.apiKeyId, caller), eq(answers.key, key)));
    if (!first || !request.equals(first.request)) {
      throw new Problem('unacceptable', 'This Idempotency-Key was used for another request. Use a new one.');
    }
    return first.body;
  });
}

function digestOf(c: Context<Env>, body: string): Buffer {
  return createHash('sha256').update(`${c.req.method} ${c.req.path}\n`).update(body).digest();
}
