// The units, as systemd itself judges them, and the rights that go with them.

import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { layoutOf, unitFiles } from '../../app/deploy/layout.ts';
import { projectRoot, temporaryFolder } from '../harness/folders.ts';

const run = promisify(execFile);
const files = path.join(projectRoot, 'app/deploy/files');
const layout = layoutOf({
  prefix: '/usr/local',
  destdir: '',
  kind: 'lived-in',
  nginxUser: 'www-data',
  node: process.execPath,
  service: '127.0.0.1:8377',
});

async function layOut(): Promise<string> {
  const folder = await temporaryFolder('units');
  for (const name of unitFiles)
    await writeFile(path.join(folder, name), layout.fill(await readFile(path.join(files, name), 'utf8')));
  return folder;
}

it('systemd understands every line', async () => {
  const folder = await layOut();
  const units = unitFiles.map((name) => path.join(folder, name));
  const { stderr } = await run('systemd-analyze', ['verify', '--man=no', ...units]);
  expect(stderr).toBe('');
});

it.each(unitFiles.filter((name) => name.endsWith('.service')))('%s is exposed to little', async (name) => {
  const unit = path.join(await layOut(), name);
  const { stdout } = await run('systemd-analyze', ['security', '--offline=true', '--no-pager', unit]);
  const [line = '', score] = /Overall exposure level for \S+: ([\d.]+) .*/.exec(stdout) ?? [];
  process.stdout.write(`${line}\n`);
  expect(Number(score)).toBeLessThanOrEqual(1.3);
});

it('systemd-tmpfiles and systemd-sysusers make the folders and the account as listed', async () => {
  // Both work on a tree only as root.
  if (process.getuid?.() !== 0) return;
  const root = await temporaryFolder('root');
  const at = (name: string) => path.join(root, name);
  for (const folder of ['etc', 'var/log', 'var/lib', 'run']) await mkdir(at(folder), { recursive: true });
  await writeFile(at('etc/passwd'), 'root:x:0:0::/:/bin/sh\nwww-data:x:33:33::/:/usr/sbin/nologin\n');
  await writeFile(at('etc/group'), 'root:x:0:\nwww-data:x:33:\n');
  await run('systemd-sysusers', [`--root=${root}`, path.join(files, 'tallygate.sysusers')]);
  await run('systemd-tmpfiles', [`--root=${root}`, '--create', path.join(files, 'tallygate.tmpfiles')]);
  expect(await readFile(at('etc/passwd'), 'utf8')).toMatch(/^tallygate:.*:\/usr\/sbin\/nologin$/m);
  const { stdout } = await run('stat', [
    '-c',
    '%a %u %n',
    at('etc/tallygate'),
    at('var/log/tallygate'),
    at('var/log/tallygate/downloads.log'),
    at('var/lib/tallygate/deny/t'),
  ]);
  const uid = /^tallygate:x:(\d+)/m.exec(await readFile(at('etc/passwd'), 'utf8'))?.[1];
  expect(stdout.replaceAll(root, '').trim().split('\n')).toEqual([
    '750 0 /etc/tallygate',
    '2751 0 /var/log/tallygate',
    '640 33 /var/log/tallygate/downloads.log',
    `755 ${uid} /var/lib/tallygate/deny/t`,
  ]);
});
