// What `serve` does beside answering: settles the uses of codes, and removes what is kept only for a time. Any number of
// instances may do it at once: each skips what another is working on.

import { hostname } from 'node:os';
import { lt } from 'drizzle-orm';
import { orm } from '../db/orm.ts';
import { attempts, idempotentAnswers, sessions } from '../db/schema/service.ts';
import { forgetDenials } from '../denials/denials.ts';
import { reportSigner } from '../edges/report.ts';
import { forgetSealed } from './codes/reprint.ts';
import { settleAll } from './codes/settle.ts';
import type { Deps } from './http/context.ts';

const settleEveryMs = 10_000;
const cleanEveryMs = 600_000;
const signerEveryMs = 10_000;

/** Starts it. The returned function stops it, and waits for the job under way. */
export function keepHouse(deps: Deps): () => Promise<void> {
  const jobs = [
    every(settleEveryMs, () => settleAll(deps.sql, deps.now())),
    every(cleanEveryMs, () => clean(deps)),
    every(signerEveryMs, () => tellSigner(deps)),
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
          // The database will be back, and nothing is lost by being late.
          .catch((error: unknown) => deps.log.warn({ err: error }, 'housekeeping failed; it is tried again'))
          .then(schedule);
      }, pauseMs);
      timer.unref();
    };
    schedule();
    return async () => {
      clearTimeout(timer);
      await running;
      // The job that just ended has set the next timer.
      clearTimeout(timer);
    };
  }
}

/** Tells which key this instance signs with: `keys retire` waits until none signs with the old one. */
export async function tellSigner({ sql, config, keyRing }: Deps): Promise<void> {
  const { name, current } = await keyRing();
  const instance = `${hostname()}:${config.service.port}`;
  await reportSigner(sql, { instance, ring: name, id: current.id });
}

/**
 * Removes what is over: failed attempts, sessions and sealed codes that nobody may print any more at once; after a day,
 * answers kept for repeated requests, blocks of visitors and admissions of tokens.
 */
async function clean({ sql, config, now }: Deps): Promise<void> {
  const yesterday = new Date(now() - 86_400_000);
  const db = orm(sql);
  await db.delete(idempotentAnswers).where(lt(idempotentAnswers.createdAt, yesterday));
  await db.delete(sessions).where(lt(sessions.endsAt, new Date(now())));
  await db.delete(attempts).where(lt(attempts.expire, Date.now()));
  await forgetSealed(sql, config.codes.reprint, new Date(now()));
  await forgetDenials(sql, yesterday);
  await sql`
    delete from strict_admissions a using tokens t
     where t.id = a.token_id and greatest(t.expires_at, t.finish_by) < ${yesterday}`;
}
