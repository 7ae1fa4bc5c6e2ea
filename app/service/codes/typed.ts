// From the text that was typed to a use of a code, or to the reason why there is none. For the page and the API alike.
// A short code could be guessed. Limits on attempts hold before such a code is looked up, so a guess beyond them learns
// nothing.

import type { Context } from 'hono';
import type { Deps, Env } from '../http/context.ts';
import { clientSubject, type Subject } from '../limits/attempts.ts';
import { digestCode } from './batches.ts';
import { isShort, randomLength, readCode } from './code.ts';
import { isHeld, type Refused, redeemer, type Taken } from './redeem.ts';
import { notACode, refusal, type Words } from './words.ts';

type Outcome = Taken | { kind: 'refused'; words: Words };

type Typing = {
  /** the secret of a redemption that the client already has */
  held?: string | undefined;
  /** the client has an API key: it may try as often as it likes */
  trusted?: boolean;
};
export type TypedRedeemer = (c: Context<Env>, typed: string, typing?: Typing) => Promise<Outcome>;

export function typedRedeemer(deps: Deps): TypedRedeemer {
  const redeem = redeemer(deps.sql, deps.now);
  return async (c, typed, typing = {}) => {
    const outcome = await read(c, typed, typing);
    deps.metrics.redemptions.inc({ outcome: outcome.kind });
    return outcome;
  };

  async function read(c: Context<Env>, typed: string, { held, trusted = false }: Typing): Promise<Outcome> {
    const found = readCode(typed);
    if (found.kind !== 'code') return { kind: 'refused', words: notACode(found.kind) };
    const digest = digestCode(await deps.codesKey(), found.code);
    // Whoever comes back makes no attempt: the secret is no guess.
    if (held !== undefined && (await isHeld(deps.sql, held, digest, deps.now()))) {
      return { kind: 'taken', secret: held };
    }
    const outcome = trusted ? await redeem(digest) : await attempt(c, found.code, digest);
    return outcome.kind === 'taken' ? outcome : { kind: 'refused', words: refusal(outcome) };
  }

  async function attempt(c: Context<Env>, code: string, digest: Buffer): Promise<Taken | Refused> {
    const same: Subject[] = [['code', digest.toString('hex')]];
    await deps.attempts.check(same);
    const guess: Subject = ['code_address', `${clientSubject(deps.clientAddress(c))} ${randomLength(code)}`];
    const outcome = isShort(code)
      ? // Only a code that does not exist was a guess. One that is used up is on somebody's card.
        await deps.attempts.attempt(
          guess,
          () => redeem(digest),
          ({ kind }) => kind === 'unknown',
        )
      : await redeem(digest);
    if (outcome.kind !== 'taken') await deps.attempts.fail(same);
    return outcome;
  }
}
