// The connections of `serve`. Requests that issue something and requests that only read have a pool each: while one table
// is locked, those who wait for it may use up one pool, and the other goes on.

import { connect, type Sql } from '../../db/connection.ts';

export type Pools = { issuing: Sql; reading: Sql; end(): Promise<void> };

/** A statement may run so many times longer than it may wait for a lock: a report over years is slow, but not stuck. */
const runsLonger = 15;

/**
 * @param patience seconds that a statement may wait for a lock. Then PostgreSQL ends it (55P03).
 */
export function openPools(databaseUrl: string, patience: number): Pools {
  const milliseconds = patience * 1000;
  const open = (max: number) =>
    connect(databaseUrl, {
      max,
      // postgres.js would wait up to 20 s before it tries a server again that has been away for long.
      backoff: () => 0.5,
      connection: { lock_timeout: milliseconds, statement_timeout: milliseconds * runsLonger },
    });
  const issuing = open(10);
  const reading = open(4);
  return {
    issuing,
    reading,
    end: async () => {
      await Promise.all([issuing.end({ timeout: 5 }), reading.end({ timeout: 5 })]);
    },
  };
}
