// Idempotency-Key. A client that lost the answer may repeat its request: nothing is done twice, and it gets the first
// answer. The answer is stored in the transaction that does the work, so both exist or neither.

import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import type { Sql } from '../../db/connection.ts';
import { inTransaction } from '../../db/transaction.ts';
import type { Deps, Env } from './context.ts';
import { Problem } from './problem.ts';

const form = /^[\x21-\x7e]{1,255}$/;

/**
 * Does `work` and answers 201 with `body`, once for each Idempotency-Key of an API key.
 * @param body the answer, made before any work is done, so that it does not depend on which request comes first
 * @param work makes the answer true; runs in a transaction where there is an Idempotency-Key
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
    const sql = transaction as unknown as Sql;
    // While another request with this Idempotency-Key is under way, the insert waits for its end.
    const inserted = await sql`
      insert into idempotent_answers (api_key_id, key, request, body) values (${caller}, ${key}, ${request}, ${body})
      on conflict do nothing returning true`;
    if (inserted.length === 1) {
      await work(sql);
      return body;
    }
    const [first] = await sql<{ request: Buffer; body: string }[]>`
      select request, body from idempotent_answers where api_key_id = ${caller} and key = ${key}`;
    if (!first || !request.equals(first.request)) {
      throw new Problem('unacceptable', 'This Idempotency-Key was used for another request. Use a new one.');
    }
    return first.body;
  });
}

function digestOf(c: Context<Env>, body: string): Buffer {
  return createHash('sha256').update(`${c.req.method} ${c.req.path}\n`).update(body).digest();
}
