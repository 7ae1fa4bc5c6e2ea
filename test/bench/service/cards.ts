// What 10,000 cards as a PDF cost: how long they take, the most memory that `serve` has meanwhile, and how long /healthz
// waits, asked all the time.

import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const count = 10_000;
/** Seconds, MiB, milliseconds. */
export const bars = { cards_s: 60, cards_rss_mb: 300, cards_healthz_p99_ms: 100 };

export async function printCards(
  port: number,
  pid: number,
  headers: Record<string, string>,
): Promise<Record<keyof typeof bars, number>> {
  // The kernel's peak of resident memory begins anew.
  await writeFile(`/proc/${pid}/clear_refs`, '5');
  let printed = false;
  const startedAt = performance.now();
  const printing = print(port, headers).finally(() => {
    printed = true;
  });
  const waits: number[] = [];
  while (!printed) {
    const askedAt = performance.now();
    await (await fetch(`http://127.0.0.1:${port}/healthz`)).arrayBuffer();
    waits.push(performance.now() - askedAt);
    await delay(5);
  }
  await printing;
  const seconds = (performance.now() - startedAt) / 1000;
  const peak = /VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
  waits.sort((a, b) => a - b);
  return {
    cards_s: seconds,
    cards_rss_mb: Number(peak) / 1024,
    cards_healthz_p99_ms: waits[Math.ceil(waits.length * 0.99) - 1] as number,
  };
}

async function print(port: number, headers: Record<string, string>): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/tallygate/api/v1/codes`, {
    method: 'POST',
    headers: { ...headers, accept: 'application/pdf' },
    body: JSON.stringify({ label: 'bench', paths: ['/downloads/album.zip'], count }),
  });
  const pdf = Buffer.from(await answer.arrayBuffer());
  if (answer.status !== 201 || !pdf.subarray(0, 5).equals(Buffer.from('%PDF-')))
    throw new Error(`the cards: ${answer.status} ${pdf.subarray(0, 500)}`);
}
