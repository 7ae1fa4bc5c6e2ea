// Cards as they are printed: what is on them, what they cost, and what is made when they cannot be had.

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { inflateSync } from 'node:zlib';
import { PDFDocument, type PDFRawStream } from '@cantoo/pdf-lib';
import decode from 'qr/decode.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../app/config/load.ts';
import { newKey, newRing } from '../../app/keys/change.ts';
import { formatKeyFile } from '../../app/keys/file.ts';
import { freePort, isListening } from '../../app/process/ports.ts';
import { until } from '../../app/process/until.ts';
import { artworkFrom } from '../../app/service/codes/artwork.ts';
import { cardDeck } from '../../app/service/codes/print/deck.ts';
import { printDeck } from '../../app/service/codes/print/print.ts';
import { createApiKey } from '../../app/service/keys/api-keys.ts';
import { listen } from '../../app/service/server.ts';
import { temporaryFolder } from '../harness/folders.ts';
import { createDatabase, type TestDatabase } from '../harness/postgres.ts';
import { spawnTallygate } from '../harness/program.ts';
import { startService } from './harness.ts';

const origin = 'https://dl.example.org';
const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

function deckOf(count: number, more: object = {}) {
  const codes = Array.from({ length: count }, (_, n) => ({
    serial: n + 1,
    code: `ABCDE-${String(n).padStart(5, '0')}-WXYZ`,
  }));
  const terms = { label: 'x', title: 'Héloïse', uses: 1, redeemUntil: undefined, ...more };
  return cardDeck({ codes }, terms, origin, 'UTC');
}

/** Reads a QR code that is drawn as boxes of modules, as a telephone would read its picture. */
function scan(boxes: readonly { x: number; y: number; length: number }[]): string {
  const scale = 4;
  const border = 4;
  const size = Math.max(...boxes.map(({ x, length }) => x + length)) + 2 * border;
  const width = size * scale;
  const data = new Uint8Array(width * width * 4).fill(255);
  for (const { x, y, length } of boxes)
    for (let row = 0; row < scale; row++) {
      const start = ((y + border) * scale + row) * width + (x + border) * scale;
      for (let pixel = start; pixel < start + length * scale; pixel++) data.fill(0, pixel * 4, pixel * 4 + 3);
    }
  return decode({ width, height: width, data });
}

const boxes = (path: string, one: RegExp) =>
  [...path.matchAll(one)].map(([, x, y, length]) => ({ x: Number(x), y: Number(y), length: Number(length) }));

describe('the QR code of every card leads to its code', () => {
  const deck = deckOf(23);
  const urls = deck.cards.map(({ url }) => url);

  test('on the page', async () => {
    const page = Buffer.from(await printDeck({ deck, form: 'html', paper: 'a4' })).toString();
    const paths = [...page.matchAll(/class="qr"[^>]*><path d="([^"]*)"/g)].map(([, path = '']) => path);
    expect(paths.map((path) => scan(boxes(path, /M(\d+) (\d+)h(\d+)v1/g)))).toEqual(urls);
  });

  test('in the PDF, where each is one path', async () => {
    const bytes = await printDeck({ deck, form: 'pdf', paper: 'a4' });
    const document = await PDFDocument.load(bytes);
    const sheets = document.getPages().map(({ node }) => {
      const stream = node.Contents() as unknown as PDFRawStream;
      return inflateSync(stream.getContents()).toString();
    });
    expect(sheets).toHaveLength(3);
    const codes = sheets.flatMap((sheet) => sheet.split('\nf Q').slice(0, -1));
    expect(codes.map((path) => scan(boxes(path, /^(\d+) (\d+) (\d+) 1 re$/gm)))).toEqual(urls);
  });
});

test('a picture is in the file once, however many cards show it', async () => {
  const artwork = { type: 'image/png' as const, bytes: pixel };
  const size = async (form: 'html' | 'pdf', count: number, more = {}) =>
    (await printDeck({ deck: deckOf(count, more), form, paper: 'a4' })).length;
  const page = Buffer.from(
    await printDeck({ deck: deckOf(30, { artwork }), form: 'html', paper: 'a4' }),
  ).toString();
  expect(page.split('data:image/png;base64').length - 1).toBe(1);
  expect(page.match(/<use href="#picture"/g)).toHaveLength(30);
  expect((await size('pdf', 30, { artwork })) - (await size('pdf', 30))).toBeLessThan(3000);
});

test('a picture of few bytes and a billion pixels is refused', () => {
  const huge = Buffer.from(pixel);
  huge.writeUInt32BE(32_000, 16);
  huge.writeUInt32BE(32_000, 20);
  expect(artworkFrom(huge)).toBeUndefined();
  expect(artworkFrom(pixel)?.type).toBe('image/png');
  expect(artworkFrom(pixel.subarray(0, 20))).toBeUndefined();
});

test('others have their turn while cards are printed', async () => {
  // A process that stands still does so with all its threads: only printing in this one would let no turn pass.
  let turns = 0;
  let printed = false;
  const printing = printDeck({ deck: deckOf(500), form: 'pdf', paper: 'a4' }).finally(() => {
    printed = true;
  });
  while (!printed) {
    await setImmediate();
    turns++;
  }
  await printing;
  expect(turns).toBeGreaterThan(100);
});

test('who is gone before its turn is not printed for, and the next is', async () => {
  const gone = new AbortController();
  const [first, second, third] = [
    printDeck({ deck: deckOf(50), form: 'pdf', paper: 'a4' }),
    printDeck({ deck: deckOf(50), form: 'pdf', paper: 'a4' }, gone.signal),
    printDeck({ deck: deckOf(1), form: 'html', paper: 'a4' }),
  ];
  gone.abort();
  await expect(second).rejects.toThrow(/aborted/);
  expect((await first).length).toBeGreaterThan(1000);
  expect((await third).length).toBeGreaterThan(1000);
});

describe('serve', () => {
  let database: TestDatabase;
  let port: number;
  let serving: Awaited<ReturnType<typeof spawnTallygate>>;
  let headers: Record<string, string>;
  beforeAll(async () => {
    database = await createDatabase();
    const dir = await temporaryFolder('print');
    await writeFile(path.join(dir, 'keys.conf'), formatKeyFile([newRing(newKey('a1', new Date()))]));
    port = await freePort();
    serving = await spawnTallygate(['serve'], {
      env: {
        TALLYGATE_DATABASE_URL: database.url,
        TALLYGATE_ORIGIN: `http://127.0.0.1:${port}`,
        TALLYGATE_SERVICE_PORT: String(port),
        TALLYGATE_KEYS_FILE: path.join(dir, 'keys.conf'),
      },
    });
    await until(() => isListening(port), 'serve to listen');
    const { secret } = await createApiKey(database.sql, 'shop', ['issue', 'read']);
    headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
  });
  afterAll(async () => {
    await serving.stop();
    await database.drop();
  });

  const batches = async () =>
    (await database.sql`select count(*)::int as n from code_batches`)[0]?.n as number;
  // The service stands in for NGINX here, and knows no such file.
  const body = (count: number) => JSON.stringify({ label: 'x', paths: ['/a'], count, force: true });
  const ask = (accept: string, count: number, signal?: AbortSignal) =>
    fetch(`http://127.0.0.1:${port}/tallygate/api/v1/codes`, {
      method: 'POST',
      headers: { ...headers, accept },
      body: body(count),
      ...(signal && { signal }),
    });

  test.each(['application/pdf', 'text/html'])(
    'prints 3,000 cards as %s in 300 MB, with the codes stored',
    async (form) => {
      const answer = await ask(form, 3000);
      expect(answer.status).toBe(201);
      expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(1_000_000);
      // The most that it ever was, as the kernel knows it.
      const status = await readFile(`/proc/${serving.pid}/status`, 'utf8');
      expect(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024).toBeLessThan(300);
    },
  );

  test('refuses more than it can print soon, and makes nothing of it', async () => {
    const before = await batches();
    const answers = await Promise.all(Array.from({ length: 12 }, () => ask('application/pdf', 300)));
    const made = answers.filter(({ status }) => status === 201).length;
    const refused = answers.filter(({ status }) => status === 503);
    expect(made + refused.length).toBe(12);
    expect(made).toBeGreaterThan(0);
    for (const answer of refused) expect(answer.headers.get('retry-after')).toBe('60');
    expect(await batches()).toBe(before + made);
  });
});

test('for a client that has gone nothing is made', async () => {
  const config = {
    ...loadConfig({ env: {} }),
    service: { ...loadConfig({ env: {} }).service, port: await freePort() },
  };
  const service = await startService({ config, origin: `http://127.0.0.1:${config.service.port}` });
  const running = await listen(service.app, service.deps);
  const key = await service.key('issue');
  const ask = (count: number, signal: AbortSignal) =>
    fetch(`${service.deps.origin}/tallygate/api/v1/codes`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        accept: 'application/pdf',
      },
      body: JSON.stringify({ label: 'x', paths: ['/a'], count, force: true }),
      signal,
    });
  try {
    const gone = new AbortController();
    // Client, service and printer are one process, which stands still as a whole if at all.
    const leaving = ask(10_000, gone.signal).catch(() => {});
    await until(async () => service.logged.join('').includes('"printing cards"'), 'the printing to begin');
    gone.abort();
    await leaving;
    const ended = /"the client has gone: no codes|"codes":10000,/;
    await until(async () => ended.test(service.logged.join('')), 'its request to end');
    // The next one has its turn.
    expect((await ask(1, new AbortController().signal)).status).toBe(201);
    const made = await service.database.sql`
      select (select count(*)::int from codes c where c.batch_id = b.id) as codes from code_batches b`;
    expect(made.map(({ codes }) => codes)).toEqual([1]);
  } finally {
    await running.stop();
    await service.stop();
  }
});
