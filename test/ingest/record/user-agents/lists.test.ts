// How well people and bots are told apart, measured on lists. Only those of opawg belong to what is pinned; other people
// made the others. We looked at what was missed on most of them while the rules were made, so they are not quite new to us.
// COUNTING.md has what was measured on lists that we had not seen. Prints the table that the bars are held to.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createClassifier } from '../../../../app/ingest/record/classify.ts';
import { judged } from './judged.ts';

const classify = createClassifier({});
const folder = path.join(import.meta.dirname, 'lists');

/** A file's name is what is in it, and whose list it is: `crawlers.woothee.txt`. */
const lists = readdirSync(folder).map((file) => {
  const [kind = '', source = ''] = file.split('.');
  const bots = /bots|crawlers/.test(kind);
  const agents = readFileSync(path.join(folder, file), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const otherwise = agents.filter((agent) => (classify(agent).class === 'bot') !== bots);
  const rows = otherwise.map((agent) => ({
    agent,
    row: judged.find((one) => one.lists.test(file) && one.agents.test(agent)),
  }));
  const wrongList = rows.filter(({ row }) => row?.wrong === 'list').length;
  return { kind, source, bots, agents: agents.length, otherwise: rows, wrongList };
});
type List = (typeof lists)[number];
const of = (kind: string) =>
  lists.filter((list) => list.kind === kind).map((list) => [list.source, list] as const);
/** The share of those in a list, without what the list has wrong, that are called something else. */
const missed = ({ agents, otherwise, wrongList }: List) =>
  (otherwise.length - wrongList) / (agents - wrongList);

it('prints what it measures', () => {
  const percent = (part: number) => `${(100 * part).toFixed(1)} %`;
  const rows = lists.map((list) => {
    const said = (part: number) => percent(list.bots ? 1 - part : part);
    const raw = list.otherwise.length / list.agents;
    return `${`${list.kind} ${list.source}`.padEnd(32)}${String(list.agents).padStart(6)}${String(list.otherwise.length).padStart(10)}${String(list.wrongList).padStart(8)}   ${said(raw)} as it is, ${said(missed(list))} judged: ${list.bots ? 'found' : 'called bots'}`;
  });
  process.stdout.write(`${'list'.padEnd(32)}agents otherwise  theirs\n${rows.join('\n')}\n`);
  expect(lists).toHaveLength(17);
});

describe('what is called otherwise than its list says was looked at', () => {
  it.each(lists.map((list) => [`${list.kind} ${list.source}`, list] as const))('%s', (_name, list) => {
    expect(list.otherwise.filter(({ row }) => row === undefined)).toEqual([]);
  });
  it.each(judged)('$agents is still needed', (row) => {
    expect(lists.some(({ otherwise }) => otherwise.some((one) => one.row === row))).toBe(true);
  });
});

describe('podcast apps taken for bots: at most 1 %', () => {
  it.each(of('podcast-apps'))('%s', (_source, list) => {
    expect(missed(list)).toBeLessThanOrEqual(0.01);
  });
});

describe('podcast bots found: at least 95 %', () => {
  it.each(of('podcast-bots'))('%s', (_source, list) => {
    expect(1 - missed(list)).toBeGreaterThanOrEqual(list.agents < 100 ? 0.9 : 0.95);
  });
  it('of all lists together', () => {
    const all = of('podcast-bots').map(([, list]) => list);
    const sum = (number: (list: List) => number) => all.reduce((total, list) => total + number(list), 0);
    const wrong = sum(({ otherwise, wrongList }) => otherwise.length - wrongList);
    expect(1 - wrong / sum(({ agents, wrongList }) => agents - wrongList)).toBeGreaterThanOrEqual(0.95);
  });
});

describe('browsers taken for bots: none', () => {
  it.each(of('browsers'))('%s', (_source, list) => {
    expect(missed(list)).toBe(0);
  });
});

describe('crawlers found: at least 92 %, as the lists are', () => {
  it.each(of('crawlers'))('%s', (_source, { agents, otherwise }) => {
    expect(1 - otherwise.length / agents).toBeGreaterThanOrEqual(0.92);
  });
});
