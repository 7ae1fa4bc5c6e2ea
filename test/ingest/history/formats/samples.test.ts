// Every format of the table, found and read: one story comes out of them all.

import { expect, it } from 'vitest';
import { readAll } from './reading.ts';
import { type Sample, samples, story } from './samples.ts';

it.each(samples.map((sample) => [sample.name, sample] as const))('%s', (_, sample) => {
  const lines = [...(sample.head ?? []), ...story.map(sample.line)];
  const { described, entries, readings } = readAll(lines, sample.format);
  expect(readings.flatMap((one) => (one.kind === 'reject' ? [one.reason] : []))).toEqual(
    (sample.head ?? []).map(() => 'filtered_comment'),
  );
  if (sample.found) expect(described).toMatch(sample.found);
  expect(entries.map((entry) => entry.path)).toEqual(story.map(() => '/iso/a.iso'));
  const [a, b, c, d] = entries.map((entry) => entry.visitor);
  expect(new Set([a, b, c]).size).toBe(3);
  expect(d).toBe(c);
  expect(entries.map(toldBy)).toEqual(story.map((_part, index) => expected(sample, index)));
  for (const { address } of story) expect(JSON.stringify(entries)).not.toContain(address);
});

type Entry = ReturnType<typeof readAll>['entries'][number];

const toldBy = ({ host, agent, sent, size, from, etag, referrer, ms }: Entry) => ({
  host,
  agent,
  sent,
  size,
  from,
  etag,
  referrer,
  ms,
});

function expected(sample: Sample, index: number) {
  const { sent = [5_000_000, 2_500_000] } = sample;
  return {
    host: sample.host ?? 'default.example',
    agent: sample.told === false ? '(not logged)' : (sample.agent ?? 'curl/8.4.0'),
    sent: index < 2 ? sent[0] : sent[1],
    size: sample.size ?? 0,
    from: sample.from?.[index] ?? (index < 2 ? 0 : -1),
    etag: sample.etag ?? '',
    referrer: sample.referrer ?? '',
    ms: sample.ms ?? 0,
  };
}

it.each(samples.map((sample) => [sample.name, sample] as const))('%s: when it was', (_, sample) => {
  const { entries } = readAll([...(sample.head ?? []), ...story.map(sample.line)], sample.format);
  const shift = 1000 * (sample.offBy ?? 0);
  for (const [index, { at, ms }] of entries.entries()) {
    const told = 1000 * (story[index]?.epoch ?? 0) + shift;
    // Where the time is when a request began, it is counted when it ended.
    expect([0, ms]).toContain(at - told);
  }
});

it('says how an own format is guessed, in a form that --format takes', () => {
  const lines = story.map(
    (part) => `${part.iso} ${part.address} <x> "GET /iso/a.iso HTTP/1.1" ${part.status} ${part.sent}`,
  );
  const { described, entries } = readAll(lines);
  expect(described).toBe('\'$time_local $remote_addr $other "$request" $status $body_bytes_sent\'');
  expect(readAll(lines, described.slice(1, -1)).entries).toEqual(entries);
});

it('finds the format behind what a container says when it starts', () => {
  const talk = [
    '/docker-entrypoint.sh: Configuration complete; ready for start up',
    '2024/03/10 09:00:00 [notice] 1#1: start worker process 29',
  ];
  const { described, readings } = readAll([...talk, ...story.map((part) => samples[0]?.line(part) ?? '')]);
  expect(described).toBe('combined');
  expect(readings.map((one) => one.kind)).toEqual(['reject', 'reject', 'entry', 'entry', 'entry', 'entry']);
});
