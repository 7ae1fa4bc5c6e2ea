// The installation under a real systemd: booted by systemd-nspawn from this machine's own files below an overlay, in
// namespaces of its own. What it writes goes with the overlay; nothing of this machine's is started or changed.

import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Child, startChild } from '../../app/process/child.ts';
import { until } from '../../app/process/until.ts';
import { postgresPrograms } from '../../app/run/cluster.ts';
import { temporaryFolder } from '../harness/folders.ts';
import { builtRelease, otherRelease } from './tree.ts';

const run = promisify(execFile);
const needed = ['/usr/bin/systemd-nspawn', '/lib/systemd/system/nginx.service', '/usr/bin/nsenter'];
const canBoot = process.getuid?.() === 0 && needed.every(existsSync) && mounts();

/** Whether this machine lets us lay an overlay over its root. */
function mounts(): boolean {
  try {
    execFileSync('unshare', [
      '--mount',
      'sh',
      '-c',
      `mount -t tmpfs tmpfs /mnt && mkdir /mnt/u /mnt/w /mnt/r &&
       mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/u,workdir=/mnt/w /mnt/r`,
    ]);
    return true;
  } catch {
    return false;
  }
}

const nginxConf = (withTallygate: boolean) => `user www-data;
worker_processes 1;
pid /run/nginx.pid;
include /etc/nginx/modules-enabled/*.conf;
events { worker_connections 64; }
http {
    ${withTallygate ? 'include tallygate/http.conf;' : ''}
    server {
        listen 127.0.0.1:80;
        root /srv;
        location ^~ /downloads/ { ${withTallygate ? 'include tallygate/protect.conf;' : ''} }
        ${withTallygate ? 'include tallygate/service.conf;' : ''}
    }
}
`;

describe.skipIf(!canBoot)('under systemd', () => {
  let folder: string;
  let machine: Child;
  let leader: string;
  const at = (name: string) => path.join(folder, 'root', name);

  /** Runs a line of shell in the machine; what it printed and how it ended. */
  async function inside(command: string): Promise<{ code: number; output: string }> {
    const shell = [
      'env',
      '-i',
      'PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'HOME=/root',
      'bash',
      '-c',
    ];
    const child = await startChild('nsenter', [
      '-t',
      leader,
      '-m',
      '-u',
      '-i',
      '-n',
      '-p',
      '-C',
      '-r',
      '-w',
      ...shell,
      `${command} 2>&1`,
    ]);
    const { code } = await child.exited;
    return { code: code ?? -1, output: child.stdout() + child.stderr() };
  }
  async function must(command: string): Promise<string> {
    const { code, output } = await inside(command);
    if (code !== 0) throw new Error(`${command}\n${output}`);
    return output.trim();
  }

  beforeAll(async () => {
    folder = await temporaryFolder('systemd');
    await run('mount', ['-t', 'tmpfs', '-o', 'size=2g,mode=0755', 'tmpfs', folder]);
    for (const name of ['upper', 'work', 'root']) await mkdir(path.join(folder, name));
    const layers = `lowerdir=/,upperdir=${folder}/upper,workdir=${folder}/work`;
    await run('mount', ['-t', 'overlay', 'overlay', '-o', layers, `${folder}/root`]);
    await cp(builtRelease, at('srv/release'), { recursive: true });
    await mkdir(at('srv/downloads'));
    await writeFile(at('srv/downloads/a.txt'), 'hello\n');
    await writeFile(
      at('srv/first.toml'),
      'database_url = "postgres://tallygate@127.0.0.1/tallygate"\norigin = "http://127.0.0.1"\n',
    );
    // basic.target: nothing that is installed here starts by itself.
    machine = await startChild(
      'systemd-nspawn',
      [
        '--register=no',
        '--keep-unit',
        '--private-network',
        '--link-journal=no',
        '--console=pipe',
        '-D',
        at(''),
        '--boot',
        'systemd.unit=basic.target',
      ],
      { env: { ...process.env, SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1' } },
    );
    leader = await until(async () => {
      const children = await readFile(`/proc/${machine.pid}/task/${machine.pid}/children`, 'utf8');
      for (const pid of children.trim().split(' ')) {
        const command = await readFile(`/proc/${pid}/cmdline`, 'utf8');
        if (/^\S*\/systemd\0/.test(command)) return pid;
      }
      return undefined;
    }, 'systemd-nspawn to start systemd');
    await until(
      async () => /running|degraded/.test((await inside('systemctl is-system-running')).output),
      'systemd',
    );
    const bin = postgresPrograms();
    await must(`ip link set lo up && install -d -o postgres /srv/pg && cd /srv/pg &&
      su postgres -c '${bin}/initdb -D /srv/pg/data -A trust --no-sync && ${bin}/pg_ctl -w -D /srv/pg/data -l /srv/pg/log \
        -o "-p 5432 -c unix_socket_directories=/srv/pg -c listen_addresses=127.0.0.1" start &&
        createuser -h 127.0.0.1 tallygate && createdb -h 127.0.0.1 --owner=tallygate tallygate'`);
    await writeFile(at('etc/nginx/nginx.conf'), nginxConf(false));
    await must('rm -rf /etc/tallygate /etc/nginx/tallygate && systemctl start nginx');
  });
  afterAll(async () => {
    if (leader) await inside('systemctl --force --force poweroff').catch(() => {});
    await machine?.stop('SIGKILL');
    for (const name of [`${folder}/root`, folder]) await run('umount', ['-l', name]).catch(() => {});
  });

  it('deploys: units run, secrets reach serve alone, what is downloaded is counted', async () => {
    const deployed = await inside('node /srv/release/deploy.js deploy --config /srv/first.toml');
    expect(deployed.output).toContain('running: tallygate-serve, tallygate-agent');
    expect(deployed.code).toBe(0);
    await writeFile(at('etc/nginx/nginx.conf'), nginxConf(true));
    await must('nginx -t && systemctl reload nginx');

    const pid = await must('systemctl show -p MainPID --value tallygate-serve');
    const environment = await must(`tr "\\0" "\\n" < /proc/${pid}/environ`);
    expect(environment).toContain('TALLYGATE_KEYS_FILE=/run/credentials/tallygate-serve.service/keys.conf');
    const secrets = '/run/credentials/tallygate-serve.service';
    expect(await must(`nsenter -t ${pid} -m stat -c '%U %a %n' ${secrets}/*`)).toBe(
      `tallygate 400 ${secrets}/codes.key\ntallygate 400 ${secrets}/keys.conf`,
    );
    await must(`nsenter -t ${pid} -m cmp ${secrets}/keys.conf /etc/tallygate/keys.conf`);
    const asUser = 'setpriv --reuid tallygate --regid tallygate --init-groups';
    expect((await inside(`${asUser} cat /etc/tallygate/keys.conf`)).output).toContain('Permission denied');
    expect(await must(`grep -hE 'CapBnd|NoNewPrivs|Seccomp:' /proc/${pid}/status`)).toMatch(
      /CapBnd:\s+0+\nNoNewPrivs:\s+1\nSeccomp:\s+2/,
    );

    const link = await must('tallygate link /downloads/a.txt');
    const status = (url: string) => must(`curl -s -o /dev/null -w '%{http_code}' '${url}'`);
    // A worker of before the reload serves both.
    await until(
      async () => `${await status(link)} ${await status(link.replace('s=', 's=x'))}` === '200 403',
      'a signed link to pass, and a forged one not',
    );
    await until(
      async () => /all accounted for/.test((await inside('tallygate status')).output),
      'it to be counted',
    );
  });

  it('drops salts as root without rights, and brings the agent back', async () => {
    await must('systemctl start tallygate-salts.service');
    expect(await must('systemctl show -p Result --value tallygate-salts.service')).toBe('success');
    const before = await must('systemctl show -p MainPID --value tallygate-agent');
    await must(`kill -9 ${before}`);
    await until(async () => {
      const { output } = await inside('systemctl show -p MainPID --value tallygate-agent');
      return !['0', before].includes(output.trim());
    }, 'systemd to start the agent again');
  });

  it('has a doctor that finds nothing', async () => {
    await until(async () => {
      const { code, output } = await inside('tallygate doctor');
      if (code === 0) process.stdout.write(output);
      return code === 0 && output.includes('0 to look at, 0 wrong');
    }, 'the doctor to be content');
  });

  it('puts everything back when a release does not come up', async () => {
    const before = await must('readlink /usr/local/lib/tallygate/current');
    const broken = await otherRelease('0.2.0', 'tallygate.js', (text) =>
      text.replace('\n', '\nthrow new Error("broken on purpose");\n'),
    );
    await cp(broken, at('srv/broken'), { recursive: true });
    const { code, output } = await inside('node /srv/broken/deploy.js deploy');
    expect(output).toContain('tallygate serve is not ready');
    expect(output).toContain('everything has been put back as it was');
    expect(code).toBe(1);
    expect(await must('readlink /usr/local/lib/tallygate/current')).toBe(before);
    await until(async () => {
      const { output: said } = await inside(
        'systemctl is-active tallygate-serve tallygate-agent; curl -sf 127.0.0.1:8377/readyz',
      );
      return /^active\nactive\n/.test(said);
    }, 'the units of before');
  });
});
