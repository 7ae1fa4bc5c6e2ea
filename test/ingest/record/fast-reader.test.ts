// The fast reading and the plain one agree: on every line, good or bad, they find the same or reject.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fold } from '../../../app/ingest/fold/fold.ts';
import { createClassifier } from '../../../app/ingest/record/classify.ts';
import { FastReader } from '../../../app/ingest/record/fast-reader.ts';
import { toBigint } from '../../../app/ingest/record/ids.ts';
import { droppedOrigin, Names } from '../../../app/ingest/record/names.ts';
import { type Entry, readRecord } from '../../../app/ingest/record/record.ts';
import { visitorHalves } from '../../../app/ingest/record/visitor.ts';
import { line, type RecordFields, record, visitor } from '../records.ts';

const classify = createClassifier({ allow: [], deny: [] });

/** What the fast reading makes of a line, after it has learned from it if it may. */
function read(fastReader: FastReader, text: string | Buffer): unknown {
  const bytes = Buffer.concat([Buffer.from('x\n'), Buffer.from(text as string), Buffer.from('\n')]);
  const [start, end] = [2, bytes.length - 1];
  if (fastReader.read(bytes, start, end)) return found(fastReader);
  const reading = readRecord(bytes.subarray(start, end));
  if (reading.kind === 'entry') {
    fastReader.learn(reading.entry);
    return fastReader.read(bytes, start, end) ? found(fastReader) : 'unknown to the fast reading';
  }
  return reading.reason;
}

function found({ names, request }: FastReader) {
  const { visitorHi, visitorLo, version, token, key, origin, at, from, sent, ms } = request;
  const { host, path, etag, size } = names.versions[version] ?? { host: '' };
  const { edge, agent, referrer, country } = names.origins[origin] ?? { edge: '' };
  const who = [visitorHi, visitorLo];
  return {
    host,
    path,
    etag,
    size,
    edge,
    agent,
    referrer,
    country,
    token: names.tokens[token],
    key: names.keys[key],
    who,
    at,
    from,
    sent,
    ms,
  };
}

function plain(entry: Entry) {
  const { id: _id, visitor: who, ...rest } = entry;
  return { ...rest, who: visitorHalves(who) };
}

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('"', '\\', '","status":206', 'ä', ''),
);
const anyRecord = fc.record({
  path: anyText.map((text) => `/${text}`),
  host: fc.constantFrom('dl.example.org', 'ÖBB', ''),
  etag: fc.constantFrom('"67-400"', 'W/"1"', '', '\\"'),
  agent: anyText,
  referrer: fc.constantFrom('', 'example.org'),
  country: fc.constantFrom('', 'DE'),
  token: fc.constantFrom('', 'q3Jx', 'A_-9'),
  key: fc.constantFrom('', 'a1'),
  visitor: fc.string().map(visitor),
  at: fc.integer({ min: 1_000_000_000_000, max: 9_999_999_999_999 }).map((ms) => ms / 1000),
  sent: fc.oneof(fc.nat(), fc.maxSafeNat()),
  from: fc.oneof(fc.nat(), fc.constant(-1)),
  size: fc.nat(),
  status: fc.constantFrom(200, 206),
});

describe('the fast reading', () => {
  it('finds what JSON.parse finds', () => {
    const fastReader = new FastReader(new Names(classify));
    let known = 0;
    fc.assert(
      fc.property(anyRecord, (fields) => {
        const text = line(fields);
        const reading = readRecord(Buffer.from(text));
        const found = read(fastReader, text);
        if (found === 'unknown to the fast reading') return;
        known += 1;
        expect(found).toEqual(reading.kind === 'entry' ? plain(reading.entry) : reading.reason);
      }),
      { numRuns: 3000 },
    );
    expect(known).toBeGreaterThan(1500);
  });

  it('never accepts a mutilated line that the plain reading rejects, nor reads it otherwise', () => {
    const fastReader = new FastReader(new Names(classify));
    const good = line({ agent: 'curl/8 "x"', token: 'q3Jx' });
    read(fastReader, good);
    fc.assert(
      fc.property(
        fc.nat(good.length),
        fc.nat(3),
        fc.string({ unit: 'binary-ascii', maxLength: 3 }),
        (at, cut, put) => {
          const text = good.slice(0, at) + put + good.slice(at + cut);
          const bytes = Buffer.from(text);
          if (bytes.includes(10)) return;
          const reading = readRecord(bytes);
          const fast = new FastReader(new Names(classify));
          read(fast, good);
          const padded = Buffer.concat([bytes, Buffer.from('\n')]);
          if (!fast.read(padded, 0, bytes.length)) return;
          expect(found(fast)).toEqual(reading.kind === 'entry' ? plain(reading.entry) : 'rejected');
        },
      ),
      { numRuns: 5000 },
    );
  });

  it.each([
    ['edge', 'e'.repeat(65)],
    ['token', 't'.repeat(33)],
    ['key', 'k'.repeat(17)],
  ])('leaves to the plain reading a line whose %s is too long', (field, text) => {
    const fastReader = new FastReader(new Names(classify));
    const [longest, tooLong] = [text.slice(1), text].map((value) => line({ [field]: value })) as [
      string,
      string,
    ];
    expect(read(fastReader, longest)).toMatchObject({ [field]: text.slice(1) });
    const bytes = Buffer.from(`${tooLong}\n`);
    expect(fastReader.read(bytes, 0, bytes.length - 1)).toBe(false);
    expect(read(fastReader, tooLong)).toBe(`field_${field}`);
  });

  it('knows a file, an origin and a token again without the plain reading', () => {
    const fastReader = new FastReader(new Names(classify));
    read(fastReader, line());
    const again = Buffer.from(`${line({ visitor: visitor('another'), sent: 5, status: 206 })}\n`);
    expect(fastReader.read(again, 0, again.length - 1)).toBe(true);
    expect(toBigint(fastReader.names.versions[fastReader.request.version]?.id ?? { hi: 0, lo: 0 })).not.toBe(
      0n,
    );
  });
});

it('a dropped user agent is known at sight, and makes no file known', () => {
  const names = new Names(createClassifier({ drop: ['^atc/'] }));
  const fastReader = new FastReader(names);
  const fold = new Fold(names, 100);
  const take = (fields: Partial<RecordFields>) => {
    const bytes = Buffer.from(`${line(fields)}\n`);
    if (fastReader.read(bytes, 0, bytes.length - 1)) return `at sight ${fastReader.request.origin}`;
    const reading = readRecord(bytes.subarray(0, -1));
    if (reading.kind === 'reject') throw new Error(reading.reason);
    const counted = names.originOf(reading.entry) !== droppedOrigin;
    if (counted) fold.addEntry(reading.entry);
    fastReader.learn(reading.entry, !counted);
    return counted ? 'counted' : 'dropped';
  };
  const watch = { agent: 'atc/1.0 watchOS/10.3' };
  expect(take(watch)).toBe('dropped');
  expect(names.versions).toEqual([]);
  expect(take({ agent: 'curl/8.5.0' })).toBe('counted');
  expect(take(watch)).toBe(`at sight ${droppedOrigin}`);
  expect(take({ agent: 'curl/8.5.0' })).toBe('at sight 0');
  expect(take({ ...watch, size: 77 })).toBe(`at sight ${droppedOrigin}`);
  expect(names.versions).toHaveLength(1);
  expect(names.origins).toHaveLength(1);
  expect(fold.requests).toBe(1);
});

describe('the plain reading', () => {
  it.each([
    ['not_json', 'nonsense'],
    ['not_json', '[1]'],
    ['not_json', '{"v":1'],
    ['version', line().replace('"v":1', '"v":2')],
    ['field_status', line({ status: 404 })],
    ['field_sent', line().replace('"sent":1000', '"sent":-1')],
    ['field_sent', line().replace('"sent":1000', '"sent":1e999')],
    ['field_at', line().replace(/"at":[\d.]+/, '"at":12')],
    ['field_visitor', line({ visitor: 'u3nB0cQx1aZ' })],
    ['field_path', line({ path: 'relative' })],
    ['field_path', line().replace('/files/a.iso', '/files/\\u0000')],
    ['field_path', line().replace('/files/a.iso', '/files/\\ud800')],
    ['duplicate_key', line().replace('"sent":1000', '"sent":1,"sent":1000')],
    ['unknown_key', line().replace('"sent":1000', '"sent":1000,"__proto__":1')],
    ['unknown_key', line().replace('"sent":1000', '"sent":1000,"more":1')],
    ['nul', `${line()}\0`],
    ['too_long', `${line()}${' '.repeat(33_000)}`],
    ['not_json', '['.repeat(30_000)],
  ])('rejects with %s', (reason, text) => {
    expect(readRecord(Buffer.from(text))).toEqual({ kind: 'reject', reason });
  });

  it('rejects what is not UTF-8', () => {
    const bytes = Buffer.from(line().replace('/files/a.iso', '/files/\u00ff'), 'latin1');
    expect(readRecord(bytes)).toEqual({ kind: 'reject', reason: 'not_utf8' });
  });

  it('takes the time in milliseconds', () => {
    const reading = readRecord(Buffer.from(line({ at: 1_795_239_731.342 })));
    expect(reading).toMatchObject({ kind: 'entry', entry: { at: 1_795_239_731_342, sent: record().sent } });
  });
});
