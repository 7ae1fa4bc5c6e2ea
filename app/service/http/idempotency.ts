// Idempotency-Key: a request that is repeated because its answer was lost does nothing twice, and gets the first
// answer. The answer is stored in the transaction that did the work: either both are there or neither.

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
 * Does `work` and answers 201 with `body`, once for each Idempotency-Key of an API key.
 * @param body the answer, computed before any work: what is stored must not depend on who comes first
 * @param work what makes the answer true; inside a transaction where there is a key
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
    const db = orm(transaction);
    // Where another request with this key is under way, the insert waits for its end.
    const inserted = await db
      .insert(answers)
      .values({ apiKeyId: caller, key, request, body })
      .onConflictDoNothing()
      .returning({ key: answers.key });
    if (inserted.length === 1) {
      await work(transaction as unknown as Sql);
      return body;
    }
    const [first] = await db
      .select()
      .from(answers)
      .where(and(eq(answers.apiKeyId, caller), eq(answers.key, key)));
    if (!first || !request.equals(first.request)) {
      throw new Problem('unacceptable', 'This Idempotency-Key was used for another request; use a new one.');
    }
    return first.body;
  });
}

function digestOf(c: Context<Env>, body: string): Buffer {
  return createHash('sha256').update(`${c.req.method} ${c.req.path}\n`).update(body).digest();
}
