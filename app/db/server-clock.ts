// PostgreSQL's clock, as it goes on when our own is set: it is asked now and then, and the kernel's monotonic clock counts
// from there.

import type { Sql } from './connection.ts';

export class ServerClock {
  /** PostgreSQL's time less the monotonic clock's, milliseconds; before it was asked it is no time at all. */
  #offset = Number.NEGATIVE_INFINITY;

  /** Asks PostgreSQL what time it is. */
  async look(sql: Sql): Promise<void> {
    const before = performance.now();
    const [row] = await sql<{ now: number }[]>`
      select extract(epoch from clock_timestamp())::float8 * 1000 as now`;
    this.#offset = (row?.now ?? Number.NaN) - (before + performance.now()) / 2;
  }

  /** Milliseconds since 1970 by PostgreSQL's clock. */
  now(): number {
    return this.#offset + performance.now();
  }
}
