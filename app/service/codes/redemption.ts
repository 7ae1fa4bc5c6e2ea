// A redemption as its page shows it: the files, each with its size and a link that works now.

import type { Sql } from '../../db/connection.ts';
import { linkId } from '../../denials/subjects.ts';
import type { Hs256Key } from '../../keys/ring.ts';
import type { LinkForm } from '../../link/sign.ts';
import { buildLink } from '../links/build.ts';
import { redemptionId } from './redeem.ts';

export type Redemption = {
  state: 'held' | 'spent' | 'released';
  title: string;
  batchId: string;
  hasArtwork: boolean;
  createdAt: Date;
  finishBy: Date;
  startSeconds: number;
  revoked: boolean;
  token: string;
  /** `size` in bytes; absent where nobody knows it yet */
  files: { path: string; size?: number; downloaded: boolean }[];
};

/** The redemption whose page has this secret in its URL. */
export async function findRedemption(sql: Sql, secret: string): Promise<Redemption | undefined> {
  const [redemption] = await sql<Redemption[]>`
    select r.state, b.title, b.id as "batchId", b.artwork is not null as "hasArtwork", r.created_at as "createdAt",
           r.finish_by as "finishBy", b.start_seconds as "startSeconds",
           coalesce(c.revoked_at, b.revoked_at) is not null as revoked,
           r.token_id as token,
           (select json_agg(json_strip_nulls(json_build_object(
                     'path', path,
                     'size', coalesce(b.sizes[n],
                                      (select size from file_versions v join files f on f.id = v.file_id
                                        where f.path = p.path order by v.created_at desc limit 1)),
                     'downloaded', exists (select from token_usage u join files f on f.id = u.file_id
                                            where u.token_id = r.token_id and f.path = p.path and u.copies > 0)))
                   order by n)
              from unnest(b.paths) with ordinality as p (path, n)) as files
      from redemptions r
      join codes c on c.digest = r.code_digest
      join code_batches b on b.id = c.batch_id
     where r.id = ${redemptionId(secret)}`;
  return redemption;
}

/** Why a redemption gives no links any more; undefined while it does. */
export function endedBecause(redemption: Redemption, now: number): 'revoked' | 'over' | undefined {
  if (redemption.revoked) return 'revoked';
  return redemption.state === 'released' || redemption.finishBy.getTime() <= now ? 'over' : undefined;
}

/**
 * The link to a file of a redemption. Its expiry moves on in steps of `startSeconds`, but never beyond finish-by:
 * whoever comes back soon gets the same link.
 */
export function redeemedLink(
  redemption: Redemption,
  file: Redemption['files'][number],
  key: Hs256Key,
  origin: string,
  now: number,
  form: LinkForm = 'query',
): string {
  const created = Math.floor(redemption.createdAt.getTime() / 1000);
  const finishBy = Math.floor(redemption.finishBy.getTime() / 1000);
  // The reader has a minute at least to press the button.
  const steps = Math.max(1, Math.ceil((now / 1000 + 60 - created) / redemption.startSeconds));
  const expires = Math.min(created + steps * redemption.startSeconds, finishBy);
  const { files } = redemption;
  const token = linkId({ id: redemption.token, paths: files.map(({ path }) => path) }, files.indexOf(file));
  return buildLink(key, origin, file.path, { expires, finishBy, token, form }, now).link;
}
