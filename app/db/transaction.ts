// Transactions that do not hold up others for long.

import type postgres from 'postgres';
import type { Sql } from './connection.ts';

/**
 * A process may be stopped, frozen or cut off between two statements. Its locks would then stay until TCP gives up on the
 * server, hours later. With this limit the server ends such a session. It is set for each transaction and not once for
 * the connection: behind PgBouncer each transaction may get another session.
 */
const idleTimeout = '20s';

/**
 * Runs `work` in a transaction. When the server waits longer than `idle` for the next statement, it undoes the
 * transaction and ends the session. `idle` is an interval of PostgreSQL; '0' means no limit.
 */
export async function inTransaction<T>(
  sql: Sql,
  work: (tx: postgres.TransactionSql) => Promise<T>,
  idle = idleTimeout,
): Promise<T> {
  const outcome = sql.begin(async (tx) => {
    // Sent before the first statement without waiting for the answer. If it fails, all statements behind it fail too.
    const limit = tx`select set_config('idle_in_transaction_session_timeout', ${idle}, true)`.execute();
    const [, result] = await Promise.all([limit, work(tx)]);
    return result;
  });
  return outcome as Promise<T>;
}
