// What a worker's memory does: over many requests, and with QuickJS by how many contexts it keeps.

import { readFile } from 'node:fs/promises';
import { tokenlessLink } from './links.ts';
import { load } from './measuring.ts';
import type { Running } from './site.ts';
import { gate } from './variants.ts';

/** KiB of the worker after the first 50,000 gated requests, and after 500,000. */
export async function growth(running: Running): Promise<{ early: number; late: number }> {
  const until = async (count: number, done: number) => {
    let total = done;
    while (total < count)
      total += (await load(running, gate.link('1k.bin'), { connections: 16, seconds: 1 })).requests;
    return total;
  };
  const done = await until(50_000, 0);
  const early = await rss(running);
  await until(500_000, done);
  return { early, late: await rss(running) };
}

/** KiB of the worker after 200 downloads at a time have gone through the gate. */
export async function crowd(running: Running): Promise<number> {
  await load(running, tokenlessLink('/gate/1m.bin'), { connections: 200, seconds: 3 });
  return rss(running);
}

async function rss({ worker }: Running): Promise<number> {
  const status = await readFile(`/proc/${worker}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]);
}
