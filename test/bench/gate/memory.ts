// What a worker's memory does: over many requests, and with QuickJS by how many contexts it keeps.

import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { until } from '../../../app/process/until.ts';
import { tokenlessLink } from './links.ts';
import { load, records } from './measuring.ts';
import type { Running } from './site.ts';
import { gate } from './variants.ts';

export const crowdSize = 200;

/** KiB of the worker after the first 50,000 gated requests, and after 500,000. */
export async function growth(running: Running): Promise<{ early: number; late: number }> {
  const ask = async (count: number, done: number) => {
    let total = done;
    while (total < count)
      total += (await load(running, gate.link('1k.bin'), { connections: 16, seconds: 1 })).requests;
    return total;
  };
  const done = await ask(50_000, 0);
  const early = await rss(running);
  await ask(500_000, done);
  return { early, late: await rss(running) };
}

/** KiB of the worker while a crowd downloads, and when they have gone. */
export type Crowd = { readonly during: number; readonly after: number };

/**
 * What a crowd that downloads through the gate takes: each has an engine of its own until its download ends. What then
 * becomes free, the C library gives back to the kernel or keeps for the next.
 */
export async function crowd(running: Running): Promise<Crowd> {
  const before = await records(running.folder);
  const clients = await Promise.all(Array.from({ length: crowdSize }, () => beginDownload(running)));
  const during = await rss(running);
  for (const client of clients) client.destroy();
  await until(async () => (await records(running.folder)) === before + crowdSize, 'their records');
  return { during, after: await rss(running) };
}

/** A client that has received the beginning of a large file, and waits. */
function beginDownload({ port }: Running): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' }).once('error', reject);
    socket.once('data', () => resolve(socket.pause()));
    socket.write(`GET ${tokenlessLink('/gate/100m.bin')} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  });
}

async function rss({ worker }: Running): Promise<number> {
  const status = await readFile(`/proc/${worker}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]);
}
