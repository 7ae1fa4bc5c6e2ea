// What `serve` does besides answering requests: it settles the uses of codes and removes what has outlived its time.
// Any number of instances may do so at once: each skips the rows that another holds.

import { settleAll } from './codes/settle.ts';
import type { Deps } from './http/context.ts';

const settleEveryMs = 10_000;
const cleanEveryMs = 600_000;

/** Starts it. The function it returns stops it, after the job under way. */
export function keepHouse(deps: Deps): () => Promise<void> {
  const jobs = [
    every(settleEveryMs, () => settleAll(deps.sql, deps.now())),
    every(cleanEveryMs, () => clean(deps)),
  ];
  return async () => {
    await Promise.all(jobs.map((stop) => stop()));
  };

  function every(pauseMs: number, job: () => Promise<unknown>): () => Promise<void> {
    let timer: NodeJS.Timeout;
    let running = Promise.resolve();
    const schedule = () => {
      timer = setTimeout(() => {
        running = job()
          // The next run does what this one could not.
          .catch((error: unknown) => deps.log.warn({ err: error }, 'housekeeping failed; it is tried again'))
          .then(schedule);
      }, pauseMs);
      timer.unref();
    };
    schedule();
    return async () => {
      clearTimeout(timer);
      await running;
      // A job that has just ended has set the next timer.
      clearTimeout(timer);
    };
  }
}

/**
 * Removes answers to repeated requests that are older than a day, failed attempts and blocks whose time is over, and
 * the admissions of tokens that have ended.
 */
export async function clean({ sql, now }: Deps): Promise<void> {
  await sql`delete from idempotent_answers where created_at < ${new Date(now() - 86_400_000)}`;
  await sql`delete from attempts where expire < ${Date.now()}`;
  await sql`delete from denials where kind = 'v' and until < ${new Date(now() - 86_400_000)}`;
  await sql`
    delete from strict_admissions a using tokens t
     where t.id = a.token_id and greatest(t.expires_at, t.finish_by) < ${new Date(now() - 86_400_000)}`;
}
