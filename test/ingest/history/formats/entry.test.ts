// One line of a foreign log: what of it is taken for what, and why it is not counted.

import { describe, expect, it } from 'vitest';
import { chooseFormat } from '../../../../app/ingest/history/formats/choose.ts';
import { decodePath, readRequestLine } from '../../../../app/ingest/history/formats/target.ts';
import type { Reading } from '../../../../app/ingest/record/record.ts';
import { options, readAll } from './reading.ts';

const usual = '203.0.113.1 - - [20/Nov/2026:12:00:00 +0000] "GET /x HTTP/1.1" 200 1 "-" "curl/8.5.0"';
/** Reads one line of a combined log. */
const read = (line: string, more: Parameters<typeof options>[0] = {}): Reading => {
  const bytes = Buffer.from(line, 'latin1');
  return chooseFormat('a', [Buffer.from(usual)], { format: 'combined' }, options(more)).readLine(bytes);
};
/** Reads one line of a format given. */
const readAs = (format: string, line: string, more: Parameters<typeof options>[0] = {}) =>
  readAll([line], format, options(more)).readings[0] as Reading;
const combined = (
  request: string,
  rest = '200 1000 "https://example.org/page.iso" "curl/8.5.0"',
  time = '20/Nov/2026:13:00:00 +0100',
) => `203.0.113.9 - - [${time}] "${request}" ${rest}`;

describe('the combined format', () => {
  it('gives a request its path, time, bytes, referrer host and agent', () => {
    expect(read(combined('GET /files/a.iso?x=1 HTTP/1.1'))).toMatchObject({
      kind: 'entry',
      entry: {
        path: '/files/a.iso',
        host: 'default.example',
        at: Date.UTC(2026, 10, 20, 12),
        sent: 1000,
        from: 0,
        size: 0,
        referrer: 'example.org',
        agent: 'curl/8.5.0',
      },
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
  });

  it('hashes addresses: one visitor a day and agent, another the next day, and never the address itself', () => {
    const visitor = (line: string) => {
      const reading = read(line);
      return reading.kind === 'entry' ? reading.entry.visitor : reading.reason;
    };
    const first = visitor(combined('GET /a HTTP/1.1'));
    expect(first).toMatch(/^[A-Za-z0-9_-]{11}$/);
    expect(visitor(combined('GET /b HTTP/1.1'))).toBe(first);
    expect(visitor(combined('GET /a HTTP/1.1', undefined, '21/Nov/2026:13:00:00 +0100'))).not.toBe(first);
    expect(visitor(combined('GET /a HTTP/1.1', '200 1 "-" "Wget/1.21"'))).not.toBe(first);
    expect(JSON.stringify(read(combined('GET /a HTTP/1.1')))).not.toContain('203.0.113.9');
  });

  it.each([
    ['filtered_method', combined('HEAD /a HTTP/1.1')],
    ['filtered_status', combined('GET /a HTTP/1.1', '404 10 "-" "curl/8"')],
    ['filtered_method', combined('CONNECT dl.example.org:443 HTTP/1.1')],
    ['filtered_method', combined('PROPFIND /a HTTP/1.1')],
    ['filtered_status', combined('GET /a HTTP/1.1', '304 0 "-" "curl/8"')],
    ['request_line', combined('\\x16\\x03\\x01', '400 0 "-" "-"')],
    ['request_line', combined('-', '408 0 "-" "-"')],
    ['request_line', combined('GET /a XTTP/1.1')],
    ['request_line', combined('get /a HTTP/1.1')],
    ['too_long', combined(`GET /${'a'.repeat(40_000)} HTTP/1.1`)],
    ['path', combined('GET /%zz HTTP/1.1')],
    ['path', combined('GET /%00 HTTP/1.1')],
    ['path', combined('GET /%ff HTTP/1.1')],
    ['path', combined('GET /../../etc/passwd HTTP/1.1')],
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

it.each([
  ['/a%20b%2Fc//d/../e', '/a b/c/e'],
  ['/%252e%252e/x', '/%2e%2e/x'],
  ['http://dl.example.org/x.iso?y', '/x.iso'],
  ['/f%C3%BCr.iso', '/f\u00fcr.iso'],
  ['/dir/', '/dir/'],
  ['/a/./b', '/a/b'],
])('normalises %s as NGINX does', (target, path) => {
  expect(decodePath(target)).toBe(path);
});

it.each([
  ['GET /a HTTP/1.1', 'GET', '/a'],
  ['GET /a b.iso HTTP/1.1', 'GET', '/a b.iso'],
  ['GET /a', 'GET', '/a'],
  ['GET http://dl.example.org/a HTTP/2.0', 'GET', 'http://dl.example.org/a'],
  ['VERSION-CONTROL /a HTTP/1.1', 'VERSION-CONTROL', '/a'],
])('reads the request line %s', (line, method, target) => {
  expect(readRequestLine(line)).toEqual({ method, target });
});

it('takes the bytes of a name as UTF-8, whichever way the server wrote them', () => {
  for (const path of ['/f%C3%BCr.iso', '/f\\xC3\\xBCr.iso', '/f\u00c3\u00bcr.iso'])
    expect(read(combined(`GET ${path} HTTP/1.1`))).toMatchObject({ entry: { path: '/f\u00fcr.iso' } });
});

it('counts history from before 2001', () => {
  expect(read(combined('GET /a HTTP/1.0', undefined, '01/Jul/1995:00:00:01 -0400'))).toMatchObject({
    entry: { at: Date.UTC(1995, 6, 1, 4, 0, 1) },
  });
  expect(read(combined('GET /a HTTP/1.0', undefined, '01/Jul/1970:00:00:01 +0000'))).toEqual({
    kind: 'reject',
    reason: 'time',
  });
});

describe('hosts', () => {
  const vhost = (host: string) => `${host} ${combined('GET /a HTTP/1.1')}`;

  it('never takes an address for a host that nobody named one', () => {
    for (const address of [
      '10.0.0.2',
      '203.0.113.5:443',
      '[2001:db8::1]:443',
      '2001:db8::1',
      '::ffff:203.0.113.5',
      'fe80::1%eth0',
      '3405803781',
      '0x7f000001',
    ]) {
      const { described, entries } = readAll([vhost(address)]);
      expect(described).not.toMatch(/vhost/);
      expect(entries.map(({ host }) => host)).toEqual(['default.example']);
      const named = () =>
        readAll([vhost('dl.example.org'), vhost(address)], 'vhost_combined').entries.map(({ host }) => host);
      expect(named()).toEqual(['dl.example.org']);
    }
  });

  it('takes an address where the format says that it is the host', () => {
    expect(
      readAs(
        '$host $remote_addr [$time_local] "$request" $status $body_bytes_sent',
        '198.51.100.1 203.0.113.9 [20/Nov/2026:13:00:00 +0100] "GET /a HTTP/1.1" 200 5',
      ),
    ).toMatchObject({ entry: { host: '198.51.100.1' } });
    const behind = '203.0.113.9 [20/Nov/2026:13:00:00 +0100] "GET /a HTTP/1.1" 200 5';
    for (const host of ['[2001:db8::1]:443', '2001:db8::1']) {
      const format = '$http_host $remote_addr [$time_local] "$request" $status $body_bytes_sent';
      expect(readAs(format, `${host} ${behind}`)).toMatchObject({ entry: { host: '2001:db8::1' } });
    }
    expect(readAs('%v:%p %h %t "%r" %>s %b', `dl.example.org:443 ${behind}`)).toMatchObject({
      entry: { host: 'dl.example.org' },
    });
  });

  it('reads no column of names as hosts that varies as the clients do', () => {
    const lines = ['5', '6', '7', '8'].map(
      (n) =>
        `203.0.113.${n} c${n}.isp.example ident x [20/Nov/2026:13:00:00 +0100] "GET /a HTTP/1.1" 200 5 "-" "curl/8.5.0" x`,
    );
    expect(new Set(readAll(lines).entries.map(({ host }) => host))).toEqual(new Set(['default.example']));
  });
});

describe('who asked', () => {
  const main = (peer: string, forwarded: string) =>
    `${combined('GET /a HTTP/1.1').replace('203.0.113.9', peer)} "${forwarded}"`;
  const visitor = (line: string, more: Parameters<typeof options>[0] = {}) => {
    const reading = readAs('main', line, more);
    return reading.kind === 'entry' ? reading.entry.visitor : reading.reason;
  };
  const alone = visitor(main('203.0.113.5', '-'));

  it('is whom a private proxy names, and no more than that', () => {
    expect(visitor(main('10.0.0.1', '203.0.113.5'))).toBe(alone);
    expect(visitor(main('10.0.0.1', '1.1.1.1, 203.0.113.5, 10.0.0.9'))).toBe(alone);
    expect(visitor(main('fd00::1', 'unknown, 203.0.113.5'))).toBe(alone);
    expect(visitor(main('203.0.113.5', '1.1.1.1'))).toBe(alone);
    expect(visitor(main('10.0.0.1', '-'))).not.toBe(alone);
  });

  it('is whom a trusted proxy names', () => {
    expect(visitor(main('198.51.100.1', '203.0.113.5'))).not.toBe(alone);
    expect(visitor(main('198.51.100.1', '203.0.113.5'), { trusted: ['198.51.100.0/24'] })).toBe(alone);
    expect(visitor(main('198.51.100.1', '203.0.113.5'), { from: 'x-forwarded-for' })).toBe(alone);
    expect(visitor(main('10.0.0.1', '203.0.113.5'), { from: 'peer' })).not.toBe(alone);
  });

  it('has one spelling', () => {
    expect(visitor(main('2001:DB8:0:1::2', '-'))).toBe(visitor(main('2001:db8:0:1:ffff::', '-')));
    expect(visitor(main('::ffff:203.0.113.5', '-'))).toBe(alone);
    expect(visitor(main('10.0.0.1', '[2001:db8:0:1::7]:443'))).toBe(visitor(main('2001:db8:0:1::2', '-')));
  });
});

describe('where a range began and how large the file is', () => {
  const format =
    '$remote_addr [$time_local] "$request" $status $body_bytes_sent "$sent_http_content_range" "$sent_http_content_length" "$http_range"';
  const told = (line: string, as = format) => {
    const reading = readAs(as, `203.0.113.9 [20/Nov/2026:13:00:00 +0100] "GET /a HTTP/1.1" ${line}`);
    return reading.kind === 'entry' && [reading.entry.sent, reading.entry.from, reading.entry.size];
  };

  it('is exact where all of the answer is in the log', () => {
    expect(told('200 400 "-" "1000" "-"')).toEqual([400, 0, 1000]);
    expect(told('206 500 "bytes 500-999/1000" "500" "bytes=500-"')).toEqual([500, 500, 1000]);
    expect(told('206 700 "-" "700" "bytes=0-9,20-29"')).toEqual([700, -1, 0]);
    expect(told('206 500 "bytes 500-999/*" "500" "-"')).toEqual([500, 500, 0]);
  });

  it('leaves the size unknown where only one kind of answer tells it', () => {
    const without = format.replace('"$sent_http_content_range"', '"$other"');
    expect(told('200 400 "-" "1000" "-"', without)).toEqual([400, 0, 0]);
    expect(told('206 500 "-" "500" "bytes=500-"', without)).toEqual([500, 500, 0]);
  });

  it('takes the headers off all bytes that were sent, where it can', () => {
    const all = format.replace('$body_bytes_sent', '$bytes_sent');
    expect(told('200 1300 "-" "1000" "-"', all)).toEqual([1000, 0, 1000]);
    expect(told('200 700 "-" "1000" "-"', all)).toEqual([700, 0, 1000]);
  });

  it('passes on an id that can be one', () => {
    const line = '203.0.113.9 [20/Nov/2026:13:00:00 +0100] "GET /a HTTP/1.1" 200 5';
    const as = '$remote_addr [$time_local] "$request" $status $body_bytes_sent $request_id';
    expect(readAs(as, `${line} ${'0a'.repeat(16)}`)).toMatchObject({ entry: { id: '0a'.repeat(16) } });
    expect(readAs(as, `${line} req-1`)).toMatchObject({ entry: { id: '' } });
  });
});

it('tells a client that names no user agent from a log that does not', () => {
  expect(read(combined('GET /a HTTP/1.1', '200 1 "-" "-"'))).toMatchObject({ entry: { agent: '' } });
  const common = '203.0.113.9 - - [20/Nov/2026:13:00:00 +0100] "GET /a HTTP/1.1" 200 5';
  expect(readAll([common]).entries).toMatchObject([{ agent: '(not logged)' }]);
});

describe('a format that does not fit', () => {
  const message = (lines: string[], format?: string) => {
    try {
      readAll(lines, format);
      return '';
    } catch (error) {
      return `${(error as Error).message}\n${(error as { remedy?: string }).remedy}`;
    }
  };

  it('is shown with the place where the nearest one parted, and without addresses', () => {
    const text = message(['203.0.113.9 - - [20/Nov/2026:13:00:00 +0100] "GET /a?sig=secret HTTP/1.1" no 5']);
    expect(text).toMatch(/access.log is in no format that is known here/);
    const [, line = '', mark = ''] = text.split('\n');
    expect(line).toContain('(address) - - [20/Nov/2026');
    expect(line.slice(mark.indexOf('^'))).toMatch(/^no 5/);
    expect(mark).toContain('$status');
    expect(text).toMatch(/--nginx-conf .* --format/);
    expect(text).not.toMatch(/203\.0|secret/);
  });

  const tcp = '203.0.113.9:33313 [20/Nov/2026:13:00:00.443] fnt bck/srv1 0/0/5007 212 -- 0/0/0/0/3 0/0';
  it.each([
    ['tcplog', tcp, /access.log is HAProxy's log of connections \(option tcplog\).*\n.*option httplog/],
    ['tcplog, syslog', `Nov 20 13:00:00 lb haproxy[68]: ${tcp}`, /option tcplog/],
    [
      "NGINX's error log",
      '2026/11/20 13:00:00 [error] 7#7: *1 open() "/a" failed, client: 203.0.113.9',
      /is an error log/,
    ],
    [
      "Apache's error log",
      '[Fri Nov 20 13:00:00.123456 2026] [core:error] [pid 7] [client 203.0.113.9:80] no',
      /is an error log\n.*access log/,
    ],
  ])('%s holds no requests: it says what it is, and what to give', (_what, line, expected) => {
    expect(message([line, line])).toMatch(expected);
    expect(message([line])).not.toContain('203.0');
  });

  it.each([
    ['nonsense', /no format/],
    ['$remote_addr "$request" $status', /no time/],
    ['[$time_local] "$request" $status', /no client address/],
    ['$remote_addr [$time_local] $status', /no request/],
    ['$remote_addr [$time_local] "$request"', /no status/],
    [
      '$remote_addr$remote_user [$time_local] "$request" $status',
      /where \$remote_addr ends and \$remote_user begins/,
    ],
    ['%h', /no time/],
  ])('is refused: %s', (format, why) => {
    expect(message([usual], format)).toMatch(why);
  });

  it('shows where the lines part from the one that was given', () => {
    expect(message([usual], '$remote_addr;[$time_local] "$request" $status')).toMatch(
      /is not in the format given/,
    );
  });
});
