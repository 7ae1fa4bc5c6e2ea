// Times as logs write them.

import { describe, expect, it } from 'vitest';
import { zoneClock } from '../../../../app/config/zone-clock.ts';
import { TimeReader } from '../../../../app/ingest/history/formats/time.ts';

const read = (text: string, zone?: string) => {
  const reader = new TimeReader(zone === undefined ? undefined : zoneClock(zone));
  if (!reader.read(text, 0) || reader.end !== text.length) return undefined;
  return Number.isNaN(reader.value) ? 'no such time' : new Date(reader.value).toISOString();
};

it.each([
  ['10/Mar/2024:10:00:00 +0100', '2024-03-10T09:00:00.000Z'],
  ['10/Mar/2024:10:00:00.123456 -0330', '2024-03-10T13:30:00.123Z'],
  ['10/Mar/2024:10:00:00', '2024-03-10T10:00:00.000Z'],
  ['10/Mar/2024 10:00:00', '2024-03-10T10:00:00.000Z'],
  ['1/Mar/2024:1:00:00 Z', '2024-03-01T01:00:00.000Z'],
  ['2024-03-10T09:00:00Z', '2024-03-10T09:00:00.000Z'],
  ['2024-03-10T10:00:00+01:00', '2024-03-10T09:00:00.000Z'],
  ['2024-03-10 10:00:00,5 +0100', '2024-03-10T09:00:00.500Z'],
  ['2024/03/10 10:00:00', '2024-03-10T10:00:00.000Z'],
  ['2024-03-10T09:00:00.123456789Z', '2024-03-10T09:00:00.123Z'],
  ['Sun, 10 Mar 2024 09:00:00 GMT', '2024-03-10T09:00:00.000Z'],
  ['Sun Mar 10 09:00:00 2024', '2024-03-10T09:00:00.000Z'],
  ['Sun Mar  3 09:00:00 2024', '2024-03-03T09:00:00.000Z'],
  ['1710061200', '2024-03-10T09:00:00.000Z'],
  ['1710061200.123', '2024-03-10T09:00:00.123Z'],
  ['1710061200123', '2024-03-10T09:00:00.123Z'],
  ['1710061200123456', '2024-03-10T09:00:00.123Z'],
  ['1710061200123456789', '2024-03-10T09:00:00.123Z'],
  ['804571201', '1995-07-01T04:00:01.000Z'],
  ['30/Jun/2015:23:59:60 +0000', '2015-07-01T00:00:00.000Z'],
  ['31/Jun/2015:10:00:00 +0000', 'no such time'],
  ['29/Feb/2023:10:00:00 +0000', 'no such time'],
  ['10/Foo/2024:10:00:00 +0000', 'no such time'],
  ['10/Mar/2024:25:00:00 +0000', 'no such time'],
  ['2024-13-10T09:00:00Z', 'no such time'],
  ['10.0.0.2', undefined],
  ['203.0.113.5', undefined],
  ['5000000', undefined],
])('reads %s', (text, time) => {
  expect(read(text)).toBe(time);
});

it('remembers nothing wrong from the line before', () => {
  const reader = new TimeReader();
  for (const [text, time] of [
    ['10/Mar/2024:10:00:00 +0100', '2024-03-10T09:00:00.000Z'],
    ['11/Mar/2024:10:00:00 +0100', '2024-03-11T09:00:00.000Z'],
    ['11/Mar/2024:10:00:00 -0100', '2024-03-11T11:00:00.000Z'],
    ['11/Apr/2024:10:00:59 +0000', '2024-04-11T10:00:59.000Z'],
  ] as const) {
    expect(reader.read(`x${text}]`, 1)).toBe(true);
    expect(new Date(reader.value).toISOString()).toBe(time);
    expect(reader.end).toBe(1 + text.length);
  }
});

describe('without an offset', () => {
  it.each([
    ['2024-01-10 10:00:00', '2024-01-10T09:00:00.000Z'],
    ['2024-07-10 10:00:00', '2024-07-10T08:00:00.000Z'],
    ['2024-03-31 01:59:59', '2024-03-31T00:59:59.000Z'],
    ['2024-03-31 03:00:00', '2024-03-31T01:00:00.000Z'],
    ['2024-10-27 01:59:59', '2024-10-26T23:59:59.000Z'],
    ['2024-10-27 03:00:00', '2024-10-27T02:00:00.000Z'],
    ['2024-07-10 10:00:00 +0000', '2024-07-10T10:00:00.000Z'],
  ])('the clock of a zone tells: %s in Berlin', (text, time) => {
    expect(read(text, 'Europe/Berlin')).toBe(time);
  });
});
