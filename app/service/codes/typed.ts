// From the text that was typed to a use of a code, or to the reason why there is none. For the page and the API alike.
// The limits on attempts are checked before the code, so a guess beyond them learns nothing.

import type { Context } from 'hono';
import type { Deps, Env } from '../http/context.ts';
import { clientSubject, type Subject } from '../limits/attempts.ts';
import { digestCode } from './batches.ts';
import { readCode } from './code.ts';
import { isHeld, redeemer, type Taken } from './redeem.ts';
import { notACode, refusal, type Words } from './words.ts';

type Outcome = Taken | { kind: 'refused'; words: Words };

/** @param held the secret of a redemption that the client already has, if any */
export type TypedRedeemer = (c: Context<Env>, typed: string, held?: string) => Promise<Outcome>;

export function typedRedeemer(deps: Deps): TypedRedeemer {
  const redeem = redeemer(deps.sql, deps.now);
  return async (c, typed, held) => {
    const outcome = await attempt(c, typed, held);
    deps.metrics.redemptions.inc({ outcome: outcome.kind });
    return outcome;
  };

  async function attempt(c: Context<Env>, typed: string, held?: string): Promise<Outcome> {
    const read = readCode(typed);
    if (read.kind !== 'code') return { kind: 'refused', words: notACode(read.kind) };
    const digest = digestCode(await deps.codesKey(), read.code);
    const client = clientSubject(deps.clientAddress(c));
    const subject = digest.toString('hex');
    await deps.attempts.check([
      ['code_address', client],
      ['code', subject],
    ]);
    if (held !== undefined && (await isHeld(deps.sql, held, digest, deps.now()))) {
      return { kind: 'taken', secret: held };
    }
    const outcome = await redeem(digest);
    if (outcome.kind === 'taken') return outcome;
    // Only a code that does not exist was a guess. One that is used up is on somebody's card.
    const failed: Subject[] = [['code', subject]];
    if (outcome.kind === 'unknown') failed.push(['code_address', client]);
    await deps.attempts.fail(failed);
    return { kind: 'refused', words: refusal(outcome, deps.config.reports.zone) };
  }
}
