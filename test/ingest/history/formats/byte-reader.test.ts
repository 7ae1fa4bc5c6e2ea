// The fast reading of a layout and its scanner agree: whatever the line, the fast reading says the same or nothing.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseFormat } from '../../../../app/ingest/history/formats/choose.ts';
import { createClassifier } from '../../../../app/ingest/record/classify.ts';
import { LineHash } from '../../../../app/ingest/record/line-hash.ts';
import { Names } from '../../../../app/ingest/record/names.ts';
import type { Reading } from '../../../../app/ingest/record/record.ts';
import type { SightReader } from '../../../../app/ingest/record/sight-reader.ts';
import { visitorHalves } from '../../../../app/ingest/record/visitor.ts';
import { options } from './reading.ts';
import { samples, story } from './samples.ts';

const combined =
  '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"';

/** Layouts that are read by their bytes. One that comes to be so is a line here. */
const layouts = [
  combined,
  `$host ${combined}`,
  `${combined} "$http_x_forwarded_for" $request_time`,
  `${combined} $upstream_addr $request_id`,
  '$time_iso8601|$status|$remote_addr|$request_uri|$request_method|$body_bytes_sent|$http_user_agent|$host|$scheme',
  '$msec\t$remote_addr\t$http_x_forwarded_for\t"$request"\t$status\t$bytes_sent\t"$http_user_agent"\t$request_time',
  '[$time_iso8601] {$uri} $remote_addr $status "$http_referer" - $something',
  '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"',
  '%v:%p %h %t "%r" %>s %O %T',
];

const nasty = fc
  .array(
    fc.constantFrom(...'"\\ -,:[]{}|/?=%.aZ09\t\0ÿä\r', ' HTTP/1.1', '\\"', '" "', '" 200 5 "', '+', '\\x22'),
    {
      maxLength: 6,
    },
  )
  .map((parts) => parts.join(''));
/** Mostly what a server writes, now and then what one may write, and anything. */
const usually = (sound: string[], odd: string[] = ['-']) =>
  fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom(...sound) },
    { weight: 2, arbitrary: fc.constantFrom(...odd) },
    { weight: 1, arbitrary: nasty },
  );
const seconds = usually(
  ['09:00:00', '10:59:59', '23:00:01'],
  ['24:00:00', '23:60:00', '23:59:60', '9:00:00', '09:00:0a'],
);
const together = (between: string, ...parts: fc.Arbitrary<string>[]) =>
  fc.tuple(...parts).map((texts) => texts.join(between));
const clf = together(
  ' ',
  together(
    ':',
    usually(['10/Mar/2024', '11/Mar/2024'], ['29/Feb/2023', '1/Mar/2024', '10/Abc/2024', '10/Mar/1911']),
    seconds,
  ),
  usually(['+0000', '+0100', '-0930'], ['GMT', '', '0100', '+01:00']),
);
const iso = together(
  '',
  usually(['2024-03-10T', '2024-03-11T'], ['2024-02-30T', '2024-3-1T', '2024-03-10 ', '1911-03-10T']),
  seconds,
  usually(['Z', '+01:00'], ['', '-0930', '.5Z', '+01:00:00', ' Z']),
);

const values: Readonly<Record<string, fc.Arbitrary<string>>> = {
  time_local: clf,
  time_iso8601: iso,
  msec: usually(
    ['1710061200.123', '1710061200.999'],
    ['1710061201', '0710061200.123', '1710061200123', '1710061200.12'],
  ),
  remote_addr: usually(
    ['203.0.113.5', '203.0.113.6', '2001:db8::1', '2001:db8::2', '10.0.0.7'],
    ['-', 'client.example.org', 'unix:'],
  ),
  request: usually(
    [
      'GET /a.iso HTTP/1.1',
      'GET /a.iso?x=1 HTTP/1.1',
      'GET /b%20c.iso HTTP/2.0',
      'GET /\\xc3\\xa4.iso HTTP/1.1',
    ],
    [
      'HEAD /a.iso HTTP/1.1',
      'GET https://dl.example.org/d.iso HTTP/1.1',
      '-',
      'GET /a b HTTP/1.1',
      'GET /\\" HTTP/1.1',
    ],
  ),
  request_uri: usually(['/a.iso', '/b%20c.iso?x'], ['https://dl.example.org/d.iso', '/\\x22', '-']),
  uri: usually(['/a.iso', '/b.iso', '/c/d.iso']),
  request_method: usually(['GET'], ['get', 'HEAD', '-']),
  status: usually(['200', '206'], ['404', '304', '0', '2000']),
  body_bytes_sent: usually(['0', '1', '1000', '999999999999999'], ['0017', '-', '1234567890123456', '-1']),
  http_referer: usually(
    ['-', 'https://example.org/x', 'https://user@news.example.net/'],
    ['', 'android-app://a'],
  ),
  http_user_agent: usually(['curl/8.5.0', 'Mozilla/5.0 (X11; rv:99.0)'], ['-', '', 'a \\"b\\" c', 'é', '\\']),
  http_x_forwarded_for: usually(['-', '198.51.100.7', '198.51.100.7, 10.0.0.2'], ['unknown', '', 'a b']),
  host: usually(['dl.example.org', 'WWW.example.org', 'example.net:80'], ['-', '203.0.113.9', '_']),
  request_time: usually(['0.000', '1.005', '12.345'], ['5', '-', '0.1234', '1.2']),
  request_id: usually(
    ['0123456789abcdef0123456789abcdef', '0123456789abcdef0123456789abcdee'],
    ['-', '0123456789ABCDEF0123456789abcdef'],
  ),
  upstream_addr: usually(
    ['-', '10.0.0.1:80'],
    ['10.0.0.1:80, 10.0.0.2:80', '10.0.0.1:80 : 10.0.0.2:80', 'unix:/a :'],
  ),
};
const aliases: Readonly<Record<string, string>> = {
  '%h': 'remote_addr',
  '%r': 'request',
  '%>s': 'status',
  '%b': 'body_bytes_sent',
  '%O': 'body_bytes_sent',
  bytes_sent: 'body_bytes_sent',
  '%{Referer}i': 'http_referer',
  '%{User-Agent}i': 'http_user_agent',
  '%v:%p': 'host',
  '%T': 'request_time',
};

/** Lines of a layout, with its fields' values at random. */
function linesOf(layout: string): fc.Arbitrary<string> {
  const parts = layout.split(/(\$\w+|%v:%p|%t|%>?(?:\{[\w-]+\})?\w)/);
  return fc
    .tuple(
      ...parts.map((part, index) => {
        if (index % 2 === 0)
          return fc.oneof({ weight: 100, arbitrary: fc.constant(part) }, { weight: 1, arbitrary: nasty });
        if (part === '%t') return (values.time_local as fc.Arbitrary<string>).map((time) => `[${time}]`);
        const name = part.replace(/^\$/, '');
        return values[aliases[name] ?? name] ?? usually(['-', 'word']);
      }),
    )
    .map((texts) => texts.join(''));
}

function opened(format: string, strict = false) {
  const sound = fc
    .sample(linesOf(format), { numRuns: 300, seed: 7 })
    .map((line) => Buffer.from(line, 'latin1'));
  const choice = chooseFormat('access.log', sound, { format: strict ? 'combined' : format }, options());
  const { fastReader } = choice;
  if (!fastReader) throw new Error(`${format} is not read by its bytes`);
  return { readLine: choice.readLine, reader: fastReader(new Names(createClassifier({}))) };
}

function plain(reading: Reading) {
  if (reading.kind === 'reject') return reading.reason;
  const { id: _, visitor, token: _token, key: _key, country: _country, ...rest } = reading.entry;
  const { hi, lo } = new LineHash().of(reading.entry, reading.clientTag ?? 0);
  return { ...rest, who: visitorHalves(visitor), hash: [hi, lo] };
}

function atSight(reader: SightReader) {
  const { names, request } = reader;
  const { host, path, etag, size } = names.versions[request.version] ?? { host: '' };
  const { edge, agent, referrer } = names.origins[request.origin] ?? { edge: '' };
  const { at, ms, sent, from } = request;
  const { hi, lo } = reader.hash();
  const who = [request.visitorHi, request.visitorLo];
  return { edge, at, host, path, etag, ms, sent, from, size, agent, referrer, who, hash: [hi, lo] };
}

/** Reads a line both ways. Returns whether it was read at sight, at once or when its pieces were learned. */
function compare(line: Buffer, reader: SightReader, readLine: (line: Buffer) => Reading): boolean {
  const buffer = Buffer.concat([Buffer.from('x\n'), line, Buffer.from('\n')]);
  for (const again of [false, true]) {
    const isKnown = reader.read(buffer, 2, buffer.length - 1);
    const found = isKnown && atSight(reader);
    const reading = readLine(line);
    if (isKnown) {
      expect(found, line.toString('latin1')).toEqual(plain(reading));
      return true;
    }
    if (again || reading.kind === 'reject') return false;
    reader.learn(reading.entry);
  }
  return false;
}

describe('the fast reading of a layout says what its scanner says', () => {
  it.each([...layouts.map((layout) => [layout, false] as const), [combined, true] as const])(
    '%s (strict: %s)',
    (layout, strict) => {
      const { readLine, reader } = opened(layout, strict);
      let known = 0;
      fc.assert(
        fc.property(linesOf(layout), (text) => {
          const line = Buffer.from(text.replaceAll('\n', ''), 'latin1');
          if (compare(line, reader, readLine)) known += 1;
        }),
        { numRuns: 3000 },
      );
      expect(known).toBeGreaterThan(600);
    },
  );

  it.each(samples.map((sample) => [sample.name, sample] as const))(
    'sample %s',
    (_, { head = [], line, format = 'auto' }) => {
      const lines = [...head, ...story.map(line)].map((text) => Buffer.from(text));
      const { readLine, fastReader } = chooseFormat('access.log', lines, { format }, options());
      const reader = fastReader?.(new Names(createClassifier({})));
      if (reader) for (const bytes of [...lines, ...lines]) compare(bytes, reader, readLine);
    },
  );
});

it('knows a file, a user agent and a client again without the scanner', () => {
  const { reader, readLine } = opened(combined);
  const line = (rest: string) =>
    Buffer.from(`203.0.113.9 - - [10/Mar/2024:10:00:01 +0100] "GET /a.iso HTTP/1.1" ${rest} "-" "curl/8"`);
  expect(compare(line('200 5'), reader, readLine)).toBe(true);
  const next = Buffer.concat([line('206 77'), Buffer.from('\n')]);
  expect(reader.read(next, 0, next.length - 1)).toBe(true);
});
