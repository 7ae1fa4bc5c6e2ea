// A redemption as its page shows it: the files, each with its size and a link that works now.

import type { Sql } from '../../db/connection.ts';
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
  files: { path: string; size: number | undefined; token: string; downloaded: boolean }[];
};

type Row = {
  state: Redemption['state'];
  title: string;
  batch_id: string;
  has_artwork: boolean;
  created_at: Date;
  finish_by: Date;
  start_seconds: number;
  revoked: boolean;
  files: { path: string; size: number | null; token: string; downloaded: boolean }[];
};

/** The redemption whose page has this secret in its URL. */
export async function findRedemption(sql: Sql, secret: string): Promise<Redemption | undefined> {
  const [row] = await sql<Row[]>`
    select r.state, b.title, b.id as batch_id, b.artwork is not null as has_artwork, r.created_at, r.finish_by,
           b.start_seconds, coalesce(c.revoked_at, b.revoked_at) is not null as revoked,
           (select json_agg(json_build_object(
                     'path', path, 'token', r.token_base || '-' || n,
                     'size', coalesce(b.sizes[n],
                                      (select size from file_versions v join files f on f.id = v.file_id
                                        where f.path = p.path order by v.created_at desc limit 1)),
                     'downloaded', exists (select from token_usage u
                                            where u.token_id = r.token_base || '-' || n and u.copies > 0))
                   order by n)
              from unnest(b.paths) with ordinality as p (path, n)) as files
      from redemptions r
      join codes c on c.digest = r.code_digest
      join code_batches b on b.id = c.batch_id
     where r.id = ${redemptionId(secret)}`;
  return (
    row && {
      state: row.state,
      title: row.title,
      batchId: row.batch_id,
      hasArtwork: row.has_artwork,
      createdAt: row.created_at,
      finishBy: row.finish_by,
      startSeconds: row.start_seconds,
      revoked: row.revoked,
      files: row.files.map((file) => ({ ...file, size: file.size ?? undefined })),
    }
  );
}

/** Why a redemption no longer gives links; undefined while it does. */
export function endedBecause(redemption: Redemption, now: number): 'revoked' | 'over' | undefined {
  if (redemption.revoked) return 'revoked';
  return redemption.state === 'released' || redemption.finishBy.getTime() <= now ? 'over' : undefined;
}

/**
 * The link to a file of a redemption. Its expiry moves on in steps of `startSeconds`, so who comes back soon gets the
 * same link. It never goes beyond finish-by.
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
  // At least a minute is left to press the button.
  const steps = Math.max(1, Math.ceil((now / 1000 + 60 - created) / redemption.startSeconds));
  const expires = Math.min(created + steps * redemption.startSeconds, finishBy);
  return buildLink(key, origin, file.path, { expires, finishBy, token: file.token, form }, now).link;
}
