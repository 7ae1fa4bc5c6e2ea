// A token: what a link carries in `t`. Pure. From a request and the time to a token, and from a token to the terms of
// its links. Times are unix seconds, UTC; `now` is in milliseconds.

import type { SpentBy } from '../../denials/denials.ts';
import { linkId } from '../../denials/subjects.ts';
import type { LinkForm } from '../../link/sign.ts';
import type { LinkTerms } from '../links/build.ts';
import { newTokenId } from './id.ts';
import type { LinkRequest, TokenRequest } from './schema.ts';

export type NewToken = {
  id: string;
  paths: readonly string[];
  expires: number;
  finishBy: number | undefined;
  notBefore: number | undefined;
  maxCopies: number | undefined;
  /** `edge`: denied within seconds after the last copy; `strict`: NGINX asks the service on every request */
  enforce: 'edge' | 'strict';
  rate: number | undefined;
  filename: string | undefined;
  address: string | undefined;
  /** how many segments of the path make the folder that a link covers */
  prefix: number | undefined;
  form: LinkForm;
  label: string;
  customer: string;
  metadata: Record<string, unknown> | undefined;
  issuedBy: string;
  createdAt: Date;
};

export type Token = NewToken & {
  revokedAt?: Date | undefined;
  /** What of its limit is spent. Until `endsAt` it may resume, then it is refused. */
  spent?: { by: SpentBy; at: Date; endsAt: Date } | undefined;
};

/** The terms that were asked for, with times counted from `now`. */
export function termsFrom(request: Omit<LinkRequest, 'path'>, now: number) {
  const second = Math.floor(now / 1000);
  return {
    expires: second + request.ttl,
    finishBy: request.finish_ttl === undefined ? undefined : second + request.finish_ttl,
    notBefore:
      request.not_before === undefined ? undefined : Math.floor(Date.parse(request.not_before) / 1000),
    rate: request.rate,
    filename: request.filename,
    address: request.address,
    prefix: request.prefix,
    form: request.form,
  };
}

/**
 * The token that was asked for. All tokens of a batch share one `createdAt`.
 * @param mostCopies the limit of a token for which none was asked; 0: none
 */
export function newToken(request: TokenRequest, issuedBy: string, createdAt: Date, mostCopies = 0): NewToken {
  const now = createdAt.getTime();
  const { expires, finishBy, notBefore, rate, filename, address, prefix, form } = termsFrom(request, now);
  return {
    id: newTokenId(now),
    paths: request.paths ?? [request.path as string],
    createdAt,
    expires,
    finishBy,
    notBefore,
    rate,
    filename,
    address,
    prefix,
    form,
    maxCopies: request.max_copies ?? (mostCopies > 0 ? mostCopies : undefined),
    enforce: request.enforce,
    label: request.label,
    customer: request.customer,
    metadata: request.metadata,
    issuedBy,
  };
}

/** What the link to the token's path number `index` (from 0) says. */
export function termsOf(token: NewToken, index: number): LinkTerms {
  return {
    expires: token.expires,
    finishBy: token.finishBy,
    notBefore: token.notBefore,
    token: linkId(token, index),
    address: token.address,
    rate: token.rate,
    filename: token.filename,
    prefix: token.prefix,
    form: token.form,
  };
}

/** Unix seconds as the API writes times. */
export const iso = remembering((seconds: number) => new Date(seconds * 1000).toISOString());

/** A moment as the API writes times. */
export const isoDate = remembering((date: Date) => date.toISOString());

/** Remembers the last answer, because the tokens of a batch have the same times. */
function remembering<T>(write: (value: T) => string): (value: T) => string {
  let last: T | undefined;
  let text = '';
  return (value) => {
    if (value !== last) {
      text = write(value);
      last = value;
    }
    return text;
  };
}
