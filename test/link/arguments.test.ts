// What a link says in its arguments: read again as it was written, and refused in every other spelling.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LinkArguments, readQuery, readSegments } from '../../njs/link/arguments.ts';
import { buildQuery, buildSegments, encodePath, folderCookie } from '../../njs/link/build.ts';
import { coveredPrefix } from '../../njs/link/covered.ts';

const chars = (of: string, minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...of), minLength, maxLength });
const lower = 'abcdefghijklmnopqrstuvwxyz';
const digits = '0123456789';
const base64url = `${lower}${lower.toUpperCase()}${digits}-_`;
const absentOr = (some: fc.Arbitrary<string>) => fc.oneof(fc.constant(''), some);

const written: fc.Arbitrary<LinkArguments> = fc
  .record({
    e: chars(digits, 1, 11),
    f: absentOr(fc.nat(9).map(String)),
    b: absentOr(chars(digits, 1, 11)),
    k: chars(`${lower}${digits}-`, 1, 16),
    t: absentOr(chars(base64url, 1, 32).filter((id) => id !== '-')),
    p: absentOr(fc.integer({ min: 1, max: 16 }).map(String)),
    i: fc.constantFrom('', '1'),
    r: absentOr(chars(digits, 1, 12)),
    n: absentOr(fc.string({ unit: fc.constantFrom(...'a é\u{a0}~😀&=?%/'), minLength: 1, maxLength: 127 })),
    s: fc.tuple(chars(base64url, 21, 21), fc.constantFrom(...'AQgw')).map((parts) => parts.join('')),
  })
  // It may begin until e, and be finished until f.
  .map((link) => ({ ...link, f: link.f && String(Number(link.e) + Number(link.f)).slice(0, 11) }))
  .filter(({ e, f }) => f === '' || Number(f) >= Number(e));

test('every link is read as it was written, in both forms', () => {
  fc.assert(
    fc.property(written, (link) => {
      expect(readQuery(buildQuery({ ...link, path: '/' }, link.s))).toEqual(link);
      expect(readSegments(buildSegments(link, link.s))).toEqual({ ...link, n: '' });
    }),
  );
});

const good = { e: '1795300000', k: 'a1', s: '9pQijnm4x3gIFONV8EU7eQ' };
type Fields = Partial<LinkArguments>;
const query = (fields: Fields) =>
  Object.entries({ ...good, ...fields })
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
const x = (length: number) => 'x'.repeat(length);

/** For each argument the outermost of what it may be, and what lies beyond. */
const forms: [name: keyof LinkArguments, taken: string[], refused: string[]][] = [
  ['e', ['0', '99999999999'], ['', '999999999999', '12x', ' 1', '-1', '1.5']],
  ['f', [good.e, '99999999999'], ['', '1795299999', '999999999999', '1795300000x']],
  ['b', ['0', '99999999999'], ['', '999999999999', '1x']],
  ['k', ['a', '0', '-', x(16)], ['', x(17), 'A1', 'a_', 'é']],
  ['t', ['A', '_', '-', x(32)], ['', x(33), 'a.', 'a%20']],
  ['p', ['1', '9', '10', '16'], ['', '0', '01', '17', '160', '1x']],
  ['i', ['1'], ['', '0', '11', 'x']],
  ['r', ['0', '999999999999'], ['', '9999999999999', '1x']],
  [
    's',
    [`${x(21)}A`, `${x(21)}Q`, `${x(21)}g`, `${x(21)}w`],
    ['', `${x(20)}A`, `${x(22)}A`, `${x(21)}B`, x(21)],
  ],
  [
    'n',
    ['a', x(255), '%20', '~', '%7E', '%C2%A0', '%F0%9F%98%80'],
    ['', x(256), '%00', '%1F', '%7F', '%C2%80', '%C2%9F', '%EF%BF%BD', '%FF', '%', 'a%2'],
  ],
];

describe.each(forms)('%s', (name, taken, refused) => {
  test.each(taken)('may be %s', (value) => {
    expect(readQuery(query({ [name]: value }))?.[name]).toBe(decodeURIComponent(value));
  });
  test.each(refused)('may not be %j', (value) => {
    expect(readQuery(query({ [name]: value }))).toBeUndefined();
  });
});

test.each(['e', 'k', 's'] as const)('a link without %s is none', (name) => {
  const { [name]: _, ...rest } = good;
  expect(readQuery(new URLSearchParams(rest).toString())).toBeUndefined();
});

test.each(['f', 'b', 'k', 't', 'p', 'i', 'r', 'n', 's', 'e'])('%s stands once, and in lower case', (name) => {
  const value = { ...good, f: '1795300001', b: '5', t: 'x', p: '2', i: '1', r: '9', n: 'x' }[name];
  const once = query({ [name]: value });
  expect(readQuery(once)).toBeDefined();
  expect(readQuery(`${once}&${name}=${value}`)).toBeUndefined();
  expect(readQuery(`${query({})}&${name.toUpperCase()}=${value}`)).toBeUndefined();
});

test.each(['&', 'x=1&', 'utm_source=e&', 'ee=1&', 'e&', '=e&', 'é=1&', 'xe=2&f&', '&=1&&'])(
  "%s is the site's, and passed over",
  (more) => {
    const read = readQuery(query({}));
    expect(readQuery(more + query({}))).toEqual(read);
    expect(readQuery(`${query({})}&${more}`)).toEqual(read);
    expect(readQuery(`${query({})}&${more}`.replace(/&$/, ''))).toEqual(read);
  },
);

test('no query is no link', () => {
  expect(readQuery('')).toBeUndefined();
});

const { s, e, k } = good;
test.each([
  `${s}/${e}/${k}`,
  `${s}/${e}/${k}/-/`,
  `${s}/${e}/${k}/`,
  `${s}/${e}/${k}/.`,
  `${s}/${e}./${k}/-`,
  `${s}/${e}.p/${k}/-`,
  `${s}/${e}.p2.p2/${k}/-`,
  `${s}/${e}.P2/${k}/-`,
  `${s}/${e}.t2/${k}/-`,
  `${s}/${e}.e2/${k}/-`,
  `${s}/${e}.nx/${k}/-`,
  `${s}/${e}.2/${k}/-`,
  `${s}/p2/${k}/-`,
])('%s are no segments of a link', (text) => {
  expect(readSegments(text)).toBeUndefined();
});

test.each([
  ['/a/b/c', 1, '/a/'],
  ['/a/b/c', 2, '/a/b/'],
  ['/a/b/', 2, '/a/b/'],
  ['/a/b/c', 3, ''],
  ['/a', 1, ''],
  ['/a', 2, ''],
  ['/a/b', 3, ''],
  ['/', 1, ''],
  // Where a site has told NGINX to leave them.
  ['//a/b', 1, '//'],
  ['/a//b', 2, '/a//'],
])('of %s the first %i segments are %j', (path, segments, prefix) => {
  expect(coveredPrefix(path, segments)).toBe(prefix);
});

test.each([
  ['/AZaz09._~-/x', '/AZaz09._~-/x'],
  ['/a b/ü?#%', '/a%20b/%C3%BC%3F%23%25'],
])('%s stands in a URL as %s', (path, encoded) => {
  expect(encodePath(path)).toBe(encoded);
});

test.each([
  ['until e', {}, 1_795_299_000, 1000],
  ['until f', { f: '1795300500' }, 1_795_299_000, 1500],
  ['not in the last second: that would be a cookie without an end', {}, 1_795_300_000, 1],
  ['nor when it has ended', {}, 1_795_300_009, 1],
])('a cookie lasts as long as its link: %s', (_, more, now, seconds) => {
  const link = { e, f: '', b: '', k, t: '', p: '2', i: '', r: '', s, ...more };
  expect(folderCookie(link, '/hls/a/', now, 'SameSite=Lax')).toBe(
    `tallygate=${buildSegments(link, s)}; Path=/hls/a/; Max-Age=${seconds}; HttpOnly; SameSite=Lax`,
  );
});
