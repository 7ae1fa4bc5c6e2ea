// GET /tokens, GET /tokens/{id} and POST /tokens/{id}/revoke: lists tokens, reads one with its tally, revokes one.

import { createRoute, z } from '@hono/zod-openapi';
import type { Authenticator } from '../http/authenticate.ts';
import type { Deps } from '../http/context.ts';
import { decodeCursor, encodeCursor } from '../http/cursor.ts';
import { once, onceHeaders, replayable } from '../http/idempotency.ts';
import { Problem } from '../http/problem.ts';
import { bearer, json, problems } from '../http/responses.ts';
import { newRouter } from '../http/router.ts';
import { type ApiKey, hasScope, maySee } from '../keys/api-keys.ts';
import { answerFile, answerToken } from '../tokens/answer.ts';
import { filesOfTokens } from '../tokens/files.ts';
import { listTokens } from '../tokens/list.ts';
import { files, shownToken, statuses, tally } from '../tokens/schema.ts';
import { findToken, revokeToken } from '../tokens/store.ts';
import { tallyOfToken } from '../tokens/tally.ts';
import type { Token } from '../tokens/token.ts';

const tokenId = z.object({
  id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,32}$/)
    .openapi({ param: { name: 'id', in: 'path' } }),
});
const tokenWithTally = shownToken.extend({ files, tally }).openapi('TokenWithTally');
const exactly = (what: string) => z.string().min(1).max(2048).optional().openapi({ description: what });
const tokensQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(4096).optional().openapi({ description: '"next" of the previous page.' }),
  status: z.enum(statuses).optional(),
  label: exactly('Only tokens with exactly this label.'),
  customer: exactly('Only tokens with exactly this customer reference.'),
  path: exactly('Only tokens for this path.'),
});
const tokensAnswer = z
  .object({
    tokens: z.array(shownToken),
    next: z.string().optional().openapi({ description: 'The cursor of the next page, if there is one.' }),
  })
  .openapi('Tokens');

const seen =
  'With the scope "read" every token, with "issue" those that the key issued. Links are given to keys with "issue".';

export function manageTokensRoutes(deps: Deps, authenticate: Authenticator) {
  const router = newRouter();
  // Whoever may look may not download: only a key that could sign the link itself is given it.
  const answer = async (key: ApiKey, token: Token) => {
    const signer = hasScope(key, 'issue') ? (await deps.keyRing()).current : undefined;
    return answerToken(token, signer, deps.origin, deps.now());
  };
  const find = async (key: ApiKey, id: string) => {
    const token = await findToken(deps.sql, id);
    if (!token || !maySee(key, token.issuedBy)) throw missing(id);
    return token;
  };

  const read = createRoute({
    method: 'get',
    path: '/tokens/{id}',
    tags: ['tokens'],
    summary: 'Read a token and its tally',
    description: seen,
    security: bearer,
    middleware: [authenticate('read', 'issue')] as const,
    request: { params: tokenId },
    responses: {
      200: json(tokenWithTally, 'The token and its tally'),
      ...problems('malformed', 'not_found'),
    },
  });
  router.openapi(read, async (c) => {
    const { id } = c.req.valid('param');
    const key = c.get('apiKey');
    const token = await find(key, id);
    const [answered, used, counted] = await Promise.all([
      answer(key, token),
      filesOfTokens(deps.sql, [id]),
      tallyOfToken(deps.sql, id),
    ]);
    return c.json({ ...answered, files: used.map(answerFile), tally: counted }, 200);
  });

  const list = createRoute({
    method: 'get',
    path: '/tokens',
    tags: ['tokens'],
    summary: 'List tokens, newest first',
    description: seen,
    security: bearer,
    middleware: [authenticate('read', 'issue')] as const,
    request: { query: tokensQuery },
    responses: { 200: json(tokensAnswer, 'One page of tokens'), ...problems('malformed') },
  });
  router.openapi(list, async (c) => {
    const { cursor, ...query } = c.req.valid('query');
    const before = cursor === undefined ? undefined : decodeCursor(cursor, 1)[0];
    const key = c.get('apiKey');
    const issuedBy = hasScope(key, 'read') ? undefined : key.id;
    const { tokens, next } = await listTokens(deps.sql, { ...query, issuedBy, before, now: deps.now() });
    const answers = await Promise.all(tokens.map((token) => answer(key, token)));
    return c.json({ tokens: answers, ...(next && { next: encodeCursor([next]) }) }, 200);
  });

  const revoke = createRoute({
    method: 'post',
    path: '/tokens/{id}/revoke',
    tags: ['tokens'],
    summary: 'Revoke a token: every edge refuses its links within two seconds',
    security: bearer,
    middleware: [authenticate('issue')] as const,
    request: { params: tokenId, headers: onceHeaders },
    responses: {
      200: replayable(json(shownToken, 'The revoked token')),
      ...problems('malformed', 'not_found', 'conflict', 'unacceptable'),
    },
  });
  router.openapi(revoke, async (c) => {
    const { id } = c.req.valid('param');
    const key = c.get('apiKey');
    await find(key, id);
    const make = async (sql = deps.sql) => {
      const token = await revokeToken(sql, id, 'revoked');
      if (!token) throw missing(id);
      deps.log.info({ token: id, api_key: key.id }, 'token revoked');
      return answer(key, token);
    };
    return c.json(await once(c, deps, { make }), 200);
  });
  return router;
}

const missing = (id: string) => new Problem('not_found', `There is no token ${id}.`);
