// Whether PostgreSQL answers. A server that is frozen, or cut off, refuses nothing: a request that waits for it would wait
// for minutes. So one connection asks all the time, and when it gets no answer, all who wait are told at once.

import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '../../db/connection.ts';
import type { Logger } from '../../log.ts';

const pauseMs = 500;
const tickMs = 100;

/** Thrown to a request that waits while PostgreSQL is away. */
export class DatabaseAway extends Error {}

export type DatabaseWatch = {
  /**
   * Gives the result of `work`, unless PostgreSQL is away or goes away first.
   * @throws DatabaseAway; the work may still come to its end afterwards
   */
  unlessAway<T>(work: () => Promise<T>): Promise<T>;
  stop(): Promise<void>;
};

/** @param patience seconds without an answer after which PostgreSQL is away */
export function watchDatabase(databaseUrl: string, patience: number, log: Logger): DatabaseWatch {
  const sql = connect(databaseUrl, {
    max: 1,
    connect_timeout: patience,
    backoff: () => pauseMs / 1000,
    connection: { application_name: 'tallygate-watch' },
  });
  // A promise of its own for each request: what is raced against one long-lived promise is never freed.
  const waiting = new Set<(error: DatabaseAway) => void>();
  const stopping = new AbortController();
  let away = false;

  function lose(): void {
    if (!away)
      log.error({ seconds: patience }, 'PostgreSQL does not answer; requests are refused until it does');
    away = true;
    for (const refuse of waiting) refuse(new DatabaseAway());
    waiting.clear();
  }

  async function ask(): Promise<void> {
    // Ticks and not one timer: a process that was itself stopped for a while sees one tick late, not PostgreSQL silent.
    let ticksLeft = (patience * 1000) / tickMs;
    const clock = setInterval(() => {
      if (--ticksLeft <= 0) lose();
    }, tickMs);
    try {
      // Once more, because one connection may end while the server is well.
      await sql`select 1`.catch(() => sql`select 1`);
      if (away) log.info('PostgreSQL answers again');
      away = false;
    } catch {
      if (!stopping.signal.aborted) lose();
    } finally {
      clearInterval(clock);
    }
  }

  async function follow(): Promise<void> {
    while (!stopping.signal.aborted) {
      await ask();
      await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  const followed = follow();
  return {
    unlessAway: (work) =>
      new Promise((resolve, reject) => {
        if (away) return reject(new DatabaseAway());
        waiting.add(reject);
        work()
          .then(resolve, reject)
          .finally(() => waiting.delete(reject));
      }),
    async stop() {
      stopping.abort();
      await sql.end({ timeout: 0 });
      await followed;
    },
  };
}
