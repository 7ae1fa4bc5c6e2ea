// `make bench-ingest`: counting beside GoAccess and psql's \copy on the same requests, interleaved, because other
// work on the machine comes and goes; then memory at ten times the lines, and latency at a steady rate.
// BENCH_LINES (default 1000000), BENCH_ROUNDS (3). Prints a table and, as the last line, JSON.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startCluster } from '../../../app/run/cluster.ts';
import { median } from '../median.ts';
import { generate, type Shape } from './generate.ts';
import { latency } from './latency.ts';
import { type Bench, copyRows, goaccess, importCombined, ingest } from './measure.ts';

const lines = Number(process.env.BENCH_LINES ?? 1_000_000);
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const folder = mkdtempSync(path.join(tmpdir(), 'tallygate-bench-'));
await chmod(folder, 0o755);
const say = (text: string) => process.stderr.write(`${text}\n`);
const print = (text: string) => process.stdout.write(`${text}\n`);

const version = execFileSync('goaccess', ['--version']).toString().split('\n')[0]?.replace(/\.$/, '');
// What a server of this size would be given; \copy profits from it as we do.
const cluster = await startCluster(path.join(folder, 'postgres'), {
  shared_buffers: '1GB',
  max_wal_size: '8GB',
  checkpoint_timeout: '30min',
});
try {
  const bench: Bench = { cluster, folder };
  const medians = new Map<string, number>();
  let rss = 0;
  for (const shape of ['realistic', 'worst'] as const) {
    const result = await compare(bench, shape);
    for (const [name, seconds] of Object.entries(result.seconds))
      medians.set(`${shape} ${name}`, median(seconds));
    rss = Math.max(rss, result.rss);
  }
  const large = path.join(folder, 'large.log');
  say(`memory: generating ${10 * lines} lines`);
  await generate('realistic', 10 * lines, 2, { records: large });
  const big = await ingest(bench, large, 10 * lines);
  const small = await smallRss(bench);
  rmSync(large);
  say('latency: 5,000 lines/s for 30 s');
  const p99 = await latency(bench, { rate: 5000, seconds: 30 });
  report(medians, { rss: Math.max(rss, big.rss), growth: big.rss / small, p99, bigSeconds: big.seconds });
} finally {
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function compare(bench: Bench, shape: Shape) {
  const files = {
    records: path.join(folder, `${shape}.log`),
    combined: path.join(folder, `${shape}.combined`),
    rows: path.join(folder, `${shape}.tsv`),
  };
  say(`${shape}: generating ${lines} lines`);
  const transfers = await generate(shape, lines, 1, files);
  const seconds: Record<'tallygate' | 'combined' | 'goaccess' | 'copy', number[]> = {
    tallygate: [],
    combined: [],
    goaccess: [],
    copy: [],
  };
  let rss = 0;
  for (let round = 1; round <= rounds; round += 1) {
    const ours = await ingest(bench, files.records, lines);
    seconds.tallygate.push(ours.seconds);
    rss = Math.max(rss, ours.rss);
    seconds.combined.push(await importCombined(bench, files.combined, lines));
    seconds.copy.push(copyRows(bench, files.rows));
    // Once: it takes as long as all the others together, and a neighbour's noise is little beside that.
    if (round === 1) seconds.goaccess.push(goaccess(files.combined));
    say(
      `${shape} ${round}/${rounds} (${transfers} transfers): tallygate ${ours.seconds.toFixed(2)} s, ` +
        `combined ${seconds.combined.at(-1)?.toFixed(2)} s, copy ${seconds.copy.at(-1)?.toFixed(2)} s${round === 1 ? `, goaccess ${seconds.goaccess[0]?.toFixed(2)} s` : ''}`,
    );
  }
  return { seconds, rss };
}

async function smallRss(bench: Bench): Promise<number> {
  return (await ingest(bench, path.join(folder, 'realistic.log'), lines)).rss;
}

function report(
  medians: ReadonlyMap<string, number>,
  more: { rss: number; growth: number; p99: number; bigSeconds: number },
): void {
  const of = (name: string) => medians.get(name) ?? Number.NaN;
  print(
    `\n${lines} records, medians of ${rounds} interleaved rounds, GoAccess once; ${version}, PostgreSQL, Node ${process.version}`,
  );
  print('shape      program    seconds   lines/s');
  for (const shape of ['realistic', 'worst']) {
    for (const name of ['tallygate', 'combined', 'copy', 'goaccess']) {
      const seconds = of(`${shape} ${name}`);
      const rate = Math.round(lines / seconds);
      print(
        `${shape.padEnd(10)} ${name.padEnd(10)} ${seconds.toFixed(2).padStart(7)} ${String(rate).padStart(9)}`,
      );
    }
  }
  print(
    `${10 * lines} lines: ${more.bigSeconds.toFixed(1)} s; 5,000 lines/s: p99 ${more.p99.toFixed(2)} s from line to tally`,
  );
  const round = (value: number) => Math.round(value * 100) / 100;
  print(
    JSON.stringify({
      vs_goaccess: round(of('realistic goaccess') / of('realistic tallygate')),
      worst_vs_goaccess: round(of('worst goaccess') / of('worst tallygate')),
      combined_vs_goaccess: round(of('realistic goaccess') / of('realistic combined')),
      worst_combined_vs_goaccess: round(of('worst goaccess') / of('worst combined')),
      vs_copy: round(of('realistic tallygate') / of('realistic copy')),
      worst_vs_copy: round(of('worst tallygate') / of('worst copy')),
      rss_mb: Math.round(more.rss / 1e6),
      rss_growth: round(more.growth),
      p99_s: round(more.p99),
    }),
  );
}
