// Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): a client repeats a request because the answer was lost.
// Nothing is made twice, and it gets the first answer. What that answer is made of is stored in the transaction that
// makes the thing: either both are there or neither. It holds links and codes, and so it is sealed.

import { createHash } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Sql } from '../../db/connection.ts';
import { inTransaction } from '../../db/transaction.ts';
import { failpoint } from '../../process/failpoint.ts';
import { type Sealer, sealerOf } from '../sealed.ts';
import type { Deps, Env } from './context.ts';
import { Problem } from './problem.ts';

const form = /^[\x21-\x7e]{1,255}$/;
const label = 'tallygate-idempotent-answer-v1';
/** For so long a repeated request gets the first answer. Then `serve` removes it. */
const keptMs = 86_400_000;

/** The header of every route that makes or changes something, for its description. */
export const onceHeaders = z.object({
  'idempotency-key': z.string().optional().openapi({
    description:
      'Up to 255 visible ASCII characters, new for each thing to make, such as a UUID. A request repeated with the same key and body within a day makes nothing more and gets the first answer, with "Idempotent-Replayed: true". With another body it is 422. While the first is not answered yet, it is 409.',
  }),
});

/** A response that a repeated request gets again, for its description. */
export function replayable<const R extends { description: string }>(response: R) {
  return {
    ...response,
    headers: {
      'Idempotent-Replayed': {
        description: 'true: this is the answer to an earlier request with the same Idempotency-Key.',
        schema: { type: 'string' as const, enum: ['true'] },
      },
    },
  };
}

export type Once<T> = {
  /** Makes the thing. It gets a transaction if the request has a key, and must then ask the database by that alone. */
  make: (sql: Sql | undefined) => Promise<T>;
  /** whose key it is: another caller's is another key. The API key unless given */
  caller?: string;
  /** the key. The header's unless given */
  key?: string | undefined;
  /** what must be the same in a repeated request. The body unless given */
  body?: string;
  /** while the first request is under way: refuse this one, or wait for it */
  whileRunning?: 'refuse' | 'wait';
};

/**
 * Calls `make` once for each Idempotency-Key of a caller.
 * @returns what `make` returned, now or the first time: anything that JSON can hold
 * @throws Problem 400 for a key that cannot be one, 409 while the first request is under way, 422 for a key that was used
 *   for another request; and what `make` throws: then nothing is kept, and the same key may be tried again
 */
export async function once<T>(c: Context<Env>, deps: Deps, options: Once<T>): Promise<T> {
  const key = 'key' in options ? options.key : keyOf(c);
  if (key === undefined) return options.make(undefined);
  const caller = options.caller ?? c.get('apiKey').id;
  const request = digestOf(c, options.body ?? (await c.req.text()));
  const sealer = await sealerFor(deps);
  const context = `${caller}\n${key}`;
  const outcome = await inTransaction(deps.sql, async (tx) => {
    // The lock lasts as long as the transaction: a process that dies leaves nothing behind that looks like work.
    const lock =
      options.whileRunning === 'wait'
        ? tx`select true as free from pg_advisory_xact_lock(hashtextextended(${`${label}\n${context}`}, 0))`
        : tx`select pg_try_advisory_xact_lock(hashtextextended(${`${label}\n${context}`}, 0)) as free`;
    // A statement of its own, sent behind the other: it sees what was committed before the lock was free.
    const kept = tx<{ request: Buffer; answer: Buffer }[]>`
      select request, answer from idempotent_answers
       where caller = ${caller} and key = ${key} and created_at > ${new Date(deps.now() - keptMs)}`;
    const [[{ free } = { free: false }], [first]] = await Promise.all([lock, kept]);
    if (!free) throw stillRunning();
    if (first) return { first };
    const made = await options.make(tx as unknown as Sql);
    failpoint('made');
    const answer = sealer.seal(JSON.stringify(made), context);
    await tx`
      insert into idempotent_answers (caller, key, request, answer, created_at)
      values (${caller}, ${key}, ${request}, ${answer}, ${new Date(deps.now())})
      on conflict (caller, key) do update
        set (request, answer, created_at) = (excluded.request, excluded.answer, excluded.created_at)`;
    return { made };
  });
  failpoint('answering');
  if ('made' in outcome) return outcome.made;
  if (!request.equals(outcome.first.request)) throw usedBefore();
  const made = open<T>(deps, sealer, outcome.first.answer, context);
  c.header('Idempotent-Replayed', 'true');
  return made;
}

/**
 * The key in the header, undefined without one. The draft has it in quotation marks, and most clients send it bare.
 * @throws Problem 400
 */
function keyOf(c: Context<Env>): string | undefined {
  const header = c.req.header('idempotency-key');
  if (header === undefined) return undefined;
  const key = /^"([^"\\]*)"$/.exec(header)?.[1] ?? header;
  if (form.test(key)) return key;
  throw new Problem('malformed', 'Idempotency-Key must be 1 to 255 visible ASCII characters.');
}

function digestOf(c: Context<Env>, body: string): Buffer {
  const { pathname, search } = new URL(c.req.url);
  return createHash('sha256').update(`${c.req.method} ${pathname}${search}\n`).update(body).digest();
}

const sealers = new WeakMap<Buffer, Sealer>();

async function sealerFor(deps: Deps): Promise<Sealer> {
  const secret = await deps.codesKey().catch((error: unknown) => {
    deps.log.error(
      { err: error },
      'answers cannot be kept for repeated requests: the key of codes is missing',
    );
    throw new Problem(
      'unavailable',
      'Idempotency-Key cannot be used on this host yet. The log of the service says what is missing.',
    );
  });
  const sealer = sealers.get(secret) ?? sealerOf(secret, label);
  sealers.set(secret, sealer);
  return sealer;
}

function open<T>(deps: Deps, sealer: Sealer, answer: Buffer, context: string): T {
  try {
    return JSON.parse(sealer.open(answer, context)) as T;
  } catch (error) {
    // Doing it again would make it twice.
    deps.log.error(
      { err: error },
      'a kept answer cannot be opened: do all instances have the same codes.key?',
    );
    throw new Problem(
      'unavailable',
      'This request was answered before, and the answer cannot be read here. The log of the service says why.',
    );
  }
}

const stillRunning = () =>
  new Problem(
    'conflict',
    'The first request with this Idempotency-Key is not answered yet. Repeat this one in a moment.',
    { headers: { 'retry-after': '1' } },
  );

const usedBefore = () =>
  new Problem('unacceptable', 'This Idempotency-Key was used for another request. Use a new one.');
