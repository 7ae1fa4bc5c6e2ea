// `tallygate status`: how far every log has been read, and that no line is unaccounted for.

import type { Command } from 'commander';
import { configOf } from '../config/load.ts';
import { type Sql, withDatabase } from '../db/connection.ts';
import { printTable } from './print.ts';

export function registerStatus(program: Command): void {
  program
    .command('status')
    .description('how far the logs have been read; exits with 1 when the sums do not agree')
    .option('-a, --all', 'also logs that were read to their end more than a day ago')
    .action((options: { all?: true }, command: Command) =>
      withDatabase(configOf(command), async (sql) => {
        await printSources(sql, options.all === true);
        await printRejects(sql);
        await printUnfinished(sql);
        if (!(await sumsAgree(sql))) process.exitCode = 1;
      }),
    );
}

async function printSources(sql: Sql, all: boolean): Promise<void> {
  const rows = await sql<
    Record<'edge' | 'path' | 'lines' | 'requests' | 'rejects' | 'behind' | 'lag', string>[]
  >`
    select edge, path || case when undone_at is null then '' else ' (taken back in part)' end as path,
      lines, requests, rejects, greatest(seen_size - position, 0) as behind,
      coalesce(round(extract(epoch from now() - last_at))::text, '') as lag
    from sources
    where ${all} or updated_at > now() - interval '1 day' or seen_size > position or undone_at is not null
    order by edge, path, id`;
  printTable(
    ['edge', 'log', 'lines', 'requests', 'rejects', 'bytes behind', 'last line, seconds ago'],
    rows.map((row) => [
      row.edge,
      row.path,
      Number(row.lines),
      Number(row.requests),
      Number(row.rejects),
      Number(row.behind),
      row.lag === '' ? '-' : Number(row.lag),
    ]),
  );
}

async function printRejects(sql: Sql): Promise<void> {
  const rows = await sql<{ reason: string; lines: string }[]>`
    select reason, sum(lines) as lines from reject_counts group by reason order by sum(lines) desc, reason`;
  if (rows.length === 0) return;
  process.stdout.write('\n');
  printTable(
    ['rejected because', 'lines'],
    rows.map((row) => [row.reason, Number(row.lines)]),
  );
}

/** Imports that are being taken back, or were in part: reports still show the rest of them. */
async function printUnfinished(sql: Sql): Promise<void> {
  const rows = await sql<{ id: string; path: string }[]>`
    select id, path from sources where undone_at is not null order by id`;
  for (const { id, path } of rows)
    process.stdout.write(
      `\n${path} is taken back in part. Unless that runs now, finish it: tallygate ingest --undo ${id}\n`,
    );
}

/** `lines = requests + rejects` is a constraint of each row. Here the sums over all rows are compared as well. */
async function sumsAgree(sql: Sql): Promise<boolean> {
  const [sums] = await sql<Record<'lines' | 'requests' | 'rejects' | 'by_reason' | 'tallied', string>[]>`
    select coalesce(sum(lines), 0) as lines, coalesce(sum(requests), 0) as requests,
      coalesce(sum(rejects), 0) as rejects,
      (select coalesce(sum(lines), 0) from reject_counts) as by_reason,
      (select coalesce(sum(requests), 0) from tally_totals) as tallied
    from sources`;
  const agree =
    sums !== undefined &&
    Number(sums.lines) === Number(sums.requests) + Number(sums.rejects) &&
    sums.rejects === sums.by_reason &&
    sums.requests === sums.tallied;
  process.stdout.write(
    `\n${sums?.lines} lines = ${sums?.requests} requests + ${sums?.rejects} rejects; ` +
      `${sums?.by_reason} rejects by reason; ${sums?.tallied} requests in the tallies: ` +
      `${agree ? 'all accounted for' : 'THE SUMS DO NOT AGREE'}\n`,
  );
  return agree;
}
