// The picture of a batch, for its redeem pages.

import type { Deps } from '../http/context.ts';
import { Problem } from '../http/problem.ts';
import { newRouter } from '../http/router.ts';

export function artworkRoutes(deps: Deps) {
  const router = newRouter();
  router.get('/:batch', async (c) => {
    const [row] = await deps.sql<{ artwork: Buffer | null; artwork_type: string }[]>`
      select artwork, artwork_type from code_batches where id = ${c.req.param('batch')}`;
    if (!row?.artwork) throw new Problem('not_found', 'There is no such picture.');
    return c.body(new Uint8Array(row.artwork), 200, {
      'content-type': row.artwork_type,
      'cache-control': 'public, max-age=86400',
      'x-content-type-options': 'nosniff',
    });
  });
  return router;
}
