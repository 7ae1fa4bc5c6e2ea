// /codes/batches/{id}/cards and the form on a batch's page: print a batch again while its codes are sealed.

import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { cardDeck } from '../codes/print/deck.ts';
import type { Paper } from '../codes/print/sheet.ts';
import { type NoReprint, openBatch } from '../codes/reprint.ts';
import { reprintAnswer } from '../codes/schema.ts';
import type { Authenticator } from '../http/authenticate.ts';
import { limitBody } from '../http/body.ts';
import type { Deps, Env } from '../http/context.ts';
import { Problem } from '../http/problem.ts';
import { bearer, problems } from '../http/responses.ts';
import { newRouter } from '../http/router.ts';
import { maySee } from '../keys/api-keys.ts';
import { mayDeny } from '../session/session.ts';
import { batchId, handOutContent, paperQuery } from './codes-schema.ts';
import { answerWith, codesKeyOf, formAsked, type HandOutForm, handOut } from './hand-out.ts';

export function reprintRoutes(deps: Deps, authenticate: Authenticator) {
  const router = newRouter();
  const route = createRoute({
    method: 'get',
    path: '/codes/batches/{id}/cards',
    tags: ['codes'],
    summary: 'Print a batch again',
    description:
      'As POST /codes answered, without the codes that were redeemed or revoked. 410 if none is left, or none was sealed. A key without the scope "read" prints only the batches that it made.',
    security: bearer,
    middleware: [authenticate('issue')] as const,
    request: { params: batchId, query: paperQuery },
    responses: {
      200: { description: 'The codes', content: handOutContent(reprintAnswer) },
      ...problems('malformed', 'not_found', 'gone', 'unacceptable', 'unavailable'),
    },
  });
  router.openapi(route, async (c) => {
    const { id } = c.req.valid('param');
    return (await printAgain(c, deps, id, formAsked(c), c.req.valid('query').paper)) as never;
  });
  return router;
}

const printForm = z.object({
  batch: z.string().regex(/^[0-9a-z]{22}$/),
  form: z.enum(['text/csv', 'text/html', 'application/pdf']),
  paper: z.enum(['a4', 'letter']),
});

/** The form. It is a POST, so that no browser fetches codes ahead of a click or keeps them. */
export function printCodesRoutes(deps: Deps) {
  const router = newRouter();
  router.post('/codes/print', limitBody(4096), async (c) => {
    if (!mayDeny(c.get('apiKey'))) {
      throw new Problem(
        'forbidden',
        'This key may only look. To print codes, sign in with one that has the scope "issue".',
      );
    }
    const fields = printForm.safeParse(await c.req.parseBody());
    if (!fields.success)
      throw new Problem(
        'malformed',
        'The form is not complete. Open the page of the batch and send it from there.',
      );
    const { batch, form, paper } = fields.data;
    return printAgain(c, deps, batch, form, paper);
  });
  return router;
}

async function printAgain(
  c: Context<Env>,
  deps: Deps,
  id: string,
  form: HandOutForm,
  paper: Paper,
): Promise<Response> {
  const key = c.get('apiKey');
  const seen = (issuedBy: string) => maySee(key, issuedBy);
  const found = await openBatch(deps.sql, await codesKeyOf(deps), id, seen);
  if (found.kind !== 'codes') throw refusal(found.kind, id);
  const { batch, terms, omitted } = found;
  const deck = cardDeck(batch, terms, deps.origin, deps.config.reports.zone);
  const out = await handOut(c, deps, deck, id, form, paper, { id, codes: deck.cards, omitted });
  deps.log.info({ batch: id, codes: batch.codes.length, api_key: key.id }, 'codes printed again');
  return answerWith(c, out, 200);
}

function refusal(kind: NoReprint['kind'], id: string): Problem {
  if (kind === 'missing') return new Problem('not_found', `There is no batch ${id}.`);
  if (kind === 'other_key') {
    return new Problem(
      'unavailable',
      'The codes were sealed under another codes.key than this host has. Put that key back from its backup.',
    );
  }
  return new Problem(
    'gone',
    'No code of this batch can be printed again: each was redeemed, revoked, is over, or was made while [codes] reprint was off.',
  );
}
