// POST /tokens and /tokens/batch: issue tokens.

import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Sql } from '../../db/connection.ts';
import { coalesce } from '../db/coalesce.ts';
import type { Authenticator } from '../http/authenticate.ts';
import { limitBody } from '../http/body.ts';
import type { Deps, Env } from '../http/context.ts';
import { once, onceHeaders, replayable } from '../http/idempotency.ts';
import { Problem } from '../http/problem.ts';
import { bearer, json, jsonBody, problems } from '../http/responses.ts';
import { newRouter } from '../http/router.ts';
import { answerToken, type TokenAnswer } from '../tokens/answer.ts';
import { type TokenRequest, tokenAnswer, tokenRequest } from '../tokens/schema.ts';
import { insertTokens } from '../tokens/store.ts';
import { type NewToken, newToken } from '../tokens/token.ts';

const batchRequest = z
  .strictObject({ tokens: z.array(tokenRequest).min(1).max(1000) })
  .openapi('TokenBatchRequest');
const batchAnswer = z.object({ tokens: z.array(tokenAnswer) }).openapi('TokenBatch');
const refusals = problems('malformed', 'conflict', 'too_large', 'unsupported_media_type', 'unacceptable');

export function issueTokensRoutes(deps: Deps, authenticate: Authenticator) {
  const router = newRouter();
  const insert = async (sql: Sql, tokens: readonly NewToken[]) => {
    await insertTokens(sql, tokens);
    deps.metrics.tokensIssued.inc(tokens.length);
  };
  const insertOne = coalesce(
    async (tokens: NewToken[]) => {
      await insert(deps.sql, tokens);
      return tokens.map(() => undefined);
    },
    { maxItems: 500, flights: 2 },
  );

  async function issue(c: Context<Env>, requests: readonly TokenRequest[]) {
    const now = deps.now();
    const createdAt = new Date(now);
    const key = (await deps.keyRing()).current;
    const most = deps.config.tokens.maxCopies;
    if (most > 0 && requests.some(({ max_copies }) => (max_copies ?? 0) > most)) {
      throw new Problem('unacceptable', `max_copies: this site allows at most ${most}.`);
    }
    const tokens = requests.map((request) => newToken(request, c.get('apiKey').id, createdAt, most));
    const answers = tokens.map((token) => answerToken(token, key, deps.origin, now));
    return { tokens, answers };
  }

  const issueOne = createRoute({
    method: 'post',
    path: '/tokens',
    tags: ['tokens'],
    summary: 'Issue a token and its link',
    security: bearer,
    middleware: [authenticate('issue'), limitBody(64 * 1024)] as const,
    request: { headers: onceHeaders, body: jsonBody(tokenRequest) },
    responses: { 201: replayable(json(tokenAnswer, 'The token and its link')), ...refusals },
  });
  router.openapi(issueOne, async (c) => {
    const { tokens, answers } = await issue(c, [c.req.valid('json')]);
    const [token, answer] = [tokens[0] as NewToken, answers[0] as TokenAnswer];
    const make = async (sql?: Sql) => {
      await (sql ? insert(sql, [token]) : insertOne(token));
      return JSON.stringify(answer);
    };
    return created(c, await once(c, deps, { make }));
  });

  const issueBatch = createRoute({
    method: 'post',
    path: '/tokens/batch',
    tags: ['tokens'],
    summary: 'Issue up to 1,000 tokens; all or none',
    security: bearer,
    middleware: [authenticate('issue'), limitBody(4 * 1024 * 1024)] as const,
    request: { headers: onceHeaders, body: jsonBody(batchRequest) },
    responses: {
      201: replayable(json(batchAnswer, 'The tokens, in the order they were asked for')),
      ...refusals,
    },
  });
  router.openapi(issueBatch, async (c) => {
    const { tokens, answers } = await issue(c, c.req.valid('json').tokens);
    const make = async (sql = deps.sql) => {
      await insert(sql, tokens);
      return JSON.stringify({ tokens: answers });
    };
    return created(c, await once(c, deps, { make }));
  });
  return router;
}

// The caller makes the text, because a repeated request is answered with the same text.
function created(c: Context<Env>, body: string) {
  return c.body(body, 201, { 'content-type': 'application/json' }) as never;
}
