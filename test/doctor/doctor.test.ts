// tallygate doctor on a host where all is well, and on hosts where each thing is broken on purpose: it must name
// just that, with the remedy, and nothing secret.

import { appendFile, chmod, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Config } from '../../app/config/load.ts';
import { examineDenyFolder } from '../../app/doctor/files.ts';
import { judgeVersions } from '../../app/doctor/nginx.ts';
import { newKey, newRing } from '../../app/keys/change.ts';
import { formatKeyFile } from '../../app/keys/file.ts';
import type { Child } from '../../app/process/child.ts';
import { freePort } from '../../app/process/ports.ts';
import { until } from '../../app/process/until.ts';
import { dayOf, formatSaltFile, newSalts } from '../../app/salts/file.ts';
import { key, startSite } from '../gate/site.ts';
import type { Nginx } from '../harness/nginx.ts';
import { createDatabase, type TestDatabase } from '../harness/postgres.ts';
import { spawnTallygate, tallygate } from '../harness/program.ts';

type Finding = { status: string; what: string; remedy?: string };

let database: TestDatabase;
let nginx: Nginx;
let env: Record<string, string>;
let programs: Child[] = [];
/** What a test provokes in NGINX's error log. */
let provoked: RegExp | undefined;

beforeEach(async () => {
  database = await createDatabase();
  const port = await freePort();
  nginx = await startSite({
    service: `127.0.0.1:${port}`,
    etc: { 'salts.conf': formatSaltFile(newSalts(dayOf(new Date()), 60)) },
  });
  env = {
    TALLYGATE_DATABASE_URL: database.url,
    TALLYGATE_ORIGIN: nginx.url,
    TALLYGATE_KEYS_FILE: path.join(nginx.places.etc, 'keys.conf'),
    TALLYGATE_SERVICE_PORT: String(port),
    TALLYGATE_AGENT_LOGS: path.join(nginx.places.log, 'downloads.log'),
    TALLYGATE_AGENT_DENY_DIR: path.join(nginx.places.state, 'deny'),
    TALLYGATE_AGENT_SALTS_FILE: path.join(nginx.places.etc, 'salts.conf'),
  };
});
afterEach(async () => {
  for (const program of programs) await program.stop();
  programs = [];
  await nginx.stop(provoked ? { allow: provoked } : {});
  provoked = undefined;
  await database.drop();
});

async function start(name: 'serve' | 'agent'): Promise<void> {
  programs.push(await spawnTallygate([name], { env }));
}

async function doctor(): Promise<{ code: number | null; findings: Finding[]; bad: string }> {
  const { code, stdout, stderr } = await tallygate(
    ['doctor', '--json', '--nginx-conf', path.join(nginx.dir, 'nginx.conf')],
    { env },
  );
  if (!stdout.startsWith('[')) throw new Error(stdout + stderr);
  expect(stdout).not.toContain(key.secret);
  const findings = JSON.parse(stdout) as Finding[];
  // The room on the disk of whoever runs the tests is not what is tested.
  const bad = findings
    .filter(({ status, what }) => status !== 'ok' && !/ GB free /.test(what))
    .map(({ status, what }) => `${status}: ${what}`);
  return { code, findings, bad: bad.join('\n') };
}

/** Starts serve and agent, downloads once, waits until it is counted. */
async function runEverything(): Promise<void> {
  await start('serve');
  await start('agent');
  await (await fetch(`${nginx.url}/public/a.txt`)).text();
  await until(async () => {
    const [row] = await database.sql`select sum(requests)::int as requests from sources`;
    const [sign] = await database.sql`select from agents`;
    return row?.requests === 1 && sign && (await fetch(`${nginx.url}/tallygate/readyz`)).ok;
  }, 'one download to be counted and the service to be ready');
}

it('finds nothing on a host where all is well', async () => {
  await runEverything();
  await chmod(path.join(nginx.places.log, 'downloads.log'), 0o640);
  const { code, findings, bad } = await doctor();
  expect(bad).toBe('');
  expect(code).toBe(0);
  const all = findings.map(({ what }) => what).join('\n');
  expect(all).toMatch(/NGINX [\d.]+, njs [\d.]+ \(\w+ engine\)/);
  expect(all).toContain('the running NGINX: a signed link passes, a forged one does not');
  expect(all).toContain('1 lines read, 0 rejected, 0 bytes unread');
  expect(all).toContain('migrations are applied');
  expect(all).toMatch(/tallygate agent was here \d+ s ago/);
});

it('sees that the agent is gone, though all it was to read has been read', async () => {
  await runEverything();
  for (const program of programs.splice(0)) await program.stop();
  await database.sql`update agents set seen_at = now() - interval '5 minutes'`;
  const { code, bad } = await doctor();
  expect(bad).toMatch(/wrong: tallygate agent was here 3\d\d s ago/);
  expect(code).toBe(1);
});

it('sees that NGINX runs with other keys than the file holds', async () => {
  await runEverything();
  const other = formatKeyFile([newRing(newKey('a1', new Date()))]);
  await writeFile(path.join(nginx.places.etc, 'keys.conf'), other);
  const { code, bad } = await doctor();
  expect(bad).toContain('wrong: the running NGINX refuses links that are signed with the current key');
  expect(code).toBe(1);
});

it('sees that NGINX could not open what names a denied link', async () => {
  const denyDir = path.join(nginx.places.state, 'deny');
  const config = { agent: { denyDir } } as Config;
  await writeFile(path.join(denyDir, 't/abc'), '');
  expect(await examineDenyFolder(config)).toMatchObject([{ status: 'ok' }]);
  await chmod(path.join(denyDir, 't/abc'), 0o600);
  expect(await examineDenyFolder(config)).toMatchObject([
    { status: 'wrong', remedy: `Run: chmod o+r ${denyDir}/t/*` },
  ]);
});

it('names every one of many things that are wrong', async () => {
  const { etc, log, state, includes } = nginx.places;
  await (await fetch(`${nginx.url}/public/a.txt`)).text();
  await nginx.waitForRecords(1);
  await chmod(path.join(etc, 'keys.conf'), 0o644);
  await writeFile(path.join(etc, 'salts.conf'), formatSaltFile(newSalts(dayOf(new Date()) - 2, 5)));
  await chmod(path.join(state, 'deny'), 0o700);
  provoked = /deny.*Permission denied/;
  const conf = path.join(nginx.dir, 'nginx.conf');
  const text = await readFile(conf, 'utf8');
  const nested = text.replace(
    /location \^~ \/files\/ +\{/,
    '$& access_log log/site.log; location /files/open/ { auth_basic off; }',
  );
  expect(nested).not.toBe(text);
  await writeFile(conf, nested);
  const record = path.join(includes, 'record.conf');
  const buffered = (await readFile(record, 'utf8')).replace(/(tallygate_record +)if/, '$1buffer=64k if');
  await writeFile(record, buffered);
  await appendFile(path.join(log, 'downloads.log'), 'x\n');
  await database.sql`delete from tallygate_migrations`;
  const { code, bad } = await doctor();
  expect(code).toBe(1);
  for (const finding of [
    'keys.conf is 0644: others can read its secrets',
    `NGINX's workers cannot enter ${state}/deny: revoked links go on working`,
    'the download log is buffered',
    "the database lacks this release's migrations",
    'no agent has ever run here',
    'no tallygate serve answers',
  ])
    expect(bad).toContain(finding);
  expect(bad).toMatch(/wrong: location \/files\/open\/ .* is not closed by it: auth_basic off;/);
  expect(bad).toMatch(/warning: location \^~ \/files\/ .* also writes log\/site\.log/);
  // One more and one less if midnight has just passed.
  expect(bad).toMatch(/the salts of [23] past days are still there/);
  expect(bad).toMatch(/the salts end in [12] days/);
});

it('says what ails a configuration that NGINX refuses, and a database that cannot be reached', async () => {
  await rm(path.join(nginx.places.etc, 'keys.conf'));
  env.TALLYGATE_DATABASE_URL = 'postgres://me:hunter2@127.0.0.1:9/none';
  const { code, findings, bad } = await doctor();
  expect(code).toBe(1);
  expect(bad).toMatch(/wrong: cannot read the key file .*keys\.conf \(ENOENT\)/);
  expect(bad).toContain('NGINX refuses its configuration');
  expect(bad).toContain('cannot reach PostgreSQL at 127.0.0.1:9/none');
  expect(JSON.stringify(findings)).not.toContain('hunter2');
  expect(findings.filter(({ status }) => status !== 'ok').every(({ remedy }) => remedy)).toBe(true);
});

it('refuses the versions that are known to be bad', () => {
  const njs = (version: string) => ({ version, engine: 'njs' });
  expect(judgeVersions('1.22.1', njs('0.7.9'))).toMatchObject([{ status: 'ok' }]);
  expect(judgeVersions('1.31.5', njs('1.0.1'))).toMatchObject([{ status: 'ok' }]);
  expect(judgeVersions('1.29.0', njs('0.9.2'))).toMatchObject([{ status: 'wrong' }]);
  expect(judgeVersions('1.18.0', undefined)).toMatchObject([{ status: 'wrong' }]);
  expect(judgeVersions('1.22.1', njs('0.7.8'))).toMatchObject([{ status: 'wrong' }]);
  expect(judgeVersions('1.31.4', njs('0.9.9'))).toMatchObject([{ status: 'warning' }]);
});
