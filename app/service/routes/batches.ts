// /codes/batches: reads what became of codes, and revokes them.

import { createRoute, z } from '@hono/zod-openapi';
import { batchAnswer, codeAnswer } from '../codes/schema.ts';
import { type BatchSummary, findBatch, listBatches, listCodes, revokeCodes } from '../codes/store.ts';
import type { Authenticator } from '../http/authenticate.ts';
import type { Deps } from '../http/context.ts';
import { decodeCursor, encodeCursor } from '../http/cursor.ts';
import { once, onceHeaders, replayable } from '../http/idempotency.ts';
import { Problem } from '../http/problem.ts';
import { bearer, json, problems } from '../http/responses.ts';
import { newRouter } from '../http/router.ts';
import { type ApiKey, hasScope, maySee } from '../keys/api-keys.ts';
import { batchId, codeId } from './codes-schema.ts';

const paging = {
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(4096).optional().openapi({ description: '"next" of the previous page.' }),
};
const next = z.string().optional().openapi({ description: 'The cursor of the next page, if there is one.' });
const batchesAnswer = z.object({ batches: z.array(batchAnswer), next }).openapi('CodeBatches');
const refusals = problems('malformed', 'not_found', 'conflict', 'unacceptable');
const codesAnswer = z.object({ batch: batchAnswer, codes: z.array(codeAnswer), next }).openapi('CodeUses');

const seen = 'With the scope "read" every batch, with "issue" those that the key made.';

export function batchesRoutes(deps: Deps, authenticate: Authenticator) {
  const router = newRouter();
  const requireSeen = async (key: ApiKey, id: string) => {
    const batch = await findBatch(deps.sql, id);
    if (!batch || !maySee(key, batch.issued_by)) throw missing(id);
  };

  const list = createRoute({
    method: 'get',
    path: '/codes/batches',
    tags: ['codes'],
    summary: 'List batches, newest first',
    description: seen,
    security: bearer,
    middleware: [authenticate('read', 'issue')] as const,
    request: { query: z.strictObject(paging) },
    responses: { 200: json(batchesAnswer, 'One page of batches'), ...problems('malformed') },
  });
  router.openapi(list, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const before = cursor === undefined ? undefined : decodeCursor(cursor, 1)[0];
    const key = c.get('apiKey');
    const issuedBy = hasScope(key, 'read') ? undefined : key.id;
    const batches = await listBatches(deps.sql, limit + 1, { before, issuedBy });
    const page = batches.slice(0, limit);
    const last = batches.length > limit ? page.at(-1) : undefined;
    return c.json({ batches: page.map(answer), ...(last && { next: encodeCursor([last.id]) }) }, 200);
  });

  const read = createRoute({
    method: 'get',
    path: '/codes/batches/{id}',
    tags: ['codes'],
    summary: 'Read a batch, and its codes by their serial numbers',
    description: seen,
    security: bearer,
    middleware: [authenticate('read', 'issue')] as const,
    request: { params: batchId, query: z.strictObject(paging) },
    responses: {
      200: json(codesAnswer, 'The batch and one page of its codes'),
      ...problems('malformed', 'not_found'),
    },
  });
  router.openapi(read, async (c) => {
    const { id } = c.req.valid('param');
    const { limit, cursor } = c.req.valid('query');
    const after = cursor === undefined ? 0 : Number(decodeCursor(cursor, 1)[0]);
    if (!Number.isSafeInteger(after))
      throw new Problem(
        'malformed',
        'cursor: is not one of this list: send "next" of the previous page unchanged',
      );
    const [batch, codes] = await Promise.all([
      findBatch(deps.sql, id),
      listCodes(deps.sql, id, limit + 1, Math.min(after, 2_147_483_646)),
    ]);
    if (!batch || !maySee(c.get('apiKey'), batch.issued_by)) throw missing(id);
    const page = codes.slice(0, limit);
    const last = codes.length > limit ? page.at(-1) : undefined;
    return c.json(
      {
        batch: answer(batch),
        codes: page.map(({ revoked_at, ...code }) => ({
          ...code,
          ...(revoked_at && { revoked_at: revoked_at.toISOString() }),
        })),
        ...(last && { next: encodeCursor([String(last.serial)]) }),
      },
      200,
    );
  });

  const revoke = createRoute({
    method: 'post',
    path: '/codes/batches/{id}/revoke',
    tags: ['codes'],
    summary: 'Revoke a batch: its codes can no longer be redeemed, and links from redeemed ones are refused',
    security: bearer,
    middleware: [authenticate('issue')] as const,
    request: { params: batchId, headers: onceHeaders },
    responses: { 200: replayable(json(batchAnswer, 'The revoked batch')), ...refusals },
  });
  router.openapi(revoke, async (c) => {
    const { id } = c.req.valid('param');
    await requireSeen(c.get('apiKey'), id);
    const make = async (sql = deps.sql) => {
      if (!(await revokeCodes(sql, id))) throw missing(id);
      deps.log.info({ batch: id, api_key: c.get('apiKey').id }, 'batch revoked');
      return answer((await findBatch(sql, id)) as BatchSummary);
    };
    return c.json(await once(c, deps, { make }), 200);
  });

  const revokeOne = createRoute({
    method: 'post',
    path: '/codes/batches/{id}/codes/{serial}/revoke',
    tags: ['codes'],
    summary: 'Revoke one code, by the serial number on its card',
    security: bearer,
    middleware: [authenticate('issue')] as const,
    request: { params: codeId, headers: onceHeaders },
    responses: { 200: replayable(json(batchAnswer, 'The batch')), ...refusals },
  });
  router.openapi(revokeOne, async (c) => {
    const { id, serial } = c.req.valid('param');
    await requireSeen(c.get('apiKey'), id);
    const make = async (sql = deps.sql) => {
      if (!(await revokeCodes(sql, id, serial))) throw missing(`${id}, number ${serial}`);
      deps.log.info({ batch: id, serial, api_key: c.get('apiKey').id }, 'code revoked');
      return answer((await findBatch(sql, id)) as BatchSummary);
    };
    return c.json(await once(c, deps, { make }), 200);
  });
  return router;
}

function answer({ created_at, redeem_until, revoked_at, issued_by: _, ...batch }: BatchSummary) {
  return {
    ...batch,
    created_at: created_at.toISOString(),
    ...(redeem_until && { redeem_until: redeem_until.toISOString() }),
    ...(revoked_at && { revoked_at: revoked_at.toISOString() }),
  };
}

const missing = (id: string) => new Problem('not_found', `There is no batch ${id}.`);
