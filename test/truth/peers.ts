// What others make of the same traffic, from NGINX's combined log: GoAccess, AWStats, and the script that everybody has.

import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Undefined: it does not say. */
export type Count = { requests?: number; downloads: number; bytes: number };
export const awstatsProgram = '/usr/lib/cgi-bin/awstats.pl';

/** Hits, visitors of each file, and bytes. */
export async function goaccess(log: string): Promise<Count> {
  const out = `${log}.json`;
  const options = ['--no-global-config', '--log-format=COMBINED', '--no-progress', '--max-items=10000'];
  await run('goaccess', [log, ...options, '-o', out]);
  const report = JSON.parse(await readFile(out, 'utf8')) as Record<string, { data?: Panel[] } | undefined>;
  const panels = ['requests', 'static_requests'].flatMap((name) => report[name]?.data ?? []);
  const sum = (of: (panel: Panel) => number) => panels.reduce((total, panel) => total + of(panel), 0);
  return {
    requests: sum(({ hits }) => hits.count),
    downloads: sum(({ visitors }) => visitors.count),
    bytes: sum(({ bytes }) => bytes.count),
  };
}
type Panel = Record<'hits' | 'visitors' | 'bytes', { count: number }>;

/** Its list of downloads: hits that were answered with 200, those with 206, and bytes. */
export async function awstats(log: string): Promise<Count> {
  const folder = path.join(path.dirname(log), 'awstats');
  await mkdir(folder);
  const settings = { LogFile: log, LogFormat: 1, SiteDomain: 'truth', HostAliases: 'truth', DirData: folder };
  const more = { DNSLookup: 0, MaxNbOfDownloadsShown: 10_000, SkipHosts: '' };
  const lines = Object.entries({ ...settings, ...more }).map(([name, value]) => `${name}="${value}"\n`);
  await writeFile(path.join(folder, 'awstats.truth.conf'), lines.join(''));
  await run('perl', [awstatsProgram, '-config=truth', `-configdir=${folder}`, '-update']);
  const name = (await readdir(folder)).find((file) => /^awstats\d+\.truth\.txt$/.test(file));
  const text = name ? await readFile(path.join(folder, name), 'utf8') : '';
  const section = text.split(/^BEGIN_DOWNLOADS \d+\n/m)[1]?.split('END_DOWNLOADS')[0] ?? '';
  const count = { requests: 0, downloads: 0, bytes: 0 };
  for (const line of section.split('\n').filter(Boolean)) {
    const [, hits = 0, parts = 0, bytes = 0] = line.split(' ').map(Number);
    count.requests += hits + parts;
    count.downloads += hits;
    count.bytes += bytes;
  }
  return count;
}

/** Every line of 200 or 206 is a download. */
export async function script(log: string): Promise<Count> {
  const program = '$9 == 200 || $9 == 206 { lines++; bytes += $10 } END { printf "%d %.0f", lines, bytes }';
  const { stdout } = await run('awk', [program, log]);
  const [lines = 0, bytes = 0] = stdout.split(' ').map(Number);
  return { requests: lines, downloads: lines, bytes };
}
