// How often someone may fail. Failures are counted in PostgreSQL, so a restart or a second instance does not forget
// them. Only failures count: nobody is slowed for using a valid key or code.

import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { addressBinding } from '../../../njs/link/address.ts';
import type { Sql } from '../../db/connection.ts';
import { coalesce } from '../db/coalesce.ts';
import { Problem } from '../http/problem.ts';

/** After `points` failures within `seconds`, refuse until that time is over. */
type Allowance = { points: number; seconds: number };

const allowances = {
  // Wrong API keys from one client address. Nobody guesses 256 bits; this stops a misconfigured client.
  key: [{ points: 100, seconds: 900 }],
  // The sign-in form, from one client address. Beyond this even a valid key is refused there. Programs, which send
  // their key in the header, are not affected.
  login: [{ points: 10, seconds: 600 }],
  // Wrong short codes from one client address, by their length, for a code that does not exist belongs to no batch: people
  // mistype a few times. 100 in 30 days is what allows codes shorter than 64 bits (NIST SP 800-63B, 5.2.2). Longer ones
  // nobody guesses: there is no limit for them, which would lock out all who share an address (a campus, a carrier).
  code_address: [
    { points: 10, seconds: 600 },
    { points: 100, seconds: 2_592_000 },
  ],
  // One and the same refused code, from any client address.
  code: [{ points: 60, seconds: 3600 }],
} as const satisfies Record<string, readonly Allowance[]>;

type AttemptKind = keyof typeof allowances;

/** What failed, and whom or what it counts against. */
export type Subject = readonly [kind: AttemptKind, subject: string];

export type Attempts = {
  /** @throws Problem 429 with Retry-After if one of the subjects has failed too often */
  check: (subjects: readonly Subject[]) => Promise<void>;
  /** Counts one failure for each subject, where what failed was no guess: a few more at once do no harm. */
  fail: (subjects: readonly Subject[]) => Promise<void>;
  /**
   * Makes an attempt that nobody may make more often than is allowed, however many are made at once: it counts as failed
   * beforehand, and no more once it has not (`hasFailed`). Attempts of one subject wait for each other in this process, so
   * that no good one is refused for others under way.
   * @throws Problem 429 with Retry-After, before anything is tried
   */
  attempt: <T>(subject: Subject, work: () => Promise<T>, hasFailed: (result: T) => boolean) => Promise<T>;
};

export function attemptLimits(sql: Sql): Attempts {
  const limiters = new Map(
    Object.entries(allowances).map(([kind, list]) => [
      kind,
      list.map(({ points, seconds }: Allowance) => limiter(sql, `${kind}_${seconds}`, points, seconds)),
    ]),
  );
  const of = ([kind, subject]: Subject) => (limiters.get(kind) ?? []).map((each) => ({ each, subject }));
  const read = coalesce((lists: string[][]) => readStates(sql, lists), { maxItems: 200, flights: 2 });
  const inTurn = oneAfterAnother();
  return {
    async check(subjects) {
      const all = subjects.flatMap(of);
      // One query for all subjects of all requests that ask at once: every redeemed code needs this check.
      const states = await read(all.map(({ each, subject }) => each.getKey(subject)));
      all.forEach(({ each }, index) => {
        const state = states[index];
        if (state && state.points >= each.points) throw tooMany(state.expire - Date.now());
      });
    },
    async fail(subjects) {
      // What is beyond the limit now the next check refuses.
      for (const one of subjects.flatMap(of)) await count(one);
    },
    attempt(subject, work, hasFailed) {
      return inTurn(subject.join(' '), async () => {
        const all = of(subject);
        const forget = () => Promise.all(all.map(({ each, subject: key }) => each.reward(key)));
        const refused = (await Promise.all(all.map(count))).find((problem) => problem !== undefined);
        if (refused) {
          await forget();
          throw refused;
        }
        // What fails for another reason stays counted: nobody knows what it would have told.
        const result = await work();
        if (!hasFailed(result)) await forget();
        return result;
      });
    },
  };
}

/** Counts a failure. The problem, if that was one too many. */
async function count({ each, subject }: { each: RateLimiterPostgres; subject: string }) {
  try {
    await each.consume(subject);
    return undefined;
  } catch (reason) {
    if (!(reason instanceof RateLimiterRes)) throw reason;
    return tooMany(reason.msBeforeNext);
  }
}

/** Runs what has the same name one after the other. */
function oneAfterAnother(): <T>(name: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return (name, work) => {
    const turn = (last.get(name) ?? Promise.resolve()).then(work, work);
    const settled = turn
      .catch(() => {})
      .then(() => {
        if (last.get(name) === settled) last.delete(name);
      });
    last.set(name, settled);
    return turn;
  };
}

/** Forgets the failures of codes: those of one client address, or all. Returns how many counters there were. */
export async function clearCodeAttempts(sql: Sql, clientAddress?: string): Promise<number> {
  const cleared =
    clientAddress === undefined
      ? await sql`delete from attempts where starts_with(key, 'code_')`
      : await sql`
          delete from attempts
           where key ~ '^code_address_[0-9]+:' and split_part(substr(key, strpos(key, ':') + 1), ' ', 1)
                 = ${clientSubject(clientAddress)}`;
  return cleared.count;
}

type State = { points: number; expire: number };

// By the real clock: the library writes `expire` by it.
async function readStates(sql: Sql, lists: string[][]): Promise<(State | undefined)[][]> {
  const rows = await sql<{ key: string; points: number; expire: string }[]>`
    select key, points, expire from attempts where key = any(${lists.flat()}) and expire > ${Date.now()}`;
  const states = new Map(rows.map(({ key, points, expire }) => [key, { points, expire: Number(expire) }]));
  return lists.map((keys) => keys.map((key) => states.get(key)));
}

/** Whom failures of a client address count against. For IPv6 that is the /64, because one host has all of it. */
export function clientSubject(clientAddress: string): string {
  return addressBinding(clientAddress) || 'unknown';
}

/** Our connection as the limiters see it. Of node-postgres they call only query(). */
export function limiterClient(sql: Sql) {
  return {
    query: async ({ text, values }: { text: string; values: never[] }) => ({
      rows: await sql.unsafe(text, values),
    }),
  };
}

function limiter(sql: Sql, keyPrefix: string, points: number, duration: number): RateLimiterPostgres {
  return new RateLimiterPostgres({
    storeClient: limiterClient(sql),
    storeType: 'client',
    tableName: 'attempts',
    tableCreated: true,
    clearExpiredByTimeout: false,
    keyPrefix,
    points,
    duration,
  });
}

function tooMany(milliseconds: number): Problem {
  const seconds = Math.max(1, Math.ceil(milliseconds / 1000));
  return new Problem('too_many_requests', `Too many failed attempts; try again in ${waiting(seconds)}.`, {
    headers: { 'retry-after': String(seconds) },
  });
}

function waiting(seconds: number): string {
  if (seconds < 120) return `${seconds} seconds`;
  if (seconds < 7200) return `${Math.ceil(seconds / 60)} minutes`;
  return seconds < 172_800 ? `${Math.ceil(seconds / 3600)} hours` : `${Math.ceil(seconds / 86_400)} days`;
}
