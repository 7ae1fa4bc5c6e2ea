// What njs writes, by njs's own engine, for variables that no test can have NGINX hold when it likes. That NGINX
// holds such, the other tests here show.

import { statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { inNjs } from '../../harness/njs.ts';

type Variables = Record<string, string | undefined>;

/** What a function of njs/record answers, for each case. */
async function answers<T>(imported: string, call: string, cases: readonly unknown[]): Promise<T[]> {
  // In pieces: njs cuts longer lines.
  const pieces = await inNjs(`
    import { ${imported.split('#')[1]} as answer } from './njs/record/${imported.split('#')[0]}';
    const text = JSON.stringify(${JSON.stringify(cases)}.map((of) => ${call}));
    for (let at = 0; at < text.length; at += 1000) console.log(text.slice(at, at + 1000));`);
  return JSON.parse(pieces.join(''));
}

const x = (length: number) => 'x'.repeat(length);

test('text is written in ASCII, and cut after its number of characters', async () => {
  const cases = [
    ['', 5, '""'],
    ['a "b" \\c~', 50, String.raw`"a \"b\" \\c~"`],
    ['\0\x1f\x7f\x80', 50, String.raw`"\u0000\u001f\u007f\u0080"`],
    ['é\u2028\ufffd\uffff', 50, String.raw`"\u00e9\u2028\ufffd\uffff"`],
    ['\u{10000}😀\u{10ffff}', 50, String.raw`"\ud800\udc00\ud83d\ude00\udbff\udfff"`],
    ['abc', 2, '"ab"'],
    ['abc', 3, '"abc"'],
    ['abc', 4, '"abc"'],
  ] as const;
  const written = await answers('quote.ts#quote', 'answer(of[0], of[1])', cases);
  expect(written).toEqual(cases.map(([, , expected]) => expected));
});

/** How long so many bytes are as one chunk of HTTP/1.1. */
const chunk = (bytes: number) => `${bytes.toString(16)}\r\n`.length + bytes + '\r\n'.length;
const lastChunk = '0\r\n\r\n'.length;
/** As one frame of HTTP/3: its type, and its length in as many bytes as that needs (RFC 9000, 16). */
const frame = (bytes: number) =>
  1 + (bytes < 2 ** 6 ? 1 : bytes < 2 ** 14 ? 2 : bytes < 2 ** 30 ? 4 : 8) + bytes;

const whole = { server_protocol: 'HTTP/1.1', request_completion: 'OK' };
const told = { ...whole, sent_http_content_length: '1000' };
const waited = { ...told, http_expect: '100-Continue' };
const chunked = { ...whole, sent_http_transfer_encoding: 'chunked' };
const framed = { server_protocol: 'HTTP/3.0', request_completion: 'OK' };
const old = { server_protocol: 'HTTP/1.0', request_completion: 'OK', body_bytes_sent: '1010' };
const continued = 'HTTP/1.1 100 Continue\r\n\r\n'.length;

const counts: [what: string, variables: Variables, bytes: number][] = [
  ['all of it', { ...told, body_bytes_sent: '1000' }, 1000],
  ['a part', { ...told, body_bytes_sent: '500' }, 500],
  ['early hints before it', { ...told, body_bytes_sent: '1500' }, 1000],
  ['a part, behind 100 Continue', { ...waited, body_bytes_sent: `${500 + continued}` }, 500],
  ['100 Continue alone', { ...waited, body_bytes_sent: `${continued}` }, 0],
  ['a part of 100 Continue', { ...waited, body_bytes_sent: '10' }, 0],
  [
    'HTTP/2 has no 100 Continue in its body',
    { ...waited, server_protocol: 'HTTP/2.0', body_bytes_sent: '500' },
    500,
  ],
  ['another expectation', { ...told, http_expect: 'x', body_bytes_sent: '500' }, 500],
  ...[1, 15, 16, 255, 256, 4095, 4096, 65_535, 65_536].flatMap((bytes): typeof counts => [
    [`one chunk of ${bytes}`, { ...chunked, body_bytes_sent: `${chunk(bytes) + lastChunk}` }, bytes],
    [
      `one chunk of ${bytes}, and no end`,
      { ...chunked, request_completion: '', body_bytes_sent: `${chunk(bytes)}` },
      bytes,
    ],
    [
      `one chunk of ${bytes} from the origin`,
      {
        ...old,
        body_bytes_sent: '99999',
        upstream_http_transfer_encoding: 'chunked',
        upstream_response_length: `${chunk(bytes) + lastChunk}`,
      },
      bytes,
    ],
  ]),
  ['no chunk but the last', { ...chunked, body_bytes_sent: `${lastChunk}` }, 0],
  ...[0, 1, 2 ** 6 - 1, 2 ** 6, 2 ** 14 - 1, 2 ** 14, 2 ** 30 - 1, 2 ** 30].map(
    (bytes): (typeof counts)[number] => [
      `one frame of ${bytes}`,
      { ...framed, body_bytes_sent: `${frame(bytes)}` },
      bytes,
    ],
  ),
  ['no frame at all', { ...framed, body_bytes_sent: '0' }, 0],
  ['nobody says how much', old, 1010],
  ['an origin says it', { ...old, upstream_response_length: '1000' }, 1000],
  ['the last of two origins', { ...old, upstream_response_length: '0, 1000' }, 1000],
  ['the last of two requests', { ...old, upstream_response_length: '512 : 1000 ' }, 1000],
  ['an origin that was not asked', { ...old, upstream_response_length: '-' }, 1010],
  ...['HIT', 'STALE', 'UPDATING', 'REVALIDATED'].map((status): (typeof counts)[number] => [
    `kept from earlier: ${status}`,
    { ...old, upstream_cache_status: status, upstream_response_length: '5' },
    1010,
  ]),
  ['not kept', { ...old, upstream_cache_status: 'MISS', upstream_response_length: '1000' }, 1000],
];

test('the bytes of the file, without what NGINX counts beside them', async () => {
  const cases = counts.map(([, variables]) => variables);
  const bytes = await answers<number>('bytes-sent.ts#sent', 'answer(of)', cases);
  expect(counts.map(([what], n) => [what, bytes[n]])).toEqual(counts.map(([what, , n]) => [what, n]));
});

const request: Variables = {
  ...told,
  tallygate_edge: 'fra1',
  request_id: '0123456789abcdef0123456789abcdef',
  msec: '1795239731.342',
  tallygate_host: 'dl.example.org',
  tallygate_path: '/files/größe.iso',
  sent_http_etag: '"abc"',
  status: '200',
  body_bytes_sent: '700',
  tallygate_from: '0',
  tallygate_size: '1000',
  tallygate_ms: '12',
  tallygate_token: 'tok',
  tallygate_key_id: 'A1',
  tallygate_visitor: 'AAAAAAAAAAA',
  http_user_agent: 'curl/8',
  tallygate_referrer: 'example.org',
  tallygate_country: 'NZ',
};
const lines = (cases: readonly Variables[]) =>
  answers<string>('record.ts#record', 'answer({ variables: of })', cases);

test('the record has every field, in its order', async () => {
  expect(await lines([request])).toEqual([
    '{"v":1,"edge":"fra1","id":"0123456789abcdef0123456789abcdef","at":1795239731.342,' +
      String.raw`"host":"dl.example.org","path":"/files/gr\u00f6\u00dfe.iso","etag":"\"abc\"",` +
      '"status":200,"sent":700,"from":0,"size":1000,"ms":12,"token":"tok","key":"a1",' +
      '"visitor":"AAAAAAAAAAA","agent":"curl/8","referrer":"example.org","country":"NZ"}',
  ]);
});

const limits = {
  edge: 64,
  id: 32,
  host: 255,
  path: 4096,
  etag: 128,
  token: 32,
  key: 16,
  visitor: 11,
  agent: 512,
  referrer: 255,
  country: 64,
};
/** A request of which every text is as long as can be. */
const long = Object.fromEntries(
  Object.entries(request).map(([name, value]) => [name, /^[\d.]+$/.test(value ?? '') ? value : x(9000)]),
);
/** One that has none. */
const bare = { msec: '1', status: '200', tallygate_from: '0', tallygate_ms: '0', body_bytes_sent: '0' };

test.each([
  ['record.ts#record', Object.keys(limits)],
  ['refused.ts#refused', ['edge', 'id', 'host', 'path', 'key', 'visitor', 'agent', 'referrer']],
])('%s cuts each text where the record says, and has none where there is none', async (imported, fields) => {
  const signed = { secure_link: '0', tallygate_gate: 'on', tallygate_claimed_key: x(9000) };
  const [cut = '', empty = ''] = await answers<string>(imported, 'answer({ variables: of })', [
    { ...long, ...signed, request_id: x(9000) },
    bare,
  ]);
  const wanted = (text: (name: keyof typeof limits) => string) =>
    Object.fromEntries(fields.map((name) => [name, text(name as keyof typeof limits)]));
  expect(JSON.parse(cut)).toMatchObject(wanted((name) => x(limits[name])));
  expect(JSON.parse(empty)).toMatchObject(wanted(() => ''));
});

const { sent_http_content_length: _, ...untold } = request;
const sizes: [what: string, variables: Variables, size: number][] = [
  ['as NGINX knows it', request, 1000],
  ['nobody knows it', { ...request, tallygate_size: undefined }, 0],
  [
    'a stream: what was sent of it',
    { ...untold, ...chunked, tallygate_size: '55', body_bytes_sent: `${chunk(50) + lastChunk}` },
    50,
  ],
  ['a stream that broke off', { ...untold, tallygate_size: '0' }, 0],
  ['a range of a stream', { ...untold, status: '206', tallygate_size: '1000' }, 1000],
];

test('the size of the file', async () => {
  const written = await lines(sizes.map(([, variables]) => variables));
  expect(sizes.map(([what], n) => [what, JSON.parse(written[n] ?? '').size])).toEqual(
    sizes.map(([what, , size]) => [what, size]),
  );
});

// Any file will do.
const file = statSync('package.json');
const etag = `"${Math.floor(file.mtimeMs / 1000).toString(16)}-${file.size.toString(16)}"`;
const film: Variables = { ...request, arg_start: '5', request_filename: 'package.json' };
const uncut = { from: 0, size: 1000, etag: '"abc"' };
const films: [what: string, variables: Variables, says: object][] = [
  ['cut at its start', film, { from: -1, size: file.size, etag }],
  ['cut at its end', { ...film, arg_start: '', arg_end: '5' }, { from: -1, size: file.size, etag }],
  ['without entity tags', { ...film, sent_http_etag: '' }, { from: -1, size: file.size, etag: '' }],
  ['not cut', { ...film, arg_start: undefined }, uncut],
  ['cut nowhere', { ...film, tallygate_size: `${file.size}` }, { ...uncut, size: file.size }],
  ['from an origin', { ...film, upstream_addr: '127.0.0.1:80' }, uncut],
  ['no file', { ...film, request_filename: 'nothing' }, uncut],
];

test('a film that was cut is a part of the whole film', async () => {
  const written = await lines(films.map(([, variables]) => variables));
  expect(films.map(([what], n) => ({ what, ...JSON.parse(written[n] ?? '') }))).toMatchObject(
    films.map(([what, , says]) => ({ what, ...says })),
  );
});

const signed = { ...request, secure_link: '1', tallygate_gate: 'on', tallygate_claimed_key: 'A1' };
const refusals: [variables: Variables, reason: string, key: string][] = [
  [signed, 'revoked', 'a1'],
  [{ ...signed, secure_link: '0' }, 'expired', 'a1'],
  [{ ...signed, tallygate_claimed_key: '', tallygate_legacy_key: 'OLD' }, 'revoked', 'old'],
  [{ ...signed, tallygate_legacy_key: 'old' }, 'revoked', 'a1'],
  [{ ...signed, tallygate_claimed_key: undefined }, 'revoked', ''],
  [{ ...signed, secure_link: '' }, 'forged', ''],
  [{ ...signed, secure_link: '', tallygate_refusal: 'address' }, 'address', ''],
  [{ ...signed, tallygate_gate: '' }, 'forged', ''],
  [{ ...signed, tallygate_malformed: '1' }, 'forged', ''],
];

test('a refusal has every field, the reason, and the key of who has signed it', async () => {
  const cases = refusals.map(([variables]) => variables);
  expect(await answers('refused.ts#refused', 'answer({ variables: of })', cases)).toEqual(
    refusals.map(
      ([, reason, key]) =>
        '{"v":1,"edge":"fra1","id":"0123456789abcdef0123456789abcdef","at":1795239731.342,' +
        String.raw`"host":"dl.example.org","path":"/files/gr\u00f6\u00dfe.iso","status":200,` +
        `"reason":"${reason}","key":"${key}","visitor":"AAAAAAAAAAA","agent":"curl/8","referrer":"example.org"}`,
    ),
  );
});
