// The form of the page of a batch: revokes it, or one of its codes.

import { z } from '@hono/zod-openapi';
import { revokeCodes } from '../codes/store.ts';
import { limitBody } from '../http/body.ts';
import type { Deps } from '../http/context.ts';
import { Problem } from '../http/problem.ts';
import { newRouter } from '../http/router.ts';
import { mayDeny } from '../session/session.ts';

const revokeForm = z.object({
  batch: z.string().regex(/^[0-9a-z]{22}$/, 'is not a batch'),
  serial: z.coerce.number().int().min(1).max(10_000).optional(),
  page: z.coerce.number().int().min(1).max(100_000).default(1),
});

export function revokeCodesRoutes(deps: Deps) {
  const router = newRouter();
  router.post('/codes/revoke', limitBody(4096), async (c) => {
    const key = c.get('apiKey');
    if (!mayDeny(key)) {
      throw new Problem('forbidden', 'This key may look, and not revoke: it needs the scope "issue".');
    }
    const fields = revokeForm.safeParse(await c.req.parseBody());
    if (!fields.success) throw new Problem('malformed', 'This is not the form of a batch.');
    const { batch, serial, page } = fields.data;
    if (!(await revokeCodes(deps.sql, batch, serial)))
      throw new Problem('not_found', 'There is no such code.');
    deps.log.info({ batch, serial, api_key: key.id }, 'codes revoked');
    return c.redirect(`/tallygate/reports/codes?batch=${batch}&page=${page}`, 303);
  });
  return router;
}
