// From the text that was typed to a use of a code, or to the reason why there is none. For the page and the API alike.
// The limits on attempts are checked before the code, so a guess beyond them learns nothing.

import type { Context } from 'hono';
import type { Sql } from '../../db/connection.ts';
import type { Deps, Env } from '../http/context.ts';
import { once } from '../http/idempotency.ts';
import { clientSubject, type Subject } from '../limits/attempts.ts';
import { digestCode } from './batches.ts';
import { readCode } from './code.ts';
import { isHeld, type Refused, redeemer, type Taken } from './redeem.ts';
import { notACode, refusal, type Words } from './words.ts';

type Outcome = Taken | { kind: 'refused'; words: Words };

type FromForm = {
  /** the secret of a redemption that the browser already has, if any */
  held: string | undefined;
  /** the key that the form was made with: sent again, it takes no second use */
  key: string | undefined;
};

/** @param form what a form brings beside the code; a program brings an Idempotency-Key in the header */
export type TypedRedeemer = (c: Context<Env>, typed: string, form?: FromForm) => Promise<Outcome>;

/** Ends the transaction of a use that was not taken. */
class NotTaken extends Error {
  constructor(readonly why: Refused) {
    super(why.kind);
  }
}

export function typedRedeemer(deps: Deps): TypedRedeemer {
  const redeem = redeemer(deps.sql, deps.now);
  return async (c, typed, form) => {
    const outcome = await attempt(c, typed, form);
    deps.metrics.redemptions.inc({ outcome: outcome.kind });
    return outcome;
  };

  async function attempt(c: Context<Env>, typed: string, form?: FromForm): Promise<Outcome> {
    const read = readCode(typed);
    if (read.kind !== 'code') return { kind: 'refused', words: notACode(read.kind) };
    const digest = digestCode(await deps.codesKey(), read.code);
    const client = clientSubject(deps.clientAddress(c));
    const subject = digest.toString('hex');
    await deps.attempts.check([
      ['code_address', client],
      ['code', subject],
    ]);
    const held = form?.held;
    if (held !== undefined && (await isHeld(deps.sql, held, digest, deps.now()))) {
      return { kind: 'taken', secret: held };
    }
    const outcome = await take(c, digest, form);
    if (outcome.kind === 'taken') return outcome;
    // Only a code that does not exist was a guess. One that is used up is on somebody's card.
    const failed: Subject[] = [['code', subject]];
    if (outcome.kind === 'unknown') failed.push(['code_address', client]);
    await deps.attempts.fail(failed);
    return { kind: 'refused', words: refusal(outcome, deps.config.reports.zone) };
  }

  /** Takes a use, once for each Idempotency-Key of this code. Whoever knows the code is the caller: there is no other. */
  async function take(c: Context<Env>, digest: Buffer, form?: FromForm): Promise<Taken | Refused> {
    const make = async (sql?: Sql) => {
      const outcome = await redeem(digest, sql);
      if (outcome.kind !== 'taken') throw new NotTaken(outcome);
      return outcome;
    };
    const caller = `code:${digest.toString('hex')}`;
    // The browser shows the answer to the last click, so a second one waits for the first.
    const ofForm = form && { key: form.key, body: '', whileRunning: 'wait' as const };
    try {
      return await once(c, deps, { make, caller, ...ofForm });
    } catch (error) {
      if (error instanceof NotTaken) return error.why;
      throw error;
    }
  }
}
