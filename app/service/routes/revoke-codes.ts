// The forms of a batch's page: revoke the batch, or one of its codes.

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
      throw new Problem(
        'forbidden',
        'This key may only look. To revoke, sign in with one that has the scope "issue".',
      );
    }
    const fields = revokeForm.safeParse(await c.req.parseBody());
    if (!fields.success)
      throw new Problem(
        'malformed',
        'The form is not complete. Open the page of the batch and send it from there.',
      );
    const { batch, serial, page } = fields.data;
    if (!(await revokeCodes(deps.sql, batch, serial)))
      throw new Problem('not_found', 'There is no such code.');
    deps.log.info({ batch, serial, api_key: key.id }, 'codes revoked');
    return c.redirect(`/tallygate/reports/codes?batch=${batch}&page=${page}`, 303);
  });
  return router;
}
