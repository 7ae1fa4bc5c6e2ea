// /codes: makes batches of codes. This one answer holds the codes: as JSON, CSV, a page of cards, or PDF.

import { createRoute } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { accepts } from 'hono/accepts';
import { UserError } from '../../user-error.ts';
import { type BatchRequest, createBatch, type IssuedBatch } from '../codes/batches.ts';
import { cardDeck, deckCsv } from '../codes/output.ts';
import { batchFrom, batchRequest, issuedAnswer } from '../codes/schema.ts';
import type { Paper } from '../codes/sheet.ts';
import { fileSizes } from '../codes/sizes.ts';
import type { Authenticator } from '../http/authenticate.ts';
import { limitBody } from '../http/body.ts';
import type { Deps, Env } from '../http/context.ts';
import { once, onceHeaders, replayable } from '../http/idempotency.ts';
import { Problem } from '../http/problem.ts';
import { bearer, jsonBody, problems } from '../http/responses.ts';
import { newRouter } from '../http/router.ts';
import { cardsPage, cardsPolicy } from '../pages/cards.tsx';
import { paperQuery } from './codes-schema.ts';

const forms = ['application/json', 'text/csv', 'text/html', 'application/pdf'] as const;

export function codesRoutes(deps: Deps, authenticate: Authenticator) {
  const router = newRouter();
  const route = createRoute({
    method: 'post',
    path: '/codes',
    tags: ['codes'],
    summary: 'Make a batch of codes',
    description:
      'Keep this answer: nothing else holds the codes, and only their digests are stored. "Accept" chooses JSON, CSV, a page of cards to print, or the cards as PDF.',
    security: bearer,
    middleware: [authenticate('issue'), limitBody(1024 * 1024)] as const,
    request: { query: paperQuery, headers: onceHeaders, body: jsonBody(batchRequest) },
    responses: {
      201: replayable({
        description: 'The codes',
        content: {
          'application/json': { schema: issuedAnswer },
          'text/csv': { schema: { type: 'string' } },
          'text/html': { schema: { type: 'string' } },
          'application/pdf': { schema: { type: 'string', format: 'binary' } },
        },
      }),
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
    const request = batchFrom(c.req.valid('json'), c.get('apiKey').id);
    const key = await codesKey(deps);
    const { current } = await deps.keyRing();
    const sizes = await fileSizes(request.paths, current, deps.origin, deps.now());
    const form = accepts(c, { header: 'Accept', supports: [...forms], default: forms[0] });
    if (form === 'application/pdf') await requirePdf(request, deps, c.req.valid('query').paper);
    // A repeated request gets the same codes, in the form that it asks for.
    const make = async (sql = deps.sql) => {
      const made = await createBatch(sql, key, request, sizes, deps.now());
      deps.log.info({ batch: made.id, codes: made.codes.length, api_key: c.get('apiKey').id }, 'codes made');
      return { ...made, createdAt: made.createdAt.toISOString() };
    };
    const made = await once(c, deps, { make });
    const batch = { ...made, createdAt: new Date(made.createdAt) };
    return (await send(c, deps, batch, request, form, c.req.valid('query').paper)) as never;
  });
  return router;
}

async function send(
  c: Context<Env>,
  deps: Deps,
  batch: IssuedBatch,
  request: BatchRequest,
  form: string,
  paper: Paper,
): Promise<Response> {
  const deck = cardDeck(batch, request, deps.origin);
  const name = `codes-${batch.id}`;
  c.header('cache-control', 'no-store');
  switch (form) {
    case 'text/csv':
      c.header('content-disposition', `attachment; filename="${name}.csv"`);
      return c.body(deckCsv(deck, request.label), 201, {
        'content-type': 'text/csv; charset=utf-8; header=present',
      });
    case 'text/html':
      c.header('content-security-policy', cardsPolicy(paper));
      c.status(201);
      return c.html(cardsPage(deck, paper));
    case 'application/pdf': {
      const { deckPdf } = await import('../codes/pdf.ts');
      c.header('content-disposition', `attachment; filename="${name}.pdf"`);
      return c.body((await deckPdf(deck, paper)) as never, 201, { 'content-type': 'application/pdf' });
    }
    default:
      return c.json({ id: batch.id, codes: deck.cards }, 201);
  }
}

// Draws a sheet with one card. What cannot be drawn must fail now: once the codes are made, a failure would lose them.
async function requirePdf(request: BatchRequest, deps: Deps, paper: Paper): Promise<void> {
  const { deckPdf } = await import('../codes/pdf.ts');
  const sample = { id: 'sample', createdAt: new Date(0), codes: [{ serial: 1, code: 'SAMPLE' }] };
  try {
    await deckPdf(cardDeck(sample, request, deps.origin), paper);
  } catch (error) {
    const detail = error instanceof UserError ? error.message : 'the artwork cannot be read';
    throw new Problem('unacceptable', `No PDF can be made: ${detail}. Ask for text/html instead.`, {
      cause: error,
    });
  }
}

/** The key for codes, or a problem if there is none. */
async function codesKey(deps: Deps): Promise<Buffer> {
  try {
    return await deps.codesKey();
  } catch (error) {
    deps.log.error({ err: error }, 'the key for codes cannot be read');
    throw new Problem(
      'unavailable',
      'Codes are not set up on this host. The log of the service says what is missing.',
    );
  }
}
