// The picture of a batch, for its redeem pages.

import { eq } from 'drizzle-orm';
import { orm } from '../../db/orm.ts';
import { codeBatches } from '../../db/schema/service.ts';
import type { Deps } from '../http/context.ts';
import { Problem } from '../http/problem.ts';
import { newRouter } from '../http/router.ts';

export function artworkRoutes(deps: Deps) {
  const router = newRouter();
  router.get('/:batch', async (c) => {
    const [row] = await orm(deps.sql)
      .select({ bytes: codeBatches.artwork, type: codeBatches.artworkType })
      .from(codeBatches)
      .where(eq(codeBatches.id, c.req.param('batch')));
    if (!row?.bytes || !row.type) throw new Problem('not_found', 'There is no such picture.');
    return c.body(new Uint8Array(row.bytes), 200, {
      'content-type': row.type,
      'cache-control': 'public, max-age=86400',
      'x-content-type-options': 'nosniff',
    });
  });
  return router;
}
