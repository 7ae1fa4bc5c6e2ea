// GET /tallygate/internal/authorize: nginx/protect-strict.conf asks this before each request. Only NGINX reaches it:
// service.conf answers 404 for /tallygate/internal/ from outside, and `serve` listens on loopback.
//
// Takes X-Tallygate-Token, -Path (decoded, from $uri), -Method, -Range and -If-Range. Answers 204 to let the request
// pass; 410 for a token that has ended; 403 for a token that is unknown or must wait until its other pieces are
// counted. On any other answer NGINX says 503: it fails closed.

import { incomingOf } from '../http/client-address.ts';
import type { Deps } from '../http/context.ts';
import { Problem } from '../http/problem.ts';
import { newRouter } from '../http/router.ts';
import { authorize } from '../limits/strict.ts';

export function authorizeRoutes(deps: Deps) {
  const router = newRouter();
  router.get('/authorize', async (c) => {
    const header = (name: string) => c.req.header(`x-tallygate-${name}`) || undefined;
    const token = header('token');
    const path = header('path');
    // A link without a token has no limit. A location that takes such links has chosen that.
    if (token === undefined) return c.body(null, 204);
    if (path === undefined)
      throw new Problem(
        'malformed',
        'X-Tallygate-Path is missing. Include protect-strict.conf as it was installed.',
      );
    const verdict = await authorize(
      deps.sql,
      {
        token,
        // Node reads headers as Latin-1, but NGINX sent UTF-8.
        path: Buffer.from(path, 'latin1').toString('utf8'),
        method: header('method') ?? 'GET',
        range: header('range'),
        ifRange: header('if-range'),
      },
      deps.now(),
      () => incomingOf(c)?.destroyed === true,
    );
    if (verdict.allowed) return c.body(null, 204);
    deps.log.info({ token, reason: verdict.reason }, 'strict: refused');
    const ended = verdict.reason === 'revoked' || verdict.reason === 'exhausted';
    return c.body(null, ended ? 410 : 403, { 'x-tallygate-reason': verdict.reason });
  });
  return router;
}
