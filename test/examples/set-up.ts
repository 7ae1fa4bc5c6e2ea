// What the examples need around them: a site with NGINX, `serve` and `agent`, a database with downloads in it, logs to
// import, keys, and the project's own files in the working folder.

import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { connect } from '../../app/db/connection.ts';
import { formatKeyFile } from '../../app/keys/file.ts';
import { startChild } from '../../app/process/child.ts';
import { until } from '../../app/process/until.ts';
import { postgresPrograms } from '../../app/run/cluster.ts';
import { link, ring } from '../gate/site.ts';
import { projectRoot, temporaryFolder } from '../harness/folders.ts';
import { createDatabase, startEmptyCluster, type TestDatabase } from '../harness/postgres.ts';
import { type Outcome, tallygate } from '../harness/program.ts';
import { ingest, traffic } from '../reports/site.ts';
import { type Edge, startEdge } from '../service/edge.ts';

export type SetUp = {
  edge: Edge;
  /** Runs a command in a shell as it is written, but for the places of `places`. */
  run: (text: string) => Promise<Outcome>;
  /** The same for a command without an end: stopped when it has printed something. */
  runAWhile: (text: string) => Promise<Outcome>;
  stop: () => Promise<void>;
};

/** Places of a real host, and what stands for them here: below a folder of the test's own. */
const places = ['/var/log/nginx', '/srv/stats'];

/** Commands that need something else than the others. */
const special: { command: RegExp; set: 'no keys' | 'an empty database' | 'a new PostgreSQL' }[] = [
  { command: /^tallygate keys generate/, set: 'no keys' },
  { command: /^pg_restore /, set: 'an empty database' },
  { command: /^createuser /, set: 'a new PostgreSQL' },
];

const combined = `203.0.113.9 - - [01/Oct/2026:13:00:00 +0200] "GET /files/a.iso HTTP/1.1" 200 1000 "-" "curl/8.5.0"\n`;

export async function startSetUp(): Promise<SetUp> {
  const edge = await startEdge({ files: { 'files/album.zip': 'PK' } });
  const made = await edge.api('POST', '/codes', { label: 'x', paths: ['/files/album.zip'], count: 1 });
  const { id: batch } = (await made.json()) as { id: string };
  await ingest(edge.database.url, traffic());
  const dir = await temporaryFolder('examples');
  const work = path.join(dir, 'work');
  await layOut(dir, work);
  // What an example takes back.
  await writeFile(path.join(work, 'wrong-site.log'), combined.replaceAll('/files/a.iso', '/wrong/a.iso'));
  await tallygate(['ingest', 'wrong-site.log'], {
    env: { TALLYGATE_DATABASE_URL: edge.database.url },
    cwd: work,
  });
  const empty: TestDatabase[] = [];
  let count = 0;

  async function databaseFor(needs: string | undefined): Promise<string> {
    if (needs === 'a new PostgreSQL') return newPostgres();
    if (needs !== 'an empty database') return edge.database.url;
    const database = await createDatabase({ template: false });
    empty.push(database);
    return database.url;
  }

  async function start(text: string) {
    const needs = special.find(({ command }) => command.test(text))?.set;
    // Keys of its own for each, so that none depends on what another has changed.
    const etc = path.join(dir, `etc-${count++}`);
    await mkdir(etc);
    const keysFile = path.join(etc, 'keys.conf');
    if (needs !== 'no keys') await writeFile(keysFile, keys, { mode: 0o600 });
    const database = await databaseFor(needs);
    const url = new URL(database);
    const env = {
      ...edge.env,
      PATH: `${path.join(dir, 'bin')}:${postgresPrograms()}:${process.env.PATH}`,
      HOME: dir,
      TALLYGATE_CONFIG: '/dev/null',
      TALLYGATE_KEYS_FILE: keysFile,
      TALLYGATE_CODES_KEY_FILE: path.join(path.dirname(edge.env.TALLYGATE_KEYS_FILE ?? ''), 'codes.key'),
      TALLYGATE_DATABASE_URL: database,
      DATABASE_URL: database,
      PGHOST: url.hostname,
      PGPORT: url.port,
      PGUSER: url.username,
      PGPASSWORD: url.password,
    };
    return startChild('bash', ['-c', placed(text, dir, batch)], { cwd: work, env });
  }

  return {
    edge,
    async run(text) {
      const child = await start(text);
      const exit = await child.exited;
      return { ...exit, stdout: child.stdout(), stderr: child.stderr() };
    },
    async runAWhile(text) {
      const child = await start(text);
      await until(() => child.stdout() !== '' || child.exit(), `"${text}" to print something`);
      const exit = child.exit() ?? (await child.stop());
      return { ...exit, stdout: child.stdout(), stderr: child.stderr() };
    },
    async stop() {
      for (const database of empty) await database.drop();
      await edge.stop();
    },
  };
}

const hs256 = { ...ring.current, id: 'b1' };
/** The default ring, and one of another site. */
const keys = formatKeyFile([
  { name: '', current: ring.current, keys: [ring.current] },
  { name: 'site-b', current: hs256, keys: [hs256] },
]);

/** A cluster as a distribution makes it: its superuser is `postgres`, and nobody is called tallygate yet. */
async function newPostgres(): Promise<string> {
  const cluster = await startEmptyCluster();
  const url = new URL(cluster.url());
  await as(url.href, `create role postgres superuser login password '${url.password}'`);
  url.username = 'postgres';
  await as(url.href, 'alter role tallygate rename to nobody');
  return url.href;
}

async function as(url: string, statement: string): Promise<void> {
  const sql = connect(url, { max: 1 });
  await sql.unsafe(statement).finally(() => sql.end());
}

function placed(text: string, dir: string, batch: string): string {
  // An address, and a batch of codes, to be put in by the reader.
  const filled = text.replace(/\bURL\b/, `'${link('/files/a.bin')}'`).replace(/\bBATCH\b/, batch);
  return places.reduce((so, place) => so.replaceAll(place, path.join(dir, place)), filled);
}

async function layOut(dir: string, work: string): Promise<void> {
  for (const folder of [work, path.join(dir, 'bin'), ...places.map((place) => path.join(dir, place))])
    await mkdir(folder, { recursive: true });
  for (const name of ['app', 'nginx', 'njs', 'sql', 'test', 'Makefile'])
    await symlink(path.join(projectRoot, name), path.join(work, name));
  const program = path.join(projectRoot, 'dist/tallygate.js');
  const script = (text: string) => `#!/bin/sh\n${text}\n`;
  await writeFile(path.join(dir, 'bin/tallygate'), script(`exec '${process.execPath}' '${program}' "$@"`), {
    mode: 0o755,
  });
  await writeFile(path.join(dir, 'bin/sudo'), script('exec "$@"'), { mode: 0o755 });
  for (const list of ['crawlers.txt', 'browsers.txt'])
    await writeFile(path.join(work, list), '# one to a line\nGooglebot/2.1\n');
  for (const folder of [work, path.join(dir, '/var/log/nginx')])
    for (const name of ['access.log', 'access.log.1']) await writeFile(path.join(folder, name), combined);
}
