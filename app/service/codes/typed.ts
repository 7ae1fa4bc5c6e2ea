// From the text that was typed to a use of a code, or to the reason why there is none. For the page and the API alike.
// A short code could be guessed. Limits on attempts hold before such a code is looked up, so a guess beyond them learns
// nothing.

import type { Context } from 'hono';
import type { Sql } from '../../db/connection.ts';
import type { Deps, Env } from '../http/context.ts';
import { once } from '../http/idempotency.ts';
import { clientSubject, type Subject } from '../limits/attempts.ts';
import { digestCode } from './batches.ts';
import { isShort, randomLength, readCode } from './code.ts';
import { isHeld, type Refused, redeemer, type Taken } from './redeem.ts';
import { notACode, refusal, type Words } from './words.ts';

type Outcome = Taken | { kind: 'refused'; words: Words };

type Typing = {
  /** the secret of a redemption that the client already has */
  held?: string | undefined;
  /** of a form: the key that it was made with. Sent again, it takes no second use. A program sends an Idempotency-Key */
  form?: { key: string | undefined };
  /** the client has an API key: it may try as often as it likes */
  trusted?: boolean;
};
export type TypedRedeemer = (c: Context<Env>, typed: string, typing?: Typing) => Promise<Outcome>;

/** Ends the transaction of a use that was not taken. */
class NotTaken extends Error {
  constructor(readonly why: Refused) {
    super(why.kind);
  }
}

export function typedRedeemer(deps: Deps): TypedRedeemer {
  const redeem = redeemer(deps.sql, deps.now);
  return async (c, typed, typing = {}) => {
    const outcome = await read(c, typed, typing);
    deps.metrics.redemptions.inc({ outcome: outcome.kind });
    return outcome;
  };

  async function read(c: Context<Env>, typed: string, typing: Typing): Promise<Outcome> {
    const { held, form, trusted = false } = typing;
    const found = readCode(typed);
    if (found.kind !== 'code') return { kind: 'refused', words: notACode(found.kind) };
    const digest = digestCode(await deps.codesKey(), found.code);
    // Whoever comes back makes no attempt: the secret is no guess.
    if (held !== undefined && (await isHeld(deps.sql, held, digest, deps.now()))) {
      return { kind: 'taken', secret: held };
    }
    const use = () => take(c, digest, form);
    const outcome = trusted ? await use() : await attempt(c, found.code, digest, use);
    if (outcome.kind === 'taken') return outcome;
    return { kind: 'refused', words: refusal(outcome, deps.config.reports.zone) };
  }

  async function attempt(
    c: Context<Env>,
    code: string,
    digest: Buffer,
    use: () => Promise<Taken | Refused>,
  ): Promise<Taken | Refused> {
    const same: Subject[] = [['code', digest.toString('hex')]];
    await deps.attempts.check(same);
    const guess: Subject = ['code_address', `${clientSubject(deps.clientAddress(c))} ${randomLength(code)}`];
    // Only a code that does not exist was a guess. One that is used up is on somebody's card.
    const wasGuess = ({ kind }: Taken | Refused) => kind === 'unknown';
    const outcome = isShort(code) ? await deps.attempts.attempt(guess, use, wasGuess) : await use();
    if (outcome.kind !== 'taken') await deps.attempts.fail(same);
    return outcome;
  }

  /** Takes a use, once for each Idempotency-Key of this code. Whoever knows the code is the caller: there is no other. */
  async function take(c: Context<Env>, digest: Buffer, form: Typing['form']): Promise<Taken | Refused> {
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
