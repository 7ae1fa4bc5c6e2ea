// POST /codes: makes batches of codes. A batch is drawn, then printed, then stored, then sent: what cannot be printed, or
// whose caller has gone, leaves no codes behind that nobody has.

import { createRoute } from '@hono/zod-openapi';
import { type BatchRequest, drawBatch, type IssuedBatch, storeBatch } from '../codes/batches.ts';
import { doubtsOf } from '../codes/doubts.ts';
import { cardDeck } from '../codes/print/deck.ts';
import { batchFrom, batchRequest, issuedAnswer } from '../codes/schema.ts';
import { type FoundFile, findFiles } from '../codes/sizes.ts';
import type { Authenticator } from '../http/authenticate.ts';
import { limitBody } from '../http/body.ts';
import type { Deps } from '../http/context.ts';
import { once, onceHeaders, replayable } from '../http/idempotency.ts';
import { Problem } from '../http/problem.ts';
import { bearer, jsonBody, problems } from '../http/responses.ts';
import { newRouter } from '../http/router.ts';
import { handOutContent, paperQuery } from './codes-schema.ts';
import { answerWith, codesKeyOf, formAsked, handOut, requireCaller } from './hand-out.ts';

export function codesRoutes(deps: Deps, authenticate: Authenticator) {
  const router = newRouter();
  const { zone } = deps.config.reports;
  const route = createRoute({
    method: 'post',
    path: '/codes',
    tags: ['codes'],
    summary: 'Make a batch of codes',
    description:
      '"Accept" chooses JSON, CSV, a page of cards to print, or the cards as PDF. The database holds digests of the codes, and while they are not redeemed and [codes] reprint is on, sealed copies: /codes/batches/{id}/cards prints them again.',
    security: bearer,
    middleware: [authenticate('issue'), limitBody(1024 * 1024)] as const,
    request: { query: paperQuery, headers: onceHeaders, body: jsonBody(batchRequest) },
    responses: {
      201: replayable({ description: 'The codes', content: handOutContent(issuedAnswer) }),
      ...problems(
        'malformed',
        'conflict',
        'too_large',
        'unsupported_media_type',
        'unacceptable',
        'unavailable',
      ),
    },
  });
  router.openapi(route, async (c) => {
    const asked = c.req.valid('json');
    const { paper } = c.req.valid('query');
    const request = batchFrom(asked, c.get('apiKey').id, zone);
    const key = await codesKeyOf(deps);
    const { current } = await deps.keyRing();
    const files = await findFiles(request.paths, current, deps.origin, deps.now());
    if (!asked.force) refuseDoubts(request, files, deps.now());
    const print = (batch: IssuedBatch) => {
      const deck = cardDeck(batch, request, deps.origin, zone);
      return handOut(c, deps, deck, batch.id, formAsked(c), paper, { id: batch.id, codes: deck.cards });
    };
    const drawn = await drawBatch(request, deps.now());
    const out = await print(drawn);
    requireCaller(c, deps);
    const make = async (sql = deps.sql) => {
      const sizes = files.map(({ size }) => size);
      await storeBatch(sql, key, drawn, request, sizes, deps.config.codes.reprint);
      deps.log.info(
        { batch: drawn.id, codes: drawn.codes.length, api_key: c.get('apiKey').id },
        'codes made',
      );
      return { ...drawn, createdAt: drawn.createdAt.toISOString() };
    };
    const made = await once(c, deps, { make });
    // A repeated request gets the codes that were made first, in the form that it asks for.
    const isFirst = made.id === drawn.id;
    const answer = isFirst ? out : await print({ ...made, createdAt: new Date(made.createdAt) });
    return answerWith(c, answer, 201) as never;
  });
  return router;
}

function refuseDoubts(request: BatchRequest, files: readonly FoundFile[], now: number): void {
  const errors = doubtsOf(request, files, now).map(({ field, index, detail }) => ({
    pointer: index === undefined ? `/${field}` : `/${field}/${index}`,
    detail,
  }));
  if (errors.length === 0) return;
  const summary = errors.map(({ pointer, detail }) => `${pointer}: ${detail}`).join('; ');
  throw new Problem('unacceptable', `${summary}. With "force": true the batch is made all the same.`, {
    errors: errors.slice(0, 20),
  });
}
