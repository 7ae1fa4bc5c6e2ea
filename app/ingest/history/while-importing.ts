// One import at a time, and no day is closed meanwhile.

import type postgres from 'postgres';
import { connect } from '../../db/connection.ts';
import { inTransaction } from '../../db/transaction.ts';
import { importLock } from '../store/partitions.ts';

/**
 * Holds the lock of imports while `work` runs. Another import waits: each must see the lines of the others
 * (seen-lines.ts). The lock belongs to a transaction that is idle all the while: PgBouncer would take the connection of a
 * session away.
 * @param onWait called where another import runs
 */
export async function whileImporting<T>(
  databaseUrl: string,
  onWait: () => void,
  work: () => Promise<T>,
): Promise<T> {
  const sql = connect(databaseUrl, { max: 1, connection: { application_name: 'tallygate-import' } });
  try {
    const holding = async (tx: postgres.TransactionSql) => {
      const [lock] = await tx`select pg_try_advisory_xact_lock(${importLock}) as free`;
      if (!lock?.free) {
        onWait();
        await tx`select pg_advisory_xact_lock(${importLock})`;
      }
      return work();
    };
    return await inTransaction(sql, holding, '0');
  } finally {
    await sql.end({ timeout: 5 });
  }
}
