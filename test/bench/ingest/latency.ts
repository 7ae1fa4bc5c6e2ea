// How long from a line in the log to its tally: lines are appended at a steady rate, and the sum in the tallies is
// asked for all the time; a line is visible when the sum has reached its number.

import { appendFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '../../../app/db/connection.ts';
import { line, visitor } from '../../ingest/records.ts';
import { type Bench, startAgent } from './measure.ts';

const tick = 20;

/** The 99th percentile, seconds. */
export async function latency(
  bench: Bench,
  { rate, seconds }: { rate: number; seconds: number },
): Promise<number> {
  const agent = await startAgent(bench);
  writeFileSync(agent.log, '');
  const sql = connect(agent.url, { max: 1 });
  const writtenAt: number[] = [];
  const waits: number[] = [];
  const total = rate * seconds;
  try {
    const startedAt = performance.now();
    while (waits.length < total) {
      const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * rate));
      append(agent.log, due - writtenAt.length, writtenAt);
      const [row] = await sql`select coalesce(sum(requests), 0)::int as requests from tally_totals`;
      const now = performance.now();
      while (waits.length < (row?.requests ?? 0))
        waits.push((now - (writtenAt[waits.length] as number)) / 1000);
      if (now - startedAt > (seconds + 60) * 1000)
        throw new Error(`only ${waits.length} of ${total} lines are counted`);
      await delay(tick);
    }
  } finally {
    await sql.end();
    await agent.stop();
  }
  waits.sort((a, b) => a - b);
  return waits[Math.floor(0.99 * waits.length)] as number;
}

function append(log: string, count: number, writtenAt: number[]): void {
  if (count <= 0) return;
  const at = Date.now() / 1000;
  const text = Array.from({ length: count }, (_, i) => {
    const n = writtenAt.length + i;
    return `${line({ at, visitor: visitor(`${n >> 2}`), path: `/files/${n % 1000}.iso`, from: 250 * (n & 3), sent: 250 })}\n`;
  }).join('');
  appendFileSync(log, text);
  const now = performance.now();
  for (let i = 0; i < count; i += 1) writtenAt.push(now);
}
