// Lines that were made to take long, or to be taken for something else.

import { describe, expect, it } from 'vitest';
import { chooseFormat } from '../../../../app/ingest/history/formats/choose.ts';
import { formatNames } from '../../../../app/ingest/history/formats/named.ts';
import { options, readAll } from './reading.ts';
import { samples, story } from './samples.ts';

const start = '203.0.113.9 - - [20/Nov/2026:13:00:00 +0100] "GET /a HTTP/1.1" 200 5';
const long = 32_000;
const fill = (text: string) => text.repeat(Math.ceil(long / text.length)).slice(0, long);
const hostile = [
  ' ',
  '"',
  '\\',
  '\\"',
  '[',
  '" "',
  '" ',
  ' [10/Mar/2024:',
  '10/Mar/2024:10:00:00 ',
  ', ',
  ' : ',
  '1.',
  ':',
  'a=',
  'a="',
  '{"a":',
  '%41',
  '%',
  '/',
  '../',
  '<',
  '|',
  '\t',
  ';',
  ' HTTP/1.1',
  'GET / ',
  '(',
  '1 ',
  '-',
  ' - ',
  '2024-03-10T',
  'a.a-',
  'web-1 ',
].map(fill);

describe('a line of 32 KB', () => {
  // Three hundred lines in each format. What grows with the square of the length would take minutes.
  it.each([...formatNames.map(([name]) => name), 'auto'])('is done with soon: %s', (format) => {
    const of =
      format === 'auto'
        ? samples.slice(0, 1)
        : samples.filter(({ found, format: given }) => given === undefined && found?.test(format));
    const heads = of[0] ? [...(of[0].head ?? []), ...story.map(of[0].line)] : [start];
    let read: ((line: Buffer) => unknown) | undefined;
    try {
      read = chooseFormat(
        'a',
        heads.map((line) => Buffer.from(line)),
        { format },
        options(),
      ).readLine;
    } catch {
      // No sample of this one: the hostile lines are its first.
    }
    const before = process.cpuUsage();
    for (const text of hostile) {
      for (const line of [
        text,
        `${start} "-" "${text}`,
        `203.0.113.9 - ${text}`,
        `203.0.113.9 - - [${text}`,
        `${heads.at(-1)}${text}`,
      ])
        read?.(Buffer.from(line.slice(0, 32_768)));
    }
    const { user } = process.cpuUsage(before);
    expect(user).toBeLessThan(20_000_000);
  });

  it('does not hold up the search for a format either', () => {
    const before = process.cpuUsage();
    for (const text of hostile) {
      try {
        readAll([text, `${start} "${text}`]);
      } catch {
        // No format: that is what is right for most.
      }
    }
    expect(process.cpuUsage(before).user).toBeLessThan(60_000_000);
  });
});

it('takes no second request out of what a client sent', () => {
  const inner = ' [20/Nov/2026:13:00:00 +0100] \\x22GET /evil.iso HTTP/1.1\\x22 200 9 \\x22-\\x22 \\x22x';
  const line = `203.0.113.9 - ${inner} [20/Nov/2026:13:00:00 +0100] "GET /a HTTP/1.1" 200 5 "-" "curl/8"`;
  const { entries } = readAll([`${start} "-" "curl/8"`, line], 'combined');
  expect(entries.map(({ path }) => path)).not.toContain('/evil.iso');
  const agent = `${start} "-" "curl\\x22 \\"203.0.113.7 - - [20/Nov/2026"`;
  expect(readAll([agent], 'combined').entries).toMatchObject([{ path: '/a', sent: 5 }]);
});
