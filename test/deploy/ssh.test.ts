// make deploy HOST=...: over a real sshd on loopback, into a second root of its own, as a person would call it.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rmdir, symlink, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Child, startChild } from '../../app/process/child.ts';
import { freePort, isListening } from '../../app/process/ports.ts';
import { until } from '../../app/process/until.ts';
import { projectRoot, temporaryFolder } from '../harness/folders.ts';
import { createDatabase, type TestDatabase } from '../harness/postgres.ts';
import { type Outcome, otherRelease, snapshot, startTree, type Tree } from './tree.ts';

const run = promisify(execFile);
// sshd insists on this folder when it is root's, and on the running system the boot makes it.
const separation = '/run/sshd';

let database: TestDatabase;
let tree: Tree;
let sshd: Child;
let ssh: string;
let madeSeparation = false;

beforeAll(async () => {
  database = await createDatabase({ template: false });
  tree = await startTree(database.url);
  if (process.getuid?.() === 0 && !existsSync(separation)) {
    await mkdir(separation, { mode: 0o755 });
    madeSeparation = true;
  }
  [sshd, ssh] = await startSshd(tree);
});
afterAll(async () => {
  await sshd?.stop();
  await tree?.nginx.stop('SIGTERM');
  await database?.drop();
  if (madeSeparation) await rmdir(separation);
});

/** An sshd with keys of its own that puts whoever logs in into the tree; and the ssh command that reaches it. */
async function startSshd({ dir }: Tree): Promise<[Child, string]> {
  const own = await temporaryFolder('sshd');
  const port = await freePort();
  const at = (name: string) => path.join(own, name);
  for (const key of ['host', 'client'])
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(key)]);
  const home = path.join(dir, 'home');
  await mkdir(home);
  await writeFile(at('enter'), `#!/bin/bash\nexport HOME=${home}\ncd\neval "$SSH_ORIGINAL_COMMAND"\n`);
  await chmod(at('enter'), 0o755);
  const host = (await readFile(at('host.pub'), 'utf8')).trim();
  await writeFile(at('known_hosts'), `[127.0.0.1]:${port} ${host}\n`);
  await writeFile(
    at('sshd_config'),
    `ListenAddress 127.0.0.1:${port}
HostKey ${at('host')}
AuthorizedKeysFile ${at('client.pub')}
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
ForceCommand ${at('enter')}
`,
  );
  const child = await startChild('/usr/sbin/sshd', ['-D', '-e', '-f', at('sshd_config')]);
  await until(async () => child.exit() !== undefined || isListening(port), 'sshd to listen');
  if (child.exit()) throw new Error(child.stderr());
  const options = `-F none -p ${port} -i ${at('client')} -o UserKnownHostsFile=${at('known_hosts')} -o BatchMode=yes`;
  return [child, `ssh ${options}`];
}

async function make(...args: string[]): Promise<Outcome> {
  const { PATH = '', HOME = '/' } = process.env;
  const child = await startChild('make', ['--no-print-directory', ...args], {
    cwd: projectRoot,
    env: { PATH, HOME },
  });
  const { code } = await child.exited;
  return { code, output: child.stdout() + child.stderr() };
}

/** What `make deploy HOST=...` runs, for a release that is not the checkout's own. */
async function send(release: string): Promise<Outcome> {
  const checkout = await temporaryFolder('checkout');
  await mkdir(path.join(checkout, 'dist'));
  await symlink(release, path.join(checkout, 'dist/release'));
  const { PATH = '', HOME = '/' } = process.env;
  const host = `${userInfo().username}@127.0.0.1`;
  const child = await startChild(
    path.join(projectRoot, 'app/deploy/remote.sh'),
    [ssh, host, '', '--destdir', tree.dir, 'deploy'],
    { cwd: checkout, env: { PATH, HOME } },
  );
  const { code } = await child.exited;
  return { code, output: child.stdout() + child.stderr() };
}

/** The tree without the courier's own folder, which is no part of the installation. */
async function installed(): Promise<Record<string, string>> {
  const seen = Object.entries(await snapshot(tree.dir));
  return Object.fromEntries(seen.filter(([name]) => !/^home(\/|$)/.test(name)));
}

const there = () => [`HOST=${userInfo().username}@127.0.0.1`, `SSH=${ssh}`, `DESTDIR=${tree.dir}`];

it('deploys, changes nothing the second time, says what it kept, and can be undone', async () => {
  const first = await make('deploy', ...there(), `CONFIG=${tree.seed}`);
  expect(first.output).toContain('is deployed');
  expect(first.code).toBe(0);
  await tree.writeSite(true);
  await tree.reload();
  await tree.gateHolds();
  expect(existsSync(tree.at('home/.cache/tallygate-release.toml'))).toBe(false);

  const before = await installed();
  const second = await make('deploy', ...there(), `CONFIG=${tree.seed}`);
  expect(second.output).toContain('nothing has changed');
  expect(second.code).toBe(0);
  expect(await installed()).toEqual(before);

  const releases = await make('releases', ...there());
  expect(releases.output).toMatch(/^\* 0\.1\.0-[0-9a-f]{10}\n$/);
  const rollback = await make('rollback', ...there());
  expect(rollback.output).toContain('no earlier release is kept here');
  expect(rollback.code).not.toBe(0);
  await tree.writeSite(false);
  const gone = await make('undeploy', ...there());
  expect(gone.output).toContain('removed');
  expect(existsSync(tree.at('usr/local/lib/tallygate'))).toBe(false);
});

it('puts everything back when a release fails over there, and goes back from one that does not', async () => {
  expect(await make('deploy', ...there(), `CONFIG=${tree.seed}`)).toMatchObject({ code: 0 });
  await tree.writeSite(true);
  await tree.reload();
  await tree.gateHolds();
  const current = () => readFile(tree.at('usr/local/lib/tallygate/current/RELEASE'), 'utf8');
  const first = await current();

  const before = await installed();
  const open = (text: string) => text.replace(/return 403/g, 'return 200');
  const failed = await send(await otherRelease('0.2.0', 'nginx/refuse.conf', open));
  expect(failed.output).toContain('the gate does not hold');
  expect(failed.output).toContain('everything has been put back as it was');
  expect(failed.code).not.toBe(0);
  expect(await installed()).toEqual(before);
  await tree.gateHolds();

  const next = await otherRelease('0.1.1', 'nginx/service.conf', (text) => `${text}# next\n`);
  expect(await send(next)).toMatchObject({ code: 0 });
  const second = await current();
  expect(second).not.toBe(first);
  const service = () => readFile(tree.at('etc/nginx/tallygate/service.conf'), 'utf8');
  expect(await service()).toMatch(/# next\n$/);

  const back = await make('rollback', ...there());
  expect(back.output).toContain('the running NGINX: a signed link passes, a forged one does not');
  expect(back.code).toBe(0);
  expect(await current()).toBe(first);
  expect(await service()).not.toContain('# next');
  await tree.gateHolds();
  expect(await make('rollback', ...there(), `RELEASE=${second.trim()}`)).toMatchObject({ code: 0 });
  expect(await current()).toBe(second);
  expect((await make('releases', ...there())).output).toBe(`  ${first}* ${second}`);

  await tree.writeSite(false);
  expect(await make('undeploy', ...there())).toMatchObject({ code: 0 });
});

it('says what is wrong when the host cannot be reached', async () => {
  const { code, output } = await make('deploy', 'HOST=nobody@127.0.0.1', `SSH=${ssh}`, `DESTDIR=${tree.dir}`);
  expect(output).toContain('cannot log in to nobody@127.0.0.1');
  expect(code).not.toBe(0);
});
