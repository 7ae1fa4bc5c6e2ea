// Foreign logs through the program itself into PostgreSQL: what the reports say of them, and that nobody's address is there.

import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { projectRoot, temporaryFolder } from '../../../harness/folders.ts';
import { createDatabase, type TestDatabase } from '../../../harness/postgres.ts';
import { tallygate } from '../../../harness/program.ts';
import { type Sample, samples, story } from './samples.ts';

let database: TestDatabase;
let folder: string;
beforeEach(async () => {
  database = await createDatabase();
  folder = await temporaryFolder('formats');
});
afterEach(() => database.drop());

const env = () => ({ TALLYGATE_DATABASE_URL: database.url, TALLYGATE_EDGE: 'fra1' });
const run = (args: string[]) => tallygate(args, { env: env() });

/** All that the database holds, as text. */
async function everything(): Promise<string> {
  const tables = await database.sql<{ name: string }[]>`
    select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema')`;
  const rows = await Promise.all(
    tables.map(({ name }) => database.sql.unsafe(`select string_agg(t::text, ' ') as all from ${name} t`)),
  );
  return rows.map(([row]) => row?.all ?? '').join('\n');
}

const counted = () => database.sql`
  select host, path, sum(requests)::int as requests, sum(downloads)::int as downloads from report.files group by host, path`;

const textOf = (sample: Sample) => [...(sample.head ?? []), ...story.map(sample.line)].join('\n');
const sampleOf = (name: string) => samples.find((sample) => sample.name === name) as Sample;

it.each([
  'combined',
  'common',
  'NGINX main',
  'X-Forwarded-For first',
  'vhost and names',
  'IPv6 with zone',
  'time first, no bytes',
  'NGINX JSON with ranges',
  'CloudFront',
  'IIS as installed, no bytes',
  'HAProxy',
])('%s', async (name) => {
  const file = path.join(folder, 'access.log');
  const sample = sampleOf(name);
  // Lines that are rejected leave a sample.
  await writeFile(
    file,
    `${textOf(sample)}\n203.0.113.5 odd [::ffff:203.0.113.9] "198.51.100.7:80" fe80::5%eth0\n`,
  );
  const outcome = await run(['ingest', '--host', 'default.example', file]);
  // A line was rejected, and the exit code says so.
  expect(outcome).toMatchObject({ code: 3 });
  expect(outcome.stderr).toMatch(/access.log: read as /);
  expect([...(await counted())]).toEqual([
    { host: sample.host ?? 'default.example', path: '/iso/a.iso', requests: 4, downloads: 3 },
  ]);
  const [visitors] = await database.sql`select count(distinct visitor)::int as visitors from transfers`;
  expect(visitors).toEqual({ visitors: 3 });
  expect(await everything()).not.toMatch(/203\.0\.113|198\.51\.100|10\.0\.0|fe80::|isp\.example/);
  expect((await run(['status', '--all'])).stdout).toContain('all accounted for');
});

it('knows downloads that were completed, where the log tells the size and the ranges', async () => {
  const file = path.join(folder, 'access.log');
  await writeFile(file, `${textOf(sampleOf('NGINX JSON with ranges'))}\n`);
  await run(['ingest', file]);
  const [row] =
    await database.sql`select sum(downloads)::int as downloads, sum(completed)::int as completed from tallies`;
  expect(row).toEqual({ downloads: 3, completed: 3 });
});

it('calls a log without user agents neither people nor bots', async () => {
  const file = path.join(folder, 'access.log');
  await writeFile(file, `${textOf(sampleOf('common'))}\n`);
  await run(['ingest', file]);
  expect([...(await database.sql`select class, client, rule from origins`)]).toEqual([
    { class: 'tool', client: 'not logged', rule: 'not logged' },
  ]);
});

it('takes format and host from the configuration of NGINX', async () => {
  const file = path.join(folder, 'dl.log.1');
  await writeFile(
    file,
    `${story.map((part) => `${part.epoch}.000 ${part.address} ${part.status} ${part.sent} "GET /iso/a.iso HTTP/1.1"`).join('\n')}\n`,
  );
  const conf = path.join(folder, 'nginx.conf');
  await writeFile(
    conf,
    `http { log_format x '$msec $remote_addr $status $body_bytes_sent "$request"'; server { server_name dl.example.org; access_log ${folder}/dl.log x; } }`,
  );
  expect(await run(['ingest', '--nginx-conf', conf, file])).toMatchObject({ code: 0 });
  expect([...(await counted())]).toEqual([
    { host: 'dl.example.org', path: '/iso/a.iso', requests: 4, downloads: 3 },
  ]);
  const both = await run(['ingest', '--nginx-conf', conf, '--format', 'combined', file]);
  expect(both.stderr).toMatch(/both name the format/);
});

it('reads a foreign log from standard input, once', async () => {
  const send = async (text: string, args: string[]) => {
    const child = spawn(
      process.execPath,
      [path.join(projectRoot, 'dist/tallygate.js'), 'ingest', ...args, '-'],
      {
        env: { PATH: process.env.PATH, TMPDIR: folder, TALLYGATE_CONFIG: '/dev/null', ...env() },
      },
    );
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (data: string) => {
      out += data;
    });
    child.stderr.setEncoding('utf8').on('data', (data: string) => {
      out += data;
    });
    child.stdin.end(text);
    await new Promise((resolve) => child.once('close', resolve));
    return out;
  };
  const text = `${textOf(sampleOf('bars'))}\n`;
  expect(await send(text, [])).toMatch(/-\s+4\s+4\s+0/);
  expect(
    await send(text, [
      '--format',
      '$time_local|$remote_addr|$request|$status|$other|$body_bytes_sent|$http_user_agent',
    ]),
  ).toMatch(/-\s+4\s+0\s+4\s+0\s+0/);
  expect([...(await counted())]).toMatchObject([{ path: '/iso/a.iso', requests: 4, downloads: 3 }]);
  expect(await send('nonsense\n', [])).toMatch(/in no format that is known here/);
  const [source] = await database.sql`select string_agg(distinct path, ' ') as paths from sources`;
  expect(source).toEqual({ paths: '-' });
});

it('says in its help which formats there are', async () => {
  const { stdout } = await run(['ingest', '--help']);
  for (const name of ['auto', 'records', 'combined', 'w3c', 'json', 's3', 'haproxy'])
    expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
});
