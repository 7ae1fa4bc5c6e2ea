// POST /links: a signed link without a token. Nothing is stored, so it cannot be revoked or limited.

import { createRoute } from '@hono/zod-openapi';
import { bareLinkNotes } from '../../edges/report.ts';
import type { Authenticator } from '../http/authenticate.ts';
import { limitBody } from '../http/body.ts';
import type { Deps } from '../http/context.ts';
import { once, onceHeaders, replayable } from '../http/idempotency.ts';
import { Problem } from '../http/problem.ts';
import { bearer, json, jsonBody, problems } from '../http/responses.ts';
import { newRouter } from '../http/router.ts';
import { buildLink } from '../links/build.ts';
import { linkAnswer, linkRequest } from '../tokens/schema.ts';
import { iso, termsFrom } from '../tokens/token.ts';

export function linksRoutes(deps: Deps, authenticate: Authenticator) {
  const router = newRouter();
  const note = bareLinkNotes(deps.sql);
  const route = createRoute({
    method: 'post',
    path: '/links',
    tags: ['links'],
    summary: 'Sign a link without a token',
    description: 'Nothing is stored: such a link cannot be limited or revoked, and has no tally of its own.',
    security: bearer,
    middleware: [authenticate('issue'), limitBody(64 * 1024)] as const,
    request: { headers: onceHeaders, body: jsonBody(linkRequest) },
    responses: {
      201: replayable(json(linkAnswer, 'The link')),
      ...problems('malformed', 'conflict', 'too_large', 'unsupported_media_type', 'unacceptable'),
    },
  });
  router.openapi(route, async (c) => {
    // A limit needs a token to count by.
    if (deps.config.tokens.maxCopies > 0)
      throw new Problem('forbidden', 'This site limits the copies of every link: issue a token instead.');
    const request = c.req.valid('json');
    const { current } = await deps.keyRing();
    const now = deps.now();
    const terms = termsFrom(request, now);
    const answer = {
      ...buildLink(current, deps.origin, request.path, terms, now),
      expires_at: iso(terms.expires),
    };
    await note(current.id, terms.finishBy ?? terms.expires);
    const make = async () =>
      terms.finishBy === undefined ? answer : { ...answer, finish_by: iso(terms.finishBy) };
    return c.json(await once(c, deps, { make }), 201);
  });
  return router;
}
