// A token as the API shows it.

import type { z } from '@hono/zod-openapi';
import type { Hs256Key } from '../../keys/ring.ts';
import { buildLink } from '../links/build.ts';
import type { FileUse } from './files.ts';
import type { shownToken, tokenAnswer } from './schema.ts';
import { iso, isoDate, type Token, termsOf } from './token.ts';

export type TokenAnswer = z.output<typeof tokenAnswer>;
type ShownToken = z.output<typeof shownToken>;

/**
 * The answer for a token. Links are not stored, so its links are signed anew with `key`; without a key there are none.
 * `now` is in milliseconds.
 */
export function answerToken(token: Token, key: Hs256Key, origin: string, now: number): TokenAnswer;
export function answerToken(token: Token, key: Hs256Key | undefined, origin: string, now: number): ShownToken;
export function answerToken(
  token: Token,
  key: Hs256Key | undefined,
  origin: string,
  now: number,
): ShownToken {
  const sign = (signer: Hs256Key) =>
    token.paths.map((path, index) => buildLink(signer, origin, path, termsOf(token, index), now));
  const links = key === undefined ? [] : sign(key);
  const answer: ShownToken = {
    id: token.id,
    status: statusOf(token, now),
    ...(links[0] && { link: links[0].link }),
    paths: [...token.paths],
    created_at: isoDate(token.createdAt),
    expires_at: iso(token.expires),
    enforce: token.enforce,
    form: token.form,
    label: token.label,
    customer: token.customer,
  };
  if (links[0]?.cookie !== undefined) answer.cookie = links[0].cookie;
  if (links.length > 1) answer.links = links;
  if (token.finishBy !== undefined) answer.finish_by = iso(token.finishBy);
  if (token.notBefore !== undefined) answer.not_before = iso(token.notBefore);
  if (token.maxCopies !== undefined) answer.max_copies = token.maxCopies;
  if (token.rate !== undefined) answer.rate = token.rate;
  if (token.filename !== undefined) answer.filename = token.filename;
  if (token.address !== undefined) answer.address = token.address;
  if (token.prefix !== undefined) answer.prefix = token.prefix;
  if (token.metadata !== undefined) answer.metadata = token.metadata;
  if (token.revokedAt !== undefined) answer.revoked_at = token.revokedAt.toISOString();
  if (token.spent !== undefined) {
    const { by, at, endsAt } = token.spent;
    answer.spent = { by, at: at.toISOString(), ends_at: endsAt.toISOString() };
  }
  return answer;
}

/** One file of a token, and what is spent and left of it. */
export function answerFile({ path, spent, left, by, endsAt }: FileUse) {
  return {
    path,
    spent,
    ...(left !== null && { left }),
    ...(by !== null && endsAt !== null && { by, ends_at: endsAt.toISOString() }),
  };
}

/** The status of a token at `now` (milliseconds). */
function statusOf(token: Token, now: number): TokenAnswer['status'] {
  if (token.revokedAt !== undefined) return 'revoked';
  if (token.spent !== undefined && token.spent.endsAt.getTime() <= now) return 'exhausted';
  const second = now / 1000;
  // NGINX still accepts the link in the second of its expiry.
  if (second >= token.expires + 1) return 'expired';
  return token.notBefore !== undefined && second < token.notBefore ? 'not_yet' : 'active';
}
