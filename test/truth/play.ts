// Plays the scenarios, several at a time, and says what every client received.

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { randomNumbers } from '../bench/ingest/generate.ts';
import { type Film, record } from '../gate/players/film.ts';
import { lay as layStream } from '../gate/players/stream.ts';
import { openContext } from '../pages/browser.ts';
import { SlowProxy } from './proxy.ts';
import type { Scenario, Scene } from './scenarios.ts';
import { type BufferSetting, buffers, type Site } from './site.ts';
import type { Request } from './sums.ts';
import { soundHead } from './viewers.ts';

/** Milliseconds for one scene, on a busy machine: most take one or two seconds. */
const longest = 60_000;

/** One time that a scenario is played, with a file of its own. */
export type Case = {
  scenario: Scenario;
  size: number;
  buffer: BufferSetting;
  number: number;
};
export type Played = {
  cases: readonly Case[];
  /** How many visits to a file there were. */
  visits: number;
  requests: readonly Request[];
  /** What a client did that it should not have. */
  faults: readonly string[];
};

/** All scenarios so often; the sizes and both ways to listen take turns. */
export function casesOf(scenarios: readonly Scenario[], times: (scenario: Scenario) => number): Case[] {
  const cases: Case[] = [];
  for (const scenario of scenarios)
    for (let round = 0; round < times(scenario); round += 1)
      for (const [index, size] of scenario.sizes.entries())
        cases.push({
          scenario,
          size,
          buffer: buffers[(round + index) % 2] as BufferSetting,
          number: cases.length,
        });
  return cases;
}

/** The folder of a case: the only one in the paths of its requests. */
export const folderOf = ({ number }: Case) => `case-${number}`;

export async function play(
  site: Site,
  browser: Browser,
  cases: readonly Case[],
  { seed, atOnce }: { seed: number; atOnce: number },
): Promise<Played> {
  const proxy = new SlowProxy();
  const film = await recordFilm(browser, site);
  const faults: string[] = [];
  const waiting = [...cases];
  let visits = 0;
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const one = next;
      try {
        await layFile(site, one, film);
        const scene = sceneOf(site, proxy, browser, one, seed, () => (visits += 1));
        await inTime(one.scenario.run(scene));
      } catch (error) {
        faults.push(
          `${one.scenario.name}, ${one.size} bytes: ${error instanceof Error ? error.message : error}`,
        );
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, worker));
  } finally {
    await proxy.close();
  }
  return { cases, visits, requests: await site.sent(proxy.exchanges), faults };
}

/** A client that waits for ever is a fault; what it has open is closed with the proxy and the browser. */
async function inTime(work: Promise<void>): Promise<void> {
  const over = new AbortController();
  const late = delay(longest, undefined, { signal: over.signal }).then(() => {
    throw new Error(`not done after ${longest / 1000} s`);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    over.abort();
    for (const promise of [work, late]) promise.catch(() => {});
  }
}

function sceneOf(
  site: Site,
  proxy: SlowProxy,
  browser: Browser,
  one: Case,
  seed: number,
  onVisit: () => void,
): Scene {
  const random = randomNumbers(seed * 100_000 + one.number);
  const gated = one.scenario.gated ?? random() < 0.5;
  const target = `/${gated ? 'files' : 'public'}/${folderOf(one)}/${fileOf(one)}`;
  let visits = 0;
  return {
    size: one.size,
    random,
    browser,
    async visit({ cuts, address, agent, fields } = {}) {
      onVisit();
      visits += 1;
      const line = {
        address: address ?? `127.${1 + (one.number >> 8)}.${one.number & 255}.${visits}`,
        upstream: site.ports[one.buffer],
        // About a second for a download, so that it can break under way.
        rate: Math.max(300_000, one.size / (0.7 + 0.6 * random())),
      };
      const port = await proxy.open(cuts ? { ...line, cuts } : line);
      const saved = path.join(site.folder, 'saved', folderOf(one));
      await mkdir(saved, { recursive: true });
      return {
        url: `http://127.0.0.1:${port}${gated ? site.sign(target, fields) : target}`,
        agent: agent ?? `Client/${one.number}.${visits}`,
        file: path.join(saved, String(visits)),
      };
    },
  };
}

const fileNames = { sound: 'sound.wav', film: 'film.mp4', stream: 'master.m3u8' };
const fileOf = ({ scenario: { kind } }: Case) => (kind ? fileNames[kind] : 'file.zip');

async function layFile(site: Site, one: Case, film: Film | undefined): Promise<void> {
  const { kind } = one.scenario;
  if (kind === 'film' || kind === 'stream') {
    if (film) await layStream(path.join(site.folder, 'www/files', folderOf(one)), film);
  } else {
    const head = kind === 'sound' ? soundHead(one.size) : undefined;
    await site.lay(`${folderOf(one)}/${fileOf(one)}`, one.size, head);
  }
}

async function recordFilm(browser: Browser, site: Site): Promise<Film> {
  const context = await openContext(browser, {});
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${site.ports.default}/page`);
  const film = await record(page);
  await context.close();
  return film;
}
