// No client's address is written anywhere: the whole system runs with a client whose address is found nowhere else,
// and then every file that it wrote is searched for it.

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import path from 'node:path';
import { expect, test } from 'vitest';
import { freePort } from '../../app/process/ports.ts';
import { until } from '../../app/process/until.ts';
import { postgresPrograms } from '../../app/run/cluster.ts';
import { etc, inSeconds, link } from '../gate/site.ts';
import { startNginx } from '../harness/nginx.ts';
import { startCluster } from '../harness/postgres.ts';
import { spawnTallygate, tallygate } from '../harness/program.ts';

const sentinel = '127.77.13.9';

/** The address as text, and as PostgreSQL keeps an inet: family, mask, four bytes. */
const forms: readonly Buffer[] = [
  Buffer.from(sentinel),
  Buffer.from([2, 32, 127, 77, 13, 9]),
  Buffer.from('7f4d0d09'),
  Buffer.from('2130513161'),
];

/** A request from the sentinel's address; the answer, of which nothing is read yet. */
function begin(port: number, target: string, headers: Record<string, string> = {}, method = 'GET') {
  return new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, path: target, method, headers, localAddress: sentinel, agent: false },
      resolve,
    );
    sent.on('error', reject);
    if (method === 'POST') sent.write('code=WRONG-WRONG-WRONG');
    sent.end();
  });
}

/** Files below `dir` that hold the sentinel in any form. */
async function holders(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.filter((one) => one.isFile())) {
    const file = path.join(entry.parentPath, entry.name);
    // A socket's lock or a temporary file may be gone by now.
    const content = await readFile(file).catch(() => Buffer.alloc(0));
    if (forms.some((form) => content.includes(form))) found.push(file);
  }
  return found;
}

test('a client’s address is in no file: logs, error log, PostgreSQL’s data and WAL, a dump', async () => {
  const cluster = await startCluster();
  const servicePort = await freePort();
  const nginx = await startNginx({
    etc: etc(),
    service: `127.0.0.1:${servicePort}`,
    files: { 'files/a.bin': new Uint8Array(300_000), 'public/b.bin': new Uint8Array(50_000) },
    // As a site would have it: NGINX's own level. The harness's is info, which names every connection.
    main: 'error_log log/site-error.log error;',
    http: 'error_log log/site-error.log error; map "" $tallygate_log_refused { default 1; }',
    server: `
      include tallygate/service.conf;
      location ^~ /files/  { include tallygate/protect.conf; }
      location ^~ /public/ { include tallygate/count.conf; }`,
  });
  const env = {
    TALLYGATE_DATABASE_URL: cluster.url(),
    TALLYGATE_ORIGIN: nginx.url,
    TALLYGATE_KEYS_FILE: path.join(nginx.places.etc, 'keys.conf'),
    TALLYGATE_SERVICE_PORT: String(servicePort),
    TALLYGATE_AGENT_LOGS: path.join(nginx.places.log, 'downloads.log'),
    TALLYGATE_AGENT_DENY_DIR: path.join(nginx.places.state, 'deny'),
    TALLYGATE_AGENT_SALTS_FILE: path.join(nginx.places.etc, 'salts.conf'),
  };
  expect(await tallygate(['migrate'], { env })).toMatchObject({ code: 0 });
  const programs = [await spawnTallygate(['serve'], { env }), await spawnTallygate(['agent'], { env })];
  await until(async () => (await fetch(`${nginx.url}/tallygate/readyz`)).ok, 'the service to be ready');

  const ask = async (target: string, headers?: Record<string, string>, method?: string) => {
    const answer = await begin(nginx.port, target, headers, method);
    await once(answer.resume(), 'close');
    return answer.statusCode;
  };
  expect(await ask(link('/files/a.bin', { token: 'tok' }))).toBe(200);
  expect(await ask(link('/files/a.bin'), { Range: 'bytes=5-9', 'User-Agent': 'caf\u00e9' })).toBe(206);
  expect(await ask(link('/files/a.bin', { address: sentinel }))).toBe(200);
  expect(await ask('/public/b.bin')).toBe(200);
  expect(await ask('/public/b.bin', {}, 'HEAD')).toBe(200);
  expect(await ask('/public/missing')).toBe(404);
  expect(await ask(link('/files/missing'))).toBe(404);
  expect(await ask('/files/a.bin')).toBe(403);
  expect(await ask(link('/files/a.bin', { expires: inSeconds(-5) }))).toBe(410);
  expect(await ask(link('/files/a.bin', { address: '203.0.113.9' }))).toBe(403);
  expect(await ask('/files/%zz')).toBe(400);
  // Five minutes' worth: all are under way still when the next one asks, and are broken off then.
  const many = link('/files/a.bin', { token: 'many', rate: 1000 });
  const held = await Promise.all(Array.from({ length: 16 }, () => begin(nginx.port, many)));
  expect(await ask(many)).toBe(503);
  for (const answer of held) answer.destroy();
  expect(await ask('/tallygate/api/v1/files')).toBe(401);
  await ask('/tallygate/redeem', { 'Content-Type': 'application/x-www-form-urlencoded' }, 'POST');
  await ask('/tallygate/internal/authorize');

  const dumped = await until(async () => {
    const { stdout } = await tallygate(['status'], { env });
    const text = await dump(cluster.url());
    return /\b[1-9]\d* /.test(stdout) && text.includes('/public/b.bin') && text;
  }, 'the downloads to be counted');
  expect(dumped).toContain('/files/a.bin');
  expect(dumped).not.toContain(sentinel);

  await Promise.all(programs.map((program) => program.stop('SIGTERM')));
  await nginx.stop();
  await cluster.stop();
  // What the programs printed, which a service manager would keep.
  await writeFile(
    path.join(nginx.dir, 'programs.log'),
    programs.map((one) => one.stdout() + one.stderr()).join(''),
  );
  // The harness's own error log, at level info, is not a site's.
  const written = (await holders(nginx.dir)).filter((file) => !file.endsWith('log/error.log'));
  expect(written).toEqual([]);
  expect(await holders(cluster.dir)).toEqual([]);
  // The search does find what is there.
  await writeFile(path.join(nginx.dir, 'planted'), Buffer.concat([Buffer.alloc(99), forms[1] as Buffer]));
  expect(await holders(nginx.dir)).toContain(path.join(nginx.dir, 'planted'));
});

async function dump(url: string): Promise<string> {
  return execFileSync(path.join(postgresPrograms(), 'pg_dump'), ['--inserts', url], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
}
