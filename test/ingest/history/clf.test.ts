// Foreign logs: what of a line is taken for what.

import { describe, expect, it } from 'vitest';
import { type ClfOptions, decodePath, formatOf, readClf } from '../../../app/ingest/history/clf.ts';
import { line, record } from '../records.ts';

const options: ClfOptions = {
  format: 'combined',
  edge: 'fra1',
  host: 'dl.example.org',
  methods: new Set(['GET']),
  matches: () => true,
  salt: Buffer.alloc(32, 7),
};
const read = (line: string, more: Partial<ClfOptions> = {}) =>
  readClf(Buffer.from(line, 'latin1'), { ...options, ...more });
const combined = (
  request: string,
  rest = '200 1000 "https://example.org/page.iso" "curl/8.5.0"',
  time = '20/Nov/2026:13:00:00 +0100',
) => `203.0.113.9 - - [${time}] "${request}" ${rest}`;

describe('the combined format', () => {
  it('gives a request its path, time, bytes, referrer host and agent', () => {
    expect(read(combined('GET /files/a.iso?x=1 HTTP/1.1'))).toEqual({
      kind: 'entry',
      entry: {
        edge: 'fra1',
        id: '',
        path: '/files/a.iso',
        host: 'dl.example.org',
        at: Date.UTC(2026, 10, 20, 12),
        etag: '',
        ms: 0,
        sent: 1000,
        from: 0,
        size: 0,
        token: '',
        key: '',
        visitor: expect.stringMatching(/^[A-Za-z0-9_-]{11}$/),
        referrer: 'example.org',
        agent: 'curl/8.5.0',
        country: '',
      },
    });
  });

  it('takes - for nothing, and does not know where a part began', () => {
    expect(read(combined('GET /a HTTP/1.1', '206 - "-" "-"'))).toMatchObject({
      entry: { sent: 0, from: -1, referrer: '', agent: '' },
    });
  });

  it('keeps an agent as text that PostgreSQL can hold, of 512 characters', () => {
    const agent = (text: string) => {
      const reading = read(combined('GET /a HTTP/1.1', `200 1 "-" "${text}"`));
      return reading.kind === 'entry' ? reading.entry.agent : reading.reason;
    };
    expect(agent('caf\xc3\xa9')).toBe('caf\u00e9');
    expect(agent('a\\x00b')).toBe('a\ufffdb');
    expect(agent('a'.repeat(513))).toBe('a'.repeat(512));
    // Cut through an emoji.
    expect(agent(`${'a'.repeat(511)}\xf0\x9f\x98\x80`)).toBe(`${'a'.repeat(511)}\ufffd`);
  });

  it.each([
    ['Jan', 0],
    ['Feb', 1],
    ['Mar', 2],
    ['Apr', 3],
    ['May', 4],
    ['Jun', 5],
    ['Jul', 6],
    ['Aug', 7],
    ['Sep', 8],
    ['Oct', 9],
    ['Nov', 10],
    ['Dec', 11],
  ])('knows %s', (name, month) => {
    expect(read(combined('GET /a HTTP/1.1', undefined, `20/${name}/2026:13:00:00 +0000`))).toMatchObject({
      entry: { at: Date.UTC(2026, month, 20, 13) },
    });
  });

  it('knows daylight saving by the offset that stands in the line', () => {
    const at = (time: string) => {
      const reading = read(combined('GET /a HTTP/1.1', undefined, time));
      return reading.kind === 'entry' ? new Date(reading.entry.at).toISOString() : reading.reason;
    };
    expect(at('25/Oct/2026:02:30:00 +0200')).toBe('2026-10-25T00:30:00.000Z');
    expect(at('25/Oct/2026:02:30:00 +0100')).toBe('2026-10-25T01:30:00.000Z');
    expect(at('20/Nov/2026:12:00:00 -0330')).toBe('2026-11-20T15:30:00.000Z');
    expect(at('31/Feb/2026:12:00:00 +0000')).toBe('time');
    expect(at('20/Nov/2026:23:59:59 +0000')).toBe('2026-11-20T23:59:59.000Z');
    // A leap second, which may end a month.
    expect(at('31/Dec/2026:23:59:60 +0000')).toBe('2027-01-01T00:00:00.000Z');
    for (const none of ['24:00:00', '12:60:00', '12:00:61'])
      expect(at(`20/Nov/2026:${none} +0000`)).toBe('time');
    for (const second of ['00', '60']) expect(at(`20/Foo/2026:12:00:${second} +0000`)).toBe('time');
    // What milliseconds of 13 digits can say.
    expect(at('09/Sep/2001:01:46:39 +0000')).toBe('time');
    expect(at('09/Sep/2001:01:46:40 +0000')).toBe('2001-09-09T01:46:40.000Z');
    expect(at('20/Nov/2286:17:46:39 +0000')).toBe('2286-11-20T17:46:39.000Z');
    expect(at('20/Nov/2286:17:46:40 +0000')).toBe('time');
  });

  it('hashes addresses: one visitor a day and agent, another the next day, and never the address itself', () => {
    const visitor = (line: string) => {
      const reading = read(line);
      return reading.kind === 'entry' ? reading.entry.visitor : reading.reason;
    };
    const first = visitor(combined('GET /a HTTP/1.1'));
    expect(first).toMatch(/^[A-Za-z0-9_-]{11}$/);
    expect(visitor(combined('GET /b HTTP/1.1'))).toBe(first);
    expect(visitor(combined('GET /b HTTP/1.1', undefined, '20/Nov/2026:23:00:00 +0100'))).toBe(first);
    expect(visitor(combined('GET /a HTTP/1.1', undefined, '21/Nov/2026:13:00:00 +0100'))).not.toBe(first);
    expect(visitor(combined('GET /a HTTP/1.1', '200 1 "-" "Wget/1.21"'))).not.toBe(first);
    expect(JSON.stringify(read(combined('GET /a HTTP/1.1')))).not.toContain('203.0.113.9');
  });

  it.each([
    ['filtered_method', combined('HEAD /a HTTP/1.1')],
    ['filtered_status', combined('GET /a HTTP/1.1', '404 10 "-" "curl/8"')],
    ['filtered_status', combined('\\x16\\x03\\x01', '400 0 "-" "-"')],
    ['request_line', combined('\\x16\\x03\\x01', '200 0 "-" "-"')],
    ['path', combined('GET /%zz HTTP/1.1')],
    ['path', combined('GET /%00 HTTP/1.1')],
    ['path', combined('GET /%ff HTTP/1.1')],
    ['path', combined('GET /../../etc/passwd HTTP/1.1')],
    ['time', combined('GET /a HTTP/1.1', undefined, '31/Feb/2026:12:00:00 +0000')],
    ['format', 'nonsense'],
    ['nul', 'a\0b'],
  ])('rejects with %s', (reason, line) => {
    expect(read(line)).toEqual({ kind: 'reject', reason });
  });

  it('reads paths from the request line alone: a referrer is no download', () => {
    const matches = (path: string) => path.endsWith('.iso');
    expect(read(combined('GET /page HTTP/1.1'), { matches })).toEqual({
      kind: 'reject',
      reason: 'filtered_path',
    });
  });
});

it('finds out the format', () => {
  const of = (line: string) => formatOf(Buffer.from(line));
  expect(of(combined('GET /a HTTP/1.1'))).toBe('combined');
  expect(of(`dl.example.org:443 ${combined('GET /a HTTP/1.1')}`)).toBe('vhost_combined');
  expect(of(`h ${combined('GET /a HTTP/1.1')}`)).toBe('vhost_combined');
  expect(of('203.0.113.9 - frank [20/Nov/2026:13:00:00 +0100] "GET /a HTTP/1.0" 200 23')).toBe('common');
  // A user's name may hold a space: the second word is no address.
  expect(of(combined('GET /a HTTP/1.1').replace('- -', '- frank doe'))).toBe('combined');
  expect(of(line(record({})))).toBe('records');
  expect(of('nonsense')).toBeUndefined();
  const vhost = read(`DL.example.com:443 ${combined('GET /a HTTP/1.1')}`, { format: 'vhost_combined' });
  expect(vhost).toMatchObject({ entry: { host: 'dl.example.com' } });
});

it.each([
  ['/a%20b%2Fc//d/../e', '/a b/c/e'],
  ['/%252e%252e/x', '/%2e%2e/x'],
  ['http://dl.example.org/x.iso?y', '/x.iso'],
  ['/f%C3%BCr.iso', '/f\u00fcr.iso'],
  ['/f\\xC3\\xBCr.iso', '/f\u00fcr.iso'],
  ['/dir/', '/dir/'],
  ['/a/./b', '/a/b'],
  ['/a/b/..', '/a/'],
  ['/a/.', '/a/'],
  ['/a\\"b', '/a"b'],
  ['http://dl.example.org', '/'],
  [`/${'a'.repeat(4095)}`, `/${'a'.repeat(4095)}`],
  [`/${'a'.repeat(4096)}`, undefined],
  ['a.iso', undefined],
])('normalises %s as NGINX does', (target, path) => {
  expect(decodePath(target)).toBe(path);
});
