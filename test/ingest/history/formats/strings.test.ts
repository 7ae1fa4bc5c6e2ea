// What a server writes by a format string is read back by it: the same request, whatever the fields hold.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { options, readAll } from './reading.ts';

type Request = {
  address: string;
  user: string;
  at: number;
  path: string;
  status: '200' | '206';
  sent: number;
  referrer: string;
  agent: string;
  host: string;
  ms: number;
};

const octet = fc.integer({ min: 1, max: 254 });
const text = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((value) => value.trim() === value);
const requests: fc.Arbitrary<Request> = fc
  .record({
    address: fc.oneof(
      fc.tuple(octet, octet, octet, octet).map((parts) => parts.join('.')),
      fc.ipV6().map((address) => new URL(`http://[${address}]`).hostname.slice(1, -1)),
      fc.constant('c-5.isp.example'),
    ),
    user: fc.constantFrom('-', 'ada', 'Ada Lovelace'),
    at: fc.integer({ min: Date.UTC(1991) / 1000, max: Date.UTC(2026, 9) / 1000 }),
    // No question mark: where a log has the path decoded, it is taken for the beginning of a query, and cut off.
    path: fc
      .array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 10 }), { minLength: 1, maxLength: 4 })
      .map(
        (parts) => `/${parts.map((part) => part.replace(/[/\0?]/g, '_').replace(/^\.+$/, 'x')).join('/')}`,
      ),
    status: fc.constantFrom('200', '206'),
    sent: fc.integer({ min: 0, max: 2 ** 45 }),
    referrer: fc.constantFrom('-', 'https://example.org/a"b?c=d'),
    agent: text
      .map((value) => value.replaceAll('\0', ''))
      .filter((value) => value.trim() === value && value !== ''),
    host: fc.constantFrom('dl.example.org', 'localhost'),
    ms: fc.integer({ min: 0, max: 1e6 }),
  })
  .filter(({ path, agent }) => path.isWellFormed() && agent.isWellFormed() && agent !== '-');

const bytes = (value: string) => Buffer.from(value).toString('latin1');
const hex = (character: string) => character.charCodeAt(0).toString(16).padStart(2, '0');
/** NGINX: \xHH with capitals, for quotes, backslashes, controls and what is no ASCII. */
const nginx = (value: string) =>
  bytes(value).replace(/[^\x20-\x7e]|["\\]/g, (character) => `\\x${hex(character).toUpperCase()}`);
/** Apache: quotes and backslashes with a backslash, letters for some controls. */
const apache = (value: string) =>
  bytes(value).replace(
    /[^\x20-\x7e]|["\\]/g,
    (character) =>
      ({ '"': '\\"', '\\': '\\\\', '\n': '\\n', '\t': '\\t', '\r': '\\r' })[character] ??
      `\\x${hex(character)}`,
  );
const encoded = (path: string) => path.split('/').map(encodeURIComponent).join('/');

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
function clf(at: number, ahead: number): string {
  const date = new Date((at + ahead * 3600) * 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  const clock = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':');
  return `${two(date.getUTCDate())}/${months[date.getUTCMonth()]}/${date.getUTCFullYear()}:${clock} ${ahead < 0 ? '-' : '+'}${two(Math.abs(ahead))}00`;
}

const pieces: Readonly<Record<string, (request: Request) => string>> = {
  $remote_addr: ({ address }) => address,
  $remote_user: ({ user }) => user,
  $time_local: ({ at }) => clf(at, 2),
  $time_iso8601: ({ at }) => new Date(at * 1000).toISOString().replace('.000Z', '+00:00'),
  $msec: ({ at }) => `${at}.000`,
  $request: ({ path }) => `GET ${encoded(path)}?a=b HTTP/2.0`,
  $request_uri: ({ path }) => `${encoded(path)}?a=b`,
  $uri: ({ path }) => nginx(path),
  $status: ({ status }) => status,
  $body_bytes_sent: ({ sent }) => `${sent}`,
  $http_referer: ({ referrer }) => nginx(referrer),
  $http_user_agent: ({ agent }) => nginx(agent),
  $host: ({ host }) => host,
  $request_time: ({ ms }) => (ms / 1000).toFixed(3),
  '%h': ({ address }) => address,
  '%l': () => '-',
  '%u': ({ user }) => user,
  '%t': ({ at }) => `[${clf(at, -5)}]`,
  '%r': ({ path }) => `GET ${encoded(path)} HTTP/1.1`,
  '%U': ({ path }) => apache(path),
  '%>s': ({ status }) => status,
  '%B': ({ sent }) => `${sent}`,
  '%{Referer}i': ({ referrer }) => apache(referrer),
  '%{User-Agent}i': ({ agent }) => apache(agent),
  '%v:%p': ({ host }) => `${host}:443`,
  '%D': ({ ms }) => `${ms * 1000}`,
};
const anyPiece = new RegExp(
  Object.keys(pieces)
    .sort((a, b) => b.length - a.length)
    .map((name) => name.replace(/[$%{}>]/g, '\\$&'))
    .join('|'),
  'g',
);
const write = (format: string, request: Request) =>
  format.replace(anyPiece, (name) => (pieces[name] as (typeof pieces)[string])(request));

const nginxFormats = [
  '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $host $request_time',
  '$host|$msec|$remote_addr|"$request"|$status|$body_bytes_sent|$request_time|"$http_referer"|"$http_user_agent"',
  '[$time_iso8601] $status "$http_user_agent" from=$remote_addr ("$uri") bytes:$body_bytes_sent ref="$http_referer" $host $request_time',
  '"$http_user_agent" "$http_referer" $request_time $status $body_bytes_sent $remote_addr $host $request_uri $msec',
  '$time_iso8601\t$remote_addr\t$host\t$request_uri\t$status\t$body_bytes_sent\t$request_time\t"$http_referer"\t"$http_user_agent"',
];
const apacheFormats = [
  '%v:%p %h %l %u %t "%r" %>s %B "%{Referer}i" "%{User-Agent}i" %D',
  '%D %t %h "%r" %>s %B %v:%p "%{User-Agent}i" "%{Referer}i"',
  '%h;%t;%v:%p;"%U";%>s;%B;%D;"%{Referer}i";"%{User-Agent}i"',
];

describe.each([
  ["NGINX's", nginxFormats, false],
  ["Apache's", apacheFormats, true],
] as const)('%s string', (_, formats, isStart) => {
  it.each(formats.map((format) => [format]))('%s', (format) => {
    fc.assert(
      fc.property(requests, (request) => {
        const line = write(format, request);
        const { entries } = readAll([line], format, options());
        const { at, path, host, sent, referrer, status, ms } = request;
        expect(entries).toMatchObject([
          {
            at: at * 1000 + (isStart ? ms : 0),
            path,
            host,
            sent,
            ms,
            agent: request.agent,
            referrer: referrer === '-' ? '' : 'example.org',
            from: status === '200' ? 0 : -1,
          },
        ]);
      }),
      { numRuns: 300 },
    );
  });
});
