// POST /codes/redeem: the redeem page for apps. The code is the credential, so it needs no API key. The limits on
// attempts are the same, except for a server that sends its key: all its customers have one client address.

import { createRoute, z } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { findRedemption, redeemedLink } from '../codes/redemption.ts';
import { redeemedAnswer } from '../codes/schema.ts';
import type { TypedRedeemer } from '../codes/typed.ts';
import type { Authenticator } from '../http/authenticate.ts';
import { limitBody } from '../http/body.ts';
import type { Deps, Env } from '../http/context.ts';
import { onceHeaders, replayable } from '../http/idempotency.ts';
import { Problem } from '../http/problem.ts';
import { bearer, json, jsonBody, problems } from '../http/responses.ts';
import { newRouter } from '../http/router.ts';

const redeemRequest = z
  .strictObject({
    code: z.string().min(1).openapi({ description: 'As typed: any case, with or without dashes.' }),
    // A code opens files, never a folder, and a cookie opens a folder.
    form: z
      .enum(['query', 'path'], 'must be "query" or "path": a code opens files, and a cookie opens a folder')
      .default('query')
      .openapi({ description: 'The form of the links: see TokenRequest.' }),
  })
  .openapi('RedeemRequest');

export function redemptionsRoutes(deps: Deps, authenticate: Authenticator, redeem: TypedRedeemer) {
  const router = newRouter();
  const withKey = authenticate('issue');
  const refusals = problems(
    'malformed',
    'not_found',
    'conflict',
    'gone',
    'too_large',
    'unsupported_media_type',
    'unacceptable',
    'too_many_requests',
  );
  const route = createRoute({
    method: 'post',
    path: '/codes/redeem',
    tags: ['codes'],
    summary: 'Redeem a code: takes one of its uses',
    description:
      'Needs no API key: the code is the credential. Wrong short codes (fewer than 13 random characters) are limited by client address: 10 in ten minutes, 100 in 30 days. A server whose customers all come from its own address sends its key (scope "issue"), and has no such limit.',
    security: [{}, ...bearer],
    middleware: [optionally(withKey), limitBody(16 * 1024)] as const,
    request: { headers: onceHeaders, body: jsonBody(redeemRequest) },
    responses: { 200: replayable(json(redeemedAnswer, 'The files, with links to start now')), ...refusals },
  });
  router.openapi(route, async (c) => {
    const { code, form } = c.req.valid('json');
    const outcome = await redeem(c, code, { trusted: c.get('apiKey') !== undefined });
    if (outcome.kind === 'refused') {
      const { words } = outcome;
      throw new Problem(words.code, `${words.title} ${words.text}`);
    }
    const found = await findRedemption(deps.sql, outcome.secret);
    if (!found) throw new Error('a redemption is missing that was just made');
    const { current } = await deps.keyRing();
    return c.json(
      {
        title: found.title,
        page: `${deps.origin}/tallygate/redeem/${outcome.secret}`,
        finish_by: found.finishBy.toISOString(),
        files: found.files.map((file) => ({
          path: file.path,
          ...(file.size !== undefined && { size: file.size }),
          link: redeemedLink(found, file, current, deps.origin, deps.now(), form),
        })),
      },
      200,
    );
  });
  return router;
}

/** Asks for an API key where the request sends one: a wrong one is refused, and none is fine. */
function optionally(authenticate: MiddlewareHandler<Env>): MiddlewareHandler<Env> {
  return (c, next) =>
    (c.req.header('authorization') === undefined ? next() : authenticate(c, next)) as Promise<void>;
}
