// make deploy's installer on a tree with a real NGINX: what it puts where, that it changes nothing twice, keeps what
// was edited, and puts everything back when something fails.

import { appendFile, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../harness/postgres.ts';
import { builtRelease, otherRelease, snapshot, startTree, type Tree } from './tree.ts';

let database: TestDatabase;
let tree: Tree;

beforeEach(async () => {
  database = await createDatabase({ template: false });
  tree = await startTree(database.url);
});
afterEach(async () => {
  await tree.nginx.stop('SIGTERM');
  await database.drop();
});

/** Deploys, puts Tallygate into the site, and waits until the gate is in force. */
async function deployed(): Promise<void> {
  expect(await tree.deploy()).toMatchObject({ code: 0 });
  await tree.writeSite(true);
  await tree.reload();
  await tree.gateHolds();
}

it('deploys to a host that has nothing: files, keys, tables, a gate that holds', async () => {
  const { code, output } = await tree.deploy();
  expect(output).toContain('the gate holds: a signed link passes, a forged one does not');
  expect(output).toMatch(/0\.1\.0-[0-9a-f]{10} is deployed/);
  expect(code).toBe(0);
  const rights = async (file: string) => ((await stat(tree.at(file))).mode & 0o7777).toString(8);
  expect(await rights('etc/tallygate/keys.conf')).toBe('600');
  expect(await rights('etc/tallygate/salts.conf')).toBe('600');
  expect(await rights('etc/tallygate/tallygate.toml')).toBe('640');
  expect(await rights('var/log/tallygate')).toBe('2751');
  expect(await rights('var/log/tallygate/downloads.log')).toBe('640');
  const [row] = await database.sql`select count(*)::int as migrations from tallygate_migrations`;
  expect(row?.migrations).toBeGreaterThan(0);
  await tree.writeSite(true);
  await tree.reload();
  await tree.gateHolds();
});

it('changes nothing when it runs again', async () => {
  await deployed();
  const before = await snapshot(tree.dir);
  const { code, output } = await tree.deploy();
  expect(output).toContain('was deployed already: nothing has changed');
  expect(output).toContain('the running NGINX: a signed link passes');
  expect(code).toBe(0);
  expect(await snapshot(tree.dir)).toEqual(before);
});

it('replaces what nobody edited, keeps what somebody did, and lays the new text beside it', async () => {
  await deployed();
  const edited = tree.at('etc/nginx/tallygate/count.conf');
  await appendFile(edited, '# ours\n');
  await appendFile(tree.at('etc/tallygate/tallygate.toml'), '# ours too\n');
  const both = (text: string) => `${text}\n# of the next release\n`;
  const next = await otherRelease('0.1.1', 'nginx/count.conf', both);
  expect(await tree.deploy(next)).toMatchObject({ code: 0 });
  expect(await readFile(edited, 'utf8')).toMatch(/# ours\n$/);
  expect(await readFile(`${edited}.new`, 'utf8')).toMatch(/# of the next release\n$/);
  expect(await readFile(tree.at('etc/tallygate/tallygate.toml'), 'utf8')).toMatch(/# ours too\n$/);

  const third = await otherRelease('0.1.2', 'nginx/service.conf', both);
  expect(await tree.deploy(third)).toMatchObject({ code: 0 });
  const replaced = await readFile(tree.at('etc/nginx/tallygate/service.conf'), 'utf8');
  expect(replaced).toMatch(/# of the next release\n$/);
});

const failures: [what: string, file: string, change: (text: string) => string, says: string][] = [
  [
    'a gate that lets everyone in',
    'nginx/refuse.conf',
    (text) => text.replace(/return 403/g, 'return 200'),
    'the gate does not hold',
  ],
  [
    'a gate without its wall',
    'nginx/protect.conf',
    (text) => text.replace(/^auth_basic .*$/m, ''),
    'the gate does not hold',
  ],
  [
    'a gate that lets nobody in',
    'nginx/protect.conf',
    (text) => text.replace('secure_link_md5 ', 'secure_link_md5 x'),
    'the gate does not hold',
  ],
  ['an njs module that does not parse', 'njs/tallygate.js', (text) => `${text}\n}`, 'NGINX refuses'],
  ['an include that NGINX refuses', 'nginx/http.conf', (text) => `${text}\nnonsense on;`, '[emerg]'],
  [
    'a report that PostgreSQL refuses',
    'sql/reports/files.sql',
    (text) => `${text}\nselect nonsense;`,
    'nonsense',
  ],
];

it.each(failures)('puts everything back after %s', async (_, file, change, says) => {
  await deployed();
  const before = await snapshot(tree.dir);
  const broken = await otherRelease('0.2.0', file, change);
  const { code, output } = await tree.deploy(broken);
  expect(output).toContain(says);
  expect(output).toContain('everything has been put back as it was');
  expect(code).toBe(1);
  expect(await snapshot(tree.dir)).toEqual(before);
  await tree.gateHolds();
});

it('puts everything back when only the running NGINX shows that it is wrong', async () => {
  await deployed();
  const file = tree.at('etc/tallygate/tallygate.toml');
  await writeFile(
    file,
    (await readFile(file, 'utf8')).replace(/^origin.*/m, 'origin = "http://127.0.0.1:9"'),
  );
  const before = await snapshot(tree.dir);
  const next = await otherRelease('0.1.1', 'nginx/service.conf', (text) => `${text}# next\n`);
  const { code, output } = await tree.deploy(next);
  expect(output).toContain('cannot ask the running NGINX at http://127.0.0.1:9');
  expect(code).toBe(1);
  expect(await snapshot(tree.dir)).toEqual(before);
  await tree.gateHolds();
  expect(await tree.deploy(next, '--probe', `127.0.0.1:${tree.port}`)).toMatchObject({ code: 0 });
});

it('puts everything back where PostgreSQL cannot be reached, and says so without the password', async () => {
  const before = await snapshot(tree.dir);
  await writeFile(
    tree.seed,
    'database_url = "postgres://me:hunter2@127.0.0.1:9/tallygate"\norigin = "http://a.example"\n',
  );
  const { code, output } = await tree.deploy();
  expect(code).toBe(1);
  expect(output).toContain('cannot reach PostgreSQL at 127.0.0.1:9/tallygate');
  expect(output).not.toContain('hunter2');
  const after = await snapshot(tree.dir);
  delete before['seed.toml'];
  delete after['seed.toml'];
  expect(after).toEqual(before);
});

it('goes back to the release before, and forward again', async () => {
  await deployed();
  const current = () => readFile(tree.at('usr/local/lib/tallygate/current/RELEASE'), 'utf8');
  const first = await current();
  const next = await otherRelease('0.1.1', 'nginx/service.conf', (text) => `${text}# next\n`);
  expect(await tree.deploy(next)).toMatchObject({ code: 0 });
  const second = await current();
  expect(second).not.toBe(first);
  const installed = tree.at('usr/local/lib/tallygate/current');
  expect(await tree.installer(installed, 'rollback')).toMatchObject({ code: 0 });
  expect(await current()).toBe(first);
  expect(await readFile(tree.at('etc/nginx/tallygate/service.conf'), 'utf8')).not.toContain('# next');
  await tree.gateHolds();
  expect(await tree.installer(installed, 'rollback', second.trim())).toMatchObject({ code: 0 });
  expect(await current()).toBe(second);
  const { output } = await tree.installer(installed, 'releases');
  expect(output).toBe(`  ${first}* ${second}`);
});

it('keeps as many releases as it is told', async () => {
  for (const version of ['0.1.1', '0.1.2', '0.1.3']) {
    const release = await otherRelease(version, 'nginx/count.conf', (text) => `${text}# ${version}\n`);
    expect(await tree.deploy(release, '--keep', '2')).toMatchObject({ code: 0 });
  }
  const { output } = await tree.installer(tree.at('usr/local/lib/tallygate/current'), 'releases');
  expect(output.match(/0\.1\.\d/g)).toEqual(['0.1.2', '0.1.3']);
});

it('undeploys once the site does without it, and leaves what is the operator’s', async () => {
  await deployed();
  const installed = tree.at('usr/local/lib/tallygate/current');
  const before = await snapshot(tree.dir);
  const refused = await tree.installer(installed, 'undeploy');
  expect(refused.output).toContain('Take the lines "include tallygate/..." out of your configuration');
  expect(refused.code).toBe(1);
  expect(await snapshot(tree.dir)).toEqual(before);

  await tree.writeSite(false);
  expect(await tree.installer(installed, 'undeploy')).toMatchObject({ code: 0 });
  const left = Object.keys(await snapshot(tree.dir)).filter((name) => /tallygate/.test(name));
  expect(left.filter((name) => !/^(etc|var)\//.test(name))).toEqual([]);
  expect(left).toContain('etc/tallygate/keys.conf');
  expect(left).toContain('etc/tallygate/tallygate.toml');
  expect(left).not.toContain('etc/nginx/tallygate');
});

it('refuses a release that was cut short on its way', async () => {
  const cut = await otherRelease('0.1.1', 'nginx/count.conf', (text) => text);
  await rm(`${cut}/nginx/protect.conf`);
  const { code, output } = await tree.deploy(cut);
  expect(output).toContain('is not whole');
  expect(code).toBe(1);
});

it('installs for a package: final names inside, twice the same', async () => {
  await tree.writeSite(false);
  expect(await tree.installer(builtRelease, '--prefix', '/usr', 'install')).toMatchObject({ code: 0 });
  const includes = await readFile(tree.at('etc/nginx/tallygate/http.conf'), 'utf8');
  expect(includes).toContain('js_import tallygate from /usr/lib/tallygate/current/njs/tallygate.js;');
  expect(includes).not.toContain(tree.dir);
  const before = await snapshot(tree.dir);
  const again = await tree.installer(builtRelease, '--prefix', '/usr', 'install');
  expect(again).toEqual({ code: 0, output: 'nothing has changed\n' });
  expect(await snapshot(tree.dir)).toEqual(before);
});
