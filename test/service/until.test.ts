// Until when codes can be redeemed: a day is that of the shop, and cards say the day that was meant.

import { expect, test } from 'vitest';
import { isUntil, readUntil, untilWords } from '../../app/service/codes/until.ts';
import { refusal } from '../../app/service/codes/words.ts';

/** What was asked for, where the shop is, the moment from which on nothing is redeemed, what the card says. */
const cases: [string, string, string, string][] = [
  ['2027-12-31', 'UTC', '2028-01-01T00:00:00.000Z', '31 Dec 2027'],
  ['2027-12-31', 'Europe/Berlin', '2027-12-31T23:00:00.000Z', '31 Dec 2027'],
  ['2027-12-31', 'America/Los_Angeles', '2028-01-01T08:00:00.000Z', '31 Dec 2027'],
  ['2027-12-31', 'Pacific/Kiritimati', '2027-12-31T10:00:00.000Z', '31 Dec 2027'],
  ['2028-02-29', 'Asia/Kathmandu', '2028-02-29T18:15:00.000Z', '29 Feb 2028'],
  // The clock is put forward at midnight, and back.
  ['2027-09-04', 'America/Santiago', '2027-09-05T04:00:00.000Z', '4 Sept 2027'],
  ['2027-04-03', 'America/Santiago', '2027-04-04T04:00:00.000Z', '3 Apr 2027'],
  ['2027-12-31T23:59:59Z', 'UTC', '2027-12-31T23:59:59.000Z', '31 Dec 2027'],
  ['2027-12-31T23:59:59+01:00', 'Europe/Berlin', '2027-12-31T22:59:59.000Z', '31 Dec 2027'],
  ['2027-12-31T23:59:59Z', 'Europe/Berlin', '2027-12-31T23:59:59.000Z', '1 Jan 2028, 00:59 CET'],
  ['2027-06-30T12:00:00Z', 'Europe/Berlin', '2027-06-30T12:00:00.000Z', '30 Jun 2027, 14:00 CEST'],
];

test.each(cases)('%s in %s', (text, zone, moment, words) => {
  const end = readUntil(text, zone);
  expect(end.toISOString()).toBe(moment);
  const { day, time } = untilWords(end, zone);
  expect([day, time].filter(Boolean).join(', ')).toBe(words);
  expect(refusal({ kind: 'expired', at: end }, zone).text).toBe(`It could be used until ${words}.`);
});

test('what is no day and no moment is none', () => {
  for (const text of ['2027-12-31', '2027-12-31T10:00:00Z', '2027-12-31T10:00:00.5+05:45'])
    expect(isUntil(text), text).toBe(true);
  for (const text of [
    ...[
      'tomorrow',
      '2027-02-30',
      '2027-13-01',
      '2027-12-31T10:00:00',
      '31.12.2027',
      '',
      '0000-01-01',
      '1999-12-31',
    ],
    ...['9999-12-31T23:59:59-12:00', '9999-12-31', '+010000-01-01T00:00:00Z'],
  ])
    expect(isUntil(text), text).toBe(false);
});
