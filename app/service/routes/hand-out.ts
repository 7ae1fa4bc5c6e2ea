// How a batch of codes leaves the service: as JSON, CSV, a page of cards, or PDF. For the answer that makes a batch, and for
// those that print it again.

import type { Context } from 'hono';
import { accepts } from 'hono/accepts';
import { UserError } from '../../user-error.ts';
import { deckCsv } from '../codes/print/csv.ts';
import type { CardDeck } from '../codes/print/deck.ts';
import { cardsPolicy } from '../codes/print/page.tsx';
import { PrintersBusy, printDeck } from '../codes/print/print.ts';
import type { Paper } from '../codes/print/sheet.ts';
import type { Deps, Env } from '../http/context.ts';
import { Problem } from '../http/problem.ts';

const handOutForms = ['application/json', 'text/csv', 'text/html', 'application/pdf'] as const;
export type HandOutForm = (typeof handOutForms)[number];

/** What goes out, all of it in memory, so that nothing can fail any more. */
export type HandOut = { body: string | Uint8Array; headers: Record<string, string> };

/** The form that "Accept" asks for. */
export function formAsked(c: Context<Env>): HandOutForm {
  return accepts(c, {
    header: 'Accept',
    supports: [...handOutForms],
    default: handOutForms[0],
  }) as HandOutForm;
}

/**
 * Makes what is handed out.
 * @param json the answer as JSON
 * @throws Problem where it cannot be printed so, or nobody waits for it any more
 */
export async function handOut(
  c: Context<Env>,
  deps: Deps,
  deck: CardDeck,
  id: string,
  form: HandOutForm,
  paper: Paper,
  json: unknown,
): Promise<HandOut> {
  const file = (ending: string) => ({
    'content-disposition': `attachment; filename="codes-${id}.${ending}"`,
  });
  const made = (body: HandOut['body'], type: string, headers = {}): HandOut => ({
    body,
    headers: { 'content-type': type, 'cache-control': 'no-store', ...headers },
  });
  const printed = () => {
    deps.log.info({ batch: id, cards: deck.cards.length, form }, 'printing cards');
    return print(c, deps, deck, form === 'text/html' ? 'html' : 'pdf', paper);
  };
  switch (form) {
    case 'application/json':
      return made(JSON.stringify(json), 'application/json');
    case 'text/csv':
      return made(deckCsv(deck), 'text/csv; charset=utf-8; header=present', file('csv'));
    case 'text/html':
      return made(await printed(), 'text/html; charset=UTF-8', {
        'content-security-policy': cardsPolicy(paper),
        ...file('html'),
      });
    case 'application/pdf':
      return made(await printed(), 'application/pdf', file('pdf'));
  }
}

async function print(
  c: Context<Env>,
  deps: Deps,
  deck: CardDeck,
  form: 'html' | 'pdf',
  paper: Paper,
): Promise<Uint8Array> {
  try {
    return await printDeck({ deck, form, paper }, c.req.raw.signal);
  } catch (error) {
    if (error instanceof PrintersBusy) {
      throw new Problem('unavailable', 'Other cards are being printed. Try again in a minute.', {
        headers: { 'retry-after': '60' },
      });
    }
    requireCaller(c, deps);
    if (!(error instanceof UserError)) throw error;
    const remedy = form === 'pdf' ? ' Ask for text/html instead.' : '';
    throw new Problem('unacceptable', `No cards can be printed: ${error.message}.${remedy}`, {
      cause: error,
    });
  }
}

/** @throws Problem if the client has gone, and so nobody would get the codes */
export function requireCaller(c: Context<Env>, deps: Deps): void {
  if (!c.req.raw.signal.aborted) return;
  deps.log.info({ api_key: c.get('apiKey').id }, 'the client has gone: no codes were handed out');
  throw new Problem('gone', 'The client has gone. Nothing was made.');
}

/** The answer. */
export function answerWith(c: Context<Env>, { body, headers }: HandOut, status: 200 | 201): Response {
  return c.body(body as never, status, headers);
}

/** The key for codes, or a problem if there is none. */
export async function codesKeyOf(deps: Deps): Promise<Buffer> {
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
