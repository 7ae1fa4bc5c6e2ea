import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { settings } from '../../app/config/environment.ts';
import { loadConfig } from '../../app/config/load.ts';
import { projectRoot, temporaryFolder } from '../harness/folders.ts';

async function configFile(text: string): Promise<string> {
  const file = path.join(await temporaryFolder('config'), 'tallygate.toml');
  await writeFile(file, text);
  return file;
}

test('defaults stand where nothing is set', () => {
  const config = loadConfig({ env: { TALLYGATE_CONFIG: '/dev/null' } });
  expect(config.service.port).toBe(8377);
  expect(config.agent.logs).toEqual(['/var/log/tallygate/downloads.log']);
  expect(config.count).toMatchObject({ minBytes: 1, completeRatio: 0.95, retentionDays: 90 });
  expect(config.origin).toBeUndefined();
  expect(Object.isFrozen(config.service)).toBe(true);
});

test('the environment wins over the file, for every kind of setting', async () => {
  const file = await configFile('origin = "https://a.example"\nedge = "fra1"\n[service]\nport = 1\n');
  const config = loadConfig({
    file,
    env: {
      TALLYGATE_SERVICE_PORT: '8080',
      TALLYGATE_ORIGIN: 'https://b.example/',
      TALLYGATE_AGENT_LOGS: '/a.log, /b/*.log',
    },
  });
  expect(config.service.port).toBe(8080);
  expect(config.origin).toBe('https://b.example');
  expect(config.agent.logs).toEqual(['/a.log', '/b/*.log']);
  expect(config.edge).toBe('fra1');
});

test('DATABASE_URL is read where the variable of our own is not set', () => {
  const env = { TALLYGATE_CONFIG: '/dev/null', DATABASE_URL: 'postgres://one/db' };
  expect(loadConfig({ env }).databaseUrl).toBe('postgres://one/db');
  expect(loadConfig({ env: { ...env, TALLYGATE_DATABASE_URL: 'postgres://two/db' } }).databaseUrl).toBe(
    'postgres://two/db',
  );
});

test('every mistake is named at once, with its line or variable, and no value is repeated', async () => {
  const file = await configFile(
    'edge = "a b"\norigin = "https://dl.example.org/path"\n\n[service]\nprot = 80\n\n[agent]\nlogs = ["relative.log"]\n',
  );
  const load = () =>
    loadConfig({ file, env: { TALLYGATE_COUNT_MIN_BYTES: 'many', TALLYGATE_DATABASE_URL: 'hunter2' } });
  expect(load).toThrow(/5 mistakes|6 mistakes/);
  try {
    load();
  } catch (error) {
    const { message } = error as Error;
    expect(message).toContain(`${file}:1: edge: may hold letters`);
    expect(message).toContain(`${file}:2: origin: must be a scheme and a host alone`);
    expect(message).toContain(
      `${file}:5: service.prot: there is no such setting; there are: host, port, requests_per_minute, trusted_proxies`,
    );
    expect(message).toContain(`${file}:8: agent.logs: must be an absolute path`);
    expect(message).toContain('TALLYGATE_COUNT_MIN_BYTES: expected number');
    expect(message).toContain('TALLYGATE_DATABASE_URL: must be an address');
    expect(message).not.toContain('hunter2');
  }
});

test('a folder takes what it leaves open from its profile, and else from [count]', async () => {
  const file = await configFile(`[count]
min_bytes = 10
[[count.folders]]
path = "/podcasts/"
host = "DL.example.org"
profile = "podcast"
[[count.folders]]
path = "/isos/"
complete_ratio = 1
`);
  expect(loadConfig({ file, env: {} }).count.folders).toEqual([
    { path: '/podcasts/', host: 'dl.example.org', minBytes: 960_000, completeRatio: 0.95 },
    { path: '/isos/', minBytes: 10, completeRatio: 1 },
  ]);
});

test.each([
  ['path = "podcasts/"', 'count.folders: must begin with /'],
  [
    'path = "/a/"\nmin = 5',
    'there is no such setting; there are: path, host, min_bytes, complete_ratio, profile',
  ],
  ['path = "/a/"\nprofile = "radio"', 'count.folders: '],
  ['path = "/a/"\n[[count.folders]]\npath = "/a/"', 'count.folders: must name each host and path once'],
])('a folder that is wrong is named with its line: %s', async (text, mistake) => {
  const file = await configFile(`[count]\n[[count.folders]]\n${text}\n`);
  expect(() => loadConfig({ file, env: {} })).toThrow(mistake);
  expect(() => loadConfig({ file, env: {} })).toThrow(`${file}:2: count.folders`);
});

test('a file that is no TOML is named with its line', async () => {
  const file = await configFile('edge = "a"\norigin = https://x\n');
  expect(() => loadConfig({ file, env: {} })).toThrow(`${file}:2: not valid TOML`);
});

test('a named file that does not exist is an error; the default one need not exist', () => {
  expect(() => loadConfig({ file: '/nowhere/tallygate.toml', env: {} })).toThrow(
    'cannot read the configuration file',
  );
});

test('a section that is no table is refused, not ignored', async () => {
  const file = await configFile('service = 3\n');
  expect(() => loadConfig({ file, env: { TALLYGATE_SERVICE_PORT: '1' } })).toThrow(
    `${file}:1: service: expected object`,
  );
});

test('every setting has one environment variable of its own', () => {
  const variables = settings().map((setting) => setting.variable);
  expect(new Set(variables).size).toBe(variables.length);
  expect(variables).toContain('TALLYGATE_SERVICE_TRUSTED_PROXIES');
});

test('the commented configuration that is installed names every setting, with its default or an example', async () => {
  const template = await readFile(path.join(projectRoot, 'app/deploy/files/tallygate.toml'), 'utf8');
  for (const setting of settings()) {
    const name = setting.path.at(-1) as string;
    const [section] = setting.path.length > 1 ? setting.path : [''];
    const part = section
      ? (template.split(`\n[${section}]\n`)[1] ?? '').split('\n[')[0]
      : template.split('\n[')[0];
    expect(part, setting.variable).toMatch(new RegExp(`^# ${name} = `, 'm'));
  }
  // Every line may be uncommented as it stands.
  const file = await configFile(template.replace(/^# (\w+ = )/gm, '$1'));
  expect(loadConfig({ file, env: {} }).service.port).toBe(8377);
});
