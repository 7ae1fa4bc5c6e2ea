// pgbench, the yardstick, on the same cluster.

import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { postgresPrograms } from '../../../app/run/cluster.ts';

const run = promisify(execFile);

export type Yardstick = {
  databaseUrl: string;
  script: string;
  clients: number;
  seconds: number;
  dir: string;
};

/** Transactions per second of a script. */
export async function pgbench({ databaseUrl, script, clients, seconds, dir }: Yardstick): Promise<number> {
  const file = path.join(dir, 'pgbench.sql');
  await writeFile(file, script);
  const { stdout } = await run(path.join(postgresPrograms(), 'pgbench'), [
    ...['--no-vacuum', '--protocol=prepared', `--client=${clients}`, '--jobs=2', `--time=${seconds}`],
    ...[`--file=${file}`, databaseUrl],
  ]);
  const rate = /tps = ([\d.]+)/.exec(stdout)?.[1];
  if (rate === undefined) throw new Error(`pgbench says: ${stdout}`);
  return Number(rate);
}

/** One row a transaction, with the columns a plain token has, into a table of its own. */
export const insertOne = `insert into bench_rows (id, paths, expires_at, label)
  values (md5(random()::text), array['/files/a.iso'], now() + interval '1 day', 'bench');\n`;

/** One row of a hundred thousand changed a transaction. */
export const updateOne = '\\set id random(1, 100000)\nupdate bench_counters set n = n + 1 where id = :id;\n';

export const yardstickTables = `
  create table bench_rows (id text primary key, paths text[] not null, created_at timestamptz not null default now(),
    expires_at timestamptz not null, label text not null);
  create table bench_counters (id integer primary key, n integer not null);
  insert into bench_counters select n, 0 from generate_series(1, 100000) as n;
  analyze bench_counters;`;
