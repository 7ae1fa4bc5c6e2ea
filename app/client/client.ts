// `tallygate/client`: the API from a program. It needs only fetch, and runs in Node, Deno, Bun and workers.
// test/service/client.test.ts compares its types and its URLs with the OpenAPI document of the service.

import type * as Wire from './wire.ts';

export type * from './wire.ts';

/** Thrown for a refused or failed request, with the problem details (RFC 9457) of the answer. */
export class TallygateError extends Error {
  readonly status: number;
  readonly problem: Wire.Problem | undefined;

  constructor(status: number, problem: Wire.Problem | undefined) {
    super(problem?.detail ?? `the service answered with status ${status}`);
    this.name = 'TallygateError';
    this.status = status;
    this.problem = problem;
  }
}

export type ClientOptions = {
  /** another fetch, for tests and proxies */
  fetch?: typeof fetch;
};

/** An Idempotency-Key makes a request safe to repeat when its answer was lost. */
export type Once = { idempotencyKey?: string };

export type Client = ReturnType<typeof createClient>;

/**
 * The API of the Tallygate at `origin`, such as https://dl.example.org. Every call throws TallygateError if the service
 * refuses, and what `fetch` throws if the service cannot be reached.
 */
export function createClient(origin: string, apiKey: string, options: ClientOptions = {}) {
  const base = `${origin.replace(/\/$/, '')}/tallygate/api/v1`;
  const send = options.fetch ?? fetch;

  async function call<T>(method: string, path: string, body?: unknown, once: Once = {}): Promise<T> {
    const response = await send(base + path, {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(once.idempotencyKey !== undefined && { 'idempotency-key': once.idempotencyKey }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
    const answer: unknown = isJson ? await response.json() : undefined;
    if (!response.ok) throw new TallygateError(response.status, answer as Wire.Problem | undefined);
    return answer as T;
  }

  async function* pages<Page extends { next?: string | undefined }>(path: string, query: object) {
    let next: string | undefined;
    do {
      const page = await call<Page>('GET', path + search({ ...query, cursor: next }));
      yield page;
      next = page.next;
    } while (next !== undefined);
  }

  return {
    /** Issues a token. Its link is in the answer. */
    issue: (token: Wire.TokenRequest, once?: Once) => call<Wire.Token>('POST', '/tokens', token, once),

    /** Issues up to 1,000 tokens, all or none. They come back in the same order. */
    issueMany: async (tokens: readonly Wire.TokenRequest[], once?: Once) =>
      (await call<Wire.TokenBatch>('POST', '/tokens/batch', { tokens }, once)).tokens,

    /** A token and its tally. */
    token: (id: string) => call<Wire.TokenWithTally>('GET', `/tokens/${encodeURIComponent(id)}`),

    /** Every token that matches, newest first. Reads the next page when it is needed. */
    async *tokens(query: Wire.TokensQuery = {}): AsyncGenerator<Wire.Token> {
      for await (const page of pages<Wire.Tokens>('/tokens', query)) yield* page.tokens;
    },

    /** Revokes a token: every edge refuses its links within two seconds. */
    revoke: (id: string) => call<Wire.Token>('POST', `/tokens/${encodeURIComponent(id)}/revoke`),

    /** Signs a link without a token. Nothing is stored, so it cannot be limited or revoked. */
    link: (link: Wire.LinkRequest) => call<Wire.Link>('POST', '/links', link),

    /** Every file with its counts. Reads the next page when it is needed. */
    async *files(query: Wire.FilesQuery = {}): AsyncGenerator<Wire.FileCount> {
      for await (const page of pages<Wire.FileCounts>('/files', query)) yield* page.files;
    },

    /** Makes a batch of codes. */
    makeCodes: (batch: Wire.CodeBatchRequest) => call<Wire.IssuedCodes>('POST', '/codes', batch),

    /** The codes of a batch that were not redeemed or revoked, while the service keeps them. */
    printCodes: (batch: string) =>
      call<Wire.ReprintedCodes>('GET', `/codes/batches/${encodeURIComponent(batch)}/cards`),

    /** Redeems a code: takes one of its uses. */
    redeem: (code: string, form?: Wire.RedeemRequest['form']) =>
      call<Wire.Redeemed>('POST', '/codes/redeem', { code, form }),

    /** Every batch of codes, newest first. */
    async *batches(): AsyncGenerator<Wire.CodeBatch> {
      for await (const page of pages<Wire.CodeBatches>('/codes/batches', {})) yield* page.batches;
    },

    /** Every code of a batch, by its number. */
    async *codes(batch: string): AsyncGenerator<Wire.CodeUse> {
      const path = `/codes/batches/${encodeURIComponent(batch)}`;
      for await (const page of pages<Wire.CodeUses>(path, {})) yield* page.codes;
    },

    /** Revokes a batch, or one code by the number on its card, and the links that redeeming gave. */
    revokeCodes: (batch: string, serial?: number) =>
      call<Wire.CodeBatch>(
        'POST',
        `/codes/batches/${encodeURIComponent(batch)}${serial === undefined ? '' : `/codes/${serial}`}/revoke`,
      ),

    /** The use of each link key, and whether it is safe to retire. */
    keys: async () => (await call<Wire.KeyUsages>('GET', '/keys')).keys,

    /** Whether counting keeps up. */
    status: () => call<Wire.Status>('GET', '/status'),
  };
}

function search(query: object): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const text = new URLSearchParams(
    given.map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  return text === '' ? '' : `?${text}`;
}
