// GET /tallygate/internal/authorize: what nginx/protect-strict.conf asks before each request. Only NGINX reaches it:
// service.conf answers 404 for /tallygate/internal/ from outside, and `serve` listens on loopback.
//
// Takes X-Tallygate-Token, -Path (percent-encoded or not: $uri is decoded, $request_uri is not used), -Method,
// -Range and -If-Range. Answers 204; 410 for a token that has ended; 403 for one that is not known or that must wait
// until its other pieces are counted. Anything else, and NGINX answers 503: it fails closed.

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
    // A link without a token has no limit to hold to; a location that takes such links has chosen that.
    if (token === undefined) return c.body(null, 204);
    if (path === undefined) throw new Problem('malformed', 'X-Tallygate-Path is missing.');
    const verdict = await authorize(
      deps.sql,
      {
        token,
        // Node reads headers as Latin-1; NGINX sent the bytes of UTF-8.
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
