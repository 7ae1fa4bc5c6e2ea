// The NGINX that is measured, in a folder of its own: one site with a location for each variant.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { formatKeyFile } from '../../../app/keys/file.ts';
import { layOutNginx, nginxConf, placesIn } from '../../../app/nginx/lay-out.ts';
import { startNginx, workersOf } from '../../../app/nginx/start.ts';
import { type Child, startChild } from '../../../app/process/child.ts';
import { freePort, isListening } from '../../../app/process/ports.ts';
import { until } from '../../../app/process/until.ts';
import { dayOf, formatSaltFile, newSalts } from '../../../app/salts/file.ts';
import type { Engine } from './engines.ts';
import { key, ownKey } from './links.ts';
import { luaVariants, serviceVariants } from './peers.ts';
import { own, type Variant, writeFiles } from './variants.ts';

export type Site = {
  readonly engine: Engine;
  readonly folder: string;
  readonly variants: readonly Variant[];
  /** The Node service that two variants ask. */
  readonly service: Child;
};

/** One run of a site's NGINX. */
export type Running = {
  readonly port: number;
  /** The processes that take part in answering, whose time counts. */
  readonly processes: readonly number[];
  readonly worker: number;
  readonly folder: string;
};

const root = path.join(import.meta.dirname, '..');

/** Lays out a site for `engine`, runs `work` and removes it. */
export async function withSite<T>(engine: Engine, work: (site: Site) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tallygate-bench-'));
  try {
    const servicePort = await freePort();
    const variants = [...own, ...serviceVariants(servicePort), ...(engine.lua ? luaVariants : [])];
    await layOut(folder);
    await writeFiles(variants, folder);
    const script = path.join(import.meta.dirname, 'bench-gate-service.js');
    const service = await startChild(process.execPath, [script, String(servicePort)]);
    try {
      await until(() => isListening(servicePort), 'the Node service to listen');
      return await work({ engine, folder, variants, service });
    } finally {
      await service.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * Runs `work` on a fresh NGINX, so that nothing of one measurement is in another's memory.
 * @param http more for the configuration's http
 */
export async function withNginx<T>(
  site: Site,
  work: (running: Running) => Promise<T>,
  http = '',
): Promise<T> {
  const { engine, folder } = site;
  const port = await freePort();
  const parts = { main: engine.lua, http: `${http}\n${configuration(site, port)}` };
  await writeFile(path.join(folder, 'nginx.conf'), nginxConf(folder, parts, engine.programs));
  const nginx = await startNginx(folder, port, engine.programs);
  try {
    const workers = await workersOf(nginx.pid);
    const processes = [...workers, site.service.pid];
    return await work({ port, processes, worker: workers[0] as number, folder });
  } catch (error) {
    const log = await readFile(path.join(folder, 'log/error.log'), 'utf8');
    process.stderr.write(`${log.split('\n').slice(-10).join('\n')}\n`);
    throw error;
  } finally {
    await nginx.stop('SIGTERM');
  }
}

/** The version of njs that runs. */
export async function njsVersion({ port }: Running): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/bench-njs`)).text();
}

async function layOut(folder: string): Promise<void> {
  const places = placesIn(folder, '127.0.0.1:9');
  await layOutNginx(folder, places, root);
  const today = dayOf(new Date());
  const write = (name: string, content: string | Buffer) => writeFile(path.join(folder, name), content);
  await writeFile(
    path.join(places.etc, 'keys.conf'),
    formatKeyFile([{ name: '', current: key, keys: [key, ownKey] }]),
  );
  await writeFile(path.join(places.etc, 'salts.conf'), formatSaltFile(newSalts(today, 3)));
  await write('www/1k.bin', Buffer.alloc(1024, 'x'));
  await write('www/100m.bin', Buffer.alloc(100 * 1024 * 1024, 'x'));
  await write('version.js', 'export default { version: function () { return njs.version; } };\n');
  // wrk's own figures as numbers: its report rounds them.
  const numbers = `done = function(summary)
    local e = summary.errors
    io.stderr:write(string.format('{"requests":%d,"bytes":%d,"microseconds":%d,"errors":%d}',
      summary.requests, summary.bytes, summary.duration, e.connect + e.read + e.write + e.status + e.timeout))
  end`;
  await write('numbers.lua', numbers);
}

function configuration({ folder, variants }: Site, port: number): string {
  return `
keepalive_requests 1000000;
include tallygate/http.conf;
js_set $bench_njs bench.version;
${variants.map(({ http }) => http?.(folder) ?? '').join('\n')}
server {
    listen 127.0.0.1:${port};
    server_name 127.0.0.1;
    include tallygate/pages.conf;
    location = /bench-njs { js_import bench from ${folder}/version.js; return 200 $bench_njs; }
    ${variants.map(({ server }) => server(folder)).join('\n    ')}
}`;
}
