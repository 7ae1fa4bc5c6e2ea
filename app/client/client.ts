// `tallygate/client`: the API from a program. It needs only fetch, and runs in Node, Deno, Bun and workers.
// test/service/client.test.ts compares its types and its URLs with the OpenAPI document of the service.

import type * as Wire from './wire.ts';

export type * from './wire.ts';

/** Thrown for a refused or failed request, with the problem details (RFC 9457) of the answer. */
export class TallygateError extends Error {
  readonly status: number;
  readonly problem: Wire.Problem | undefined;
  /** seconds after which the service may answer otherwise, if it said so */
  readonly retryAfter: number | undefined;

  constructor(status: number, problem: Wire.Problem | undefined, retryAfter?: number) {
    super(problem?.detail ?? `the service answered with status ${status}`);
    this.name = 'TallygateError';
    this.status = status;
    this.problem = problem;
    this.retryAfter = retryAfter;
  }
}

export type ClientOptions = {
  /** another fetch, for tests and proxies */
  fetch?: typeof fetch;
  /** how often a request is sent again if no answer comes, or one that says "not now"; 3 unless given */
  retries?: number;
};

/**
 * What makes a request safe to repeat. The client makes a key for each call and keeps it while it tries again. Give one of
 * your own, such as an order's number, if your program may make the same call again after it was restarted.
 */
export type Once = { idempotencyKey?: string };

export type Client = ReturnType<typeof createClient>;

/** Answers that may be another one in a moment. */
const notNow = [409, 429, 502, 503, 504];
/** A service that asks for a longer pause than this is left alone. */
const longestPauseMs = 10_000;

/**
 * The API of the Tallygate at `origin`, such as https://dl.example.org. Every call throws TallygateError if the service
 * refuses, and what `fetch` throws if the service cannot be reached. Before that it tries again, with longer and longer
 * pauses. Nothing is made twice by that: a call keeps its Idempotency-Key.
 */
export function createClient(origin: string, apiKey: string, options: ClientOptions = {}) {
  const base = `${origin.replace(/\/$/, '')}/tallygate/api/v1`;
  const send = options.fetch ?? fetch;
  const retries = options.retries ?? 3;

  async function call<T>(method: string, path: string, body?: unknown, once: Once = {}): Promise<T> {
    const request: RequestInit = {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(method === 'POST' && { 'idempotency-key': once.idempotencyKey ?? crypto.randomUUID() }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    };
    for (let left = retries; ; left--) {
      try {
        return await attempt<T>(path, request);
      } catch (error) {
        const pause = pauseBefore(error, retries - left);
        if (left <= 0 || pause > longestPauseMs) throw error;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  async function attempt<T>(path: string, request: RequestInit): Promise<T> {
    const response = await send(base + path, request);
    const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
    const answer: unknown = isJson ? await response.json() : undefined;
    if (response.ok) return answer as T;
    const retryAfter = response.headers.get('retry-after');
    const problem = answer as Wire.Problem | undefined;
    throw new TallygateError(response.status, problem, retryAfter === null ? undefined : Number(retryAfter));
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
    revoke: (id: string, once?: Once) =>
      call<Wire.Token>('POST', `/tokens/${encodeURIComponent(id)}/revoke`, undefined, once),

    /** Signs a link without a token. Nothing is stored, so it cannot be limited or revoked. */
    link: (link: Wire.LinkRequest, once?: Once) => call<Wire.Link>('POST', '/links', link, once),

    /** Every file with its counts. Reads the next page when it is needed. */
    async *files(query: Wire.FilesQuery = {}): AsyncGenerator<Wire.FileCount> {
      for await (const page of pages<Wire.FileCounts>('/files', query)) yield* page.files;
    },

    /** Makes a batch of codes. */
    makeCodes: (batch: Wire.CodeBatchRequest, once?: Once) =>
      call<Wire.IssuedCodes>('POST', '/codes', batch, once),

    /** The codes of a batch that were not redeemed or revoked, while the service keeps them. */
    printCodes: (batch: string) =>
      call<Wire.ReprintedCodes>('GET', `/codes/batches/${encodeURIComponent(batch)}/cards`),

    /** Redeems a code: takes one of its uses. */
    redeem: (code: string, form?: Wire.RedeemRequest['form'], once?: Once) =>
      call<Wire.Redeemed>('POST', '/codes/redeem', { code, form }, once),

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
    revokeCodes: (batch: string, serial?: number, once?: Once) =>
      call<Wire.CodeBatch>(
        'POST',
        `/codes/batches/${encodeURIComponent(batch)}${serial === undefined ? '' : `/codes/${serial}`}/revoke`,
        undefined,
        once,
      ),

    /** The use of each link key, and whether it is safe to retire. */
    keys: async () => (await call<Wire.KeyUsages>('GET', '/keys')).keys,

    /** Whether counting keeps up. */
    status: () => call<Wire.Status>('GET', '/status'),
  };
}

/** Milliseconds to wait before the next attempt; Infinity if there is no use in one. */
function pauseBefore(error: unknown, attempts: number): number {
  const refused = error instanceof TallygateError ? error : undefined;
  if (refused && !notNow.includes(refused.status)) return Infinity;
  if (refused?.retryAfter !== undefined && refused.retryAfter >= 0) return refused.retryAfter * 1000;
  return 200 * 2 ** Math.min(attempts, 4) * (0.5 + Math.random());
}

function search(query: object): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const text = new URLSearchParams(
    given.map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  return text === '' ? '' : `?${text}`;
}
