// Measuring variants in turns. Each ratio is between neighbours in time: the median over the rounds of what a variant did
// beside what another did in the same round.

import { execFileSync } from 'node:child_process';
import { readdir, readFile, truncate } from 'node:fs/promises';
import path from 'node:path';
import { startChild } from '../../../app/process/child.ts';
import { until } from '../../../app/process/until.ts';
import { median } from '../median.ts';
import type { Running } from './site.ts';
import type { Variant } from './variants.ts';

const rounds = Number(process.env.BENCH_ROUNDS ?? 7);
const seconds = Number(process.env.BENCH_SECONDS ?? 3);

/** What a variant did in one round: requests or bytes a second; microseconds of all processes for each request. */
export type Measured = { readonly rate: number; readonly cpu: number };
export type Rounds = ReadonlyMap<string, readonly Measured[]>;

/** Measures each of `variants` in each round. */
export async function compare(
  running: Running,
  variants: readonly Variant[],
  file: string,
  what: 'requests' | 'bytes',
): Promise<Rounds> {
  // As many as one token may have; few for the large file, so that what is in flight fits the cache alike.
  const connections = what === 'bytes' ? 2 : 16;
  const measured = new Map<string, Measured[]>(variants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, link } of variants) {
      const before = await cpuTime(running.processes);
      const outcome = await load(running, link(file), { connections, seconds });
      const cpu = ((await cpuTime(running.processes)) - before) / outcome.requests;
      measured.get(name)?.push({ rate: (outcome[what] / outcome.microseconds) * 1e6, cpu });
      await emptyLogs(running);
    }
  }
  return measured;
}

/** The median of what `name` did. */
export function typical(measured: Rounds, name: string, what: keyof Measured): number {
  return median((measured.get(name) ?? []).map((figures) => figures[what]));
}

/** The median of what `name` did beside `other`; undefined where one of them was not measured. */
export function ratio(
  measured: Rounds,
  name: string,
  other: string,
  what: keyof Measured,
): number | undefined {
  const others = measured.get(other);
  const ratios = measured
    .get(name)
    ?.map((figures, round) => figures[what] / (others?.[round]?.[what] ?? Number.NaN));
  return ratios && others ? Number(median(ratios).toFixed(3)) : undefined;
}

export type Outcome = { requests: number; bytes: number; microseconds: number; errors: number };

/** Runs wrk. Throws if one request failed or none was answered. */
export async function load(
  { port, folder }: Running,
  target: string,
  { connections, seconds }: { connections: number; seconds: number },
): Promise<Outcome> {
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '-H', 'User-Agent: curl/8.5.0'];
  const script = ['-s', path.join(folder, 'numbers.lua')];
  const child = await startChild('wrk', [...args, ...script, `http://127.0.0.1:${port}${target}`]);
  await child.exited;
  const outcome = JSON.parse(child.stderr()) as Outcome;
  if (outcome.errors > 0 || outcome.requests === 0) throw new Error(`wrk ${target}: ${child.stderr()}`);
  return outcome;
}

/** What lies in memory of one measurement's log is not for the next one to write to disk. */
async function emptyLogs({ folder }: Running): Promise<void> {
  for (const name of await logs(folder)) await truncate(name);
}

/** Throws unless the variant answers its link with the file and one record, and a forged one with 403. */
export async function probe({ port, folder }: Running, { name, link }: Variant): Promise<void> {
  const target = link('1k.bin');
  const before = await records(folder);
  const good = await fetch(`http://127.0.0.1:${port}${target}`);
  const { byteLength } = await good.arrayBuffer();
  if (good.status !== 200 || byteLength !== 1024)
    throw new Error(`${name}: ${good.status}, ${byteLength} bytes`);
  // NGINX writes when the answer is gone already.
  await until(async () => (await records(folder)) > before, `${name}: a record`);
  const forged = await fetch(`http://127.0.0.1:${port}${target.replace('1k.bin', '100m.bin')}`);
  await forged.arrayBuffer();
  if (forged.status !== 403) throw new Error(`${name}: a forged link is answered with ${forged.status}`);
  const written = (await records(folder)) - before;
  if (written !== 1) throw new Error(`${name}: ${written} records of one request`);
}

/** How many answers with 200 NGINX has recorded. */
export async function records(folder: string): Promise<number> {
  const texts = await Promise.all((await logs(folder)).map((name) => readFile(name, 'utf8')));
  return texts.join('').split('"status":200').length - 1;
}

async function logs(folder: string): Promise<string[]> {
  const all = await readdir(path.join(folder, 'log'));
  return all.filter((name) => name !== 'error.log').map((name) => path.join(folder, 'log', name));
}

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK']).toString());

/** Microseconds that processes have run so far, in user and in kernel mode. */
async function cpuTime(processes: readonly number[]): Promise<number> {
  let ticks = 0;
  for (const pid of processes) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // Behind the name, which may hold anything, the first field is the third of proc(5).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    ticks += Number(fields[14 - 3]) + Number(fields[15 - 3]);
  }
  return (ticks / ticksPerSecond) * 1e6;
}
