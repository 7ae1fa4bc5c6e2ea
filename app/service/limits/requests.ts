// How many requests an API key may make in a minute, over all instances. An instance takes a portion of them for a key
// from PostgreSQL and uses it up before it asks again, so most requests cost no query.

import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { Sql } from '../../db/connection.ts';
import { Problem } from '../http/problem.ts';
import { limiterClient } from './attempts.ts';

/** A portion is a fiftieth of a minute's requests. So much may be lost when an instance ends, or stay unused in another. */
const portionShare = 50;

type Portion = { left: number; until: number };

/**
 * Makes the function that counts a request of a key.
 * @param perMinute 0: no limit
 * @returns undefined if there is nothing to wait for, which is nearly always
 * @throws Problem 429 with Retry-After, from the function
 */
export function requestLimit(sql: Sql, perMinute: number): (key: string) => Promise<void> | undefined {
  if (perMinute === 0) return () => undefined;
  const portions = new Map<string, Portion>();
  const asking = new Map<string, Promise<void>>();
  const size = Math.max(1, Math.floor(perMinute / portionShare));
  const limiter = new RateLimiterPostgres({
    storeClient: limiterClient(sql),
    storeType: 'client',
    tableName: 'attempts',
    tableCreated: true,
    clearExpiredByTimeout: false,
    keyPrefix: 'requests',
    points: perMinute,
    duration: 60,
  });

  async function ask(key: string): Promise<void> {
    try {
      const { msBeforeNext } = await limiter.consume(key, size);
      portions.set(key, { left: size, until: Date.now() + msBeforeNext });
    } catch (reason) {
      if (!(reason instanceof RateLimiterRes)) throw reason;
      const seconds = Math.max(1, Math.ceil(reason.msBeforeNext / 1000));
      throw new Problem(
        'too_many_requests',
        `This key may make ${perMinute} requests a minute. Wait for the seconds in Retry-After.`,
        {
          headers: { 'retry-after': String(seconds) },
        },
      );
    } finally {
      asking.delete(key);
    }
  }

  function takeOne(key: string): boolean {
    const portion = portions.get(key);
    if (!portion || portion.left <= 0 || portion.until <= Date.now()) return false;
    portion.left--;
    return true;
  }

  async function waitForOne(key: string): Promise<void> {
    while (!takeOne(key)) {
      // All requests that wait for a portion wait for the same one.
      let pending = asking.get(key);
      if (!pending) {
        pending = ask(key);
        asking.set(key, pending);
      }
      await pending;
    }
  }

  return (key) => (takeOne(key) ? undefined : waitForOne(key));
}
