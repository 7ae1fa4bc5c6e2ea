// Transactions that do not hold up others for long.

import type postgres from 'postgres';
import type { Sql } from './connection.ts';

/**
 * A process that is stopped, frozen or cut off between two statements would keep its locks for hours, until the server's
 * TCP gives up. With this the server ends such a session. It is set for the transaction and not for the connection:
 * behind PgBouncer, each transaction may run on another connection.
 */
const idleTimeout = '20s';

/**
 * Runs `work` in a transaction. If the server has to wait longer than `idle` for the next statement ('0': never too
 * long), it undoes the transaction. Within a transaction, `work` becomes a part of it.
 */
export async function inTransaction<T>(
  sql: Sql | postgres.TransactionSql,
  work: (tx: postgres.TransactionSql) => Promise<T>,
  idle = idleTimeout,
): Promise<T> {
  if (!('begin' in sql)) return work(sql);
  const outcome = sql.begin(async (tx) => {
    // Sent ahead of the first statement without waiting for its answer. If it fails, everything behind it fails, too.
    const limit = tx`select set_config('idle_in_transaction_session_timeout', ${idle}, true)`.execute();
    const [, result] = await Promise.all([limit, work(tx)]);
    return result;
  });
  return outcome as Promise<T>;
}
