// Transactions that hold nobody up for long.

import type postgres from 'postgres';
import type { Sql } from './connection.ts';

/**
 * A process that is stopped, frozen or cut off between two statements would keep its locks until the server's TCP gives
 * up, hours later: the server ends such a session. Set for the transaction and not for the connection: behind PgBouncer
 * each transaction may meet another.
 */
const idleTimeout = '20s';

/**
 * A transaction in which the server waits for the next statement for `idle` at most ('0': for ever); after that it is
 * undone.
 */
export async function inTransaction<T>(
  sql: Sql,
  work: (tx: postgres.TransactionSql) => Promise<T>,
  idle = idleTimeout,
): Promise<T> {
  const outcome = sql.begin(async (tx) => {
    // Sent ahead of the first statement, and not waited for. Should it fail, so does everything behind it.
    const limit = tx`select set_config('idle_in_transaction_session_timeout', ${idle}, true)`.execute();
    const [, result] = await Promise.all([limit, work(tx)]);
    return result;
  });
  return outcome as Promise<T>;
}
