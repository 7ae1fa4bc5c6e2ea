// A real NGINX with our includes, a real agent behind it, and two logs of NGINX's own beside ours: the combined log that the
// peers read, and one that says what NGINX sent for each request of the proxy's.

import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { connect } from '../../app/db/connection.ts';
import { formatKeyFile } from '../../app/keys/file.ts';
import type { Hs256Key } from '../../app/keys/ring.ts';
import { type LinkFields, signLink } from '../../app/link/sign.ts';
import { layOutNginx, nginxConf, placesIn } from '../../app/nginx/lay-out.ts';
import { startNginx } from '../../app/nginx/start.ts';
import { type Child, startChild } from '../../app/process/child.ts';
import { freePort } from '../../app/process/ports.ts';
import { until } from '../../app/process/until.ts';
import { dayOf, formatSaltFile, newSalts } from '../../app/salts/file.ts';
import type { Exchange } from './observer.ts';
import { names, type Request, type Sums } from './sums.ts';

/** From the bundle in dist/, or from this source. */
export const root = path.join(
  import.meta.dirname,
  path.basename(import.meta.dirname) === 'dist' ? '..' : '../..',
);

const key: Hs256Key = {
  kind: 'hs256',
  id: 'a1',
  secret: 'kU0R3nq1mW7m3cJ2u4v8yB6pXwTzLd5s',
  since: '2026-11-21',
};

/** How NGINX listens: as it does by itself, and with a small socket buffer (nginx/README.md, Sent, and arrived). */
export const buffers = ['default', 'sndbuf=65536'] as const;
export type BufferSetting = (typeof buffers)[number];

export type Site = {
  readonly folder: string;
  readonly ports: Readonly<Record<BufferSetting, number>>;
  readonly combinedLog: string;
  /** A signed link, good for an hour unless `fields` say otherwise. */
  sign(path: string, fields?: Partial<LinkFields>): string;
  /** Puts a file of this size below /files/ and /public/; `head` is how it begins. */
  lay(name: string, size: number, head?: Uint8Array): Promise<void>;
  /** What NGINX sent for each of these, once its log has all of them. */
  sent(exchanges: readonly Exchange[]): Promise<Request[]>;
  /** What the agent counted of each path, once it has read every line. */
  counted(): Promise<Map<string, Sums>>;
  stop(): Promise<void>;
};

export async function startSite(folder: string, databaseUrl: string): Promise<Site> {
  const places = placesIn(folder, '127.0.0.1:9');
  await layOutNginx(folder, places, root);
  const salts = formatSaltFile(newSalts(dayOf(new Date()), 3));
  await writeFile(
    path.join(places.etc, 'keys.conf'),
    formatKeyFile([{ name: '', current: key, keys: [key] }]),
    { mode: 0o600 },
  );
  await writeFile(path.join(places.etc, 'salts.conf'), salts, { mode: 0o600 });
  const www = path.join(folder, 'www/files');
  await mkdir(www);
  const ports = { default: await freePort(), 'sndbuf=65536': await freePort() };
  await writeFile(path.join(folder, 'nginx.conf'), nginxConf(folder, { http: site(ports, folder) }));
  const nginx = await startNginx(folder, ports.default);
  const agent = await startAgent(folder, databaseUrl, path.join(places.log, 'downloads.log'));
  const sql = connect(databaseUrl, { max: 1 });
  const lines = async (name: string) =>
    (await readFile(path.join(places.log, name), 'utf8')).split('\n').filter(Boolean);
  return {
    folder,
    ports,
    combinedLog: path.join(places.log, 'combined.log'),
    sign: (file, fields = {}) =>
      signLink(key, { path: file, expires: Math.floor(Date.now() / 1000) + 3600, ...fields }, ''),
    async lay(name, size, head = new Uint8Array()) {
      const file = path.join(www, name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, head);
      // The rest is a hole: it is sent like any other bytes, and takes no room on the disk.
      await truncate(file, size);
    },
    async sent(exchanges) {
      const log = await until(async () => {
        const found = new Map((await lines('sent.log')).map((line) => [line.split(' ', 1)[0] ?? '', line]));
        return exchanges.every((exchange) => found.has(exchange.key)) && found;
      }, "every request in NGINX's own log");
      return exchanges.map((exchange) => {
        const [, sent, at] = (log.get(exchange.key) ?? '').split(' ');
        const address = exchange.key.split(':', 1)[0];
        const day = new Date(Number(at) * 1000).toISOString().slice(0, 10);
        return { ...exchange, sent: Number(sent), visitor: `${day} ${address} ${exchange.agent}` };
      });
    },
    async counted() {
      const written = (await lines('downloads.log')).length;
      await until(async () => {
        const [row] = await sql`select coalesce(sum(lines), 0)::int as lines from sources`;
        return row?.lines === written;
      }, `the agent to read ${written} lines`);
      const rows = await sql<({ path: string } & Sums)[]>`
        select path, sum(requests)::float8 as requests, sum(downloads)::float8 as downloads,
          sum(completed)::float8 as completed, sum(copies)::float8 as copies, sum(bytes)::float8 as bytes
        from report.files group by path`;
      return new Map(rows.map((row) => [row.path, pick(row)]));
    },
    async stop() {
      await sql.end();
      await agent.stop();
      await nginx.stop('SIGQUIT');
    },
  };
}

const pick = (row: Sums): Sums => Object.fromEntries(names.map((name) => [name, row[name]])) as Sums;

function startAgent(folder: string, databaseUrl: string, log: string): Promise<Child> {
  return startChild(process.execPath, [path.join(root, 'dist/tallygate.js'), 'agent'], {
    env: {
      PATH: process.env.PATH ?? '',
      TALLYGATE_CONFIG: '/dev/null',
      TALLYGATE_DATABASE_URL: databaseUrl,
      TALLYGATE_EDGE: 'truth',
      TALLYGATE_AGENT_LOGS: log,
      TALLYGATE_AGENT_DENY_DIR: path.join(folder, 'state/deny'),
      TALLYGATE_AGENT_SALTS_FILE: path.join(folder, 'etc/salts.conf'),
    },
  });
}

function site(ports: Site['ports'], folder: string): string {
  const sent = `access_log ${folder}/log/sent.log sent;`;
  const logs = `access_log ${folder}/log/combined.log combined; ${sent}`;
  return `
log_format sent '$remote_addr:$remote_port:$connection_requests $body_bytes_sent $msec';
include tallygate/http.conf;
server {
    listen 127.0.0.1:${ports.default};
    listen 127.0.0.1:${ports['sndbuf=65536']} sndbuf=65536;
    root ${folder}/www;
    types { text/html html; audio/wav wav; video/mp4 mp4; application/zip zip; application/vnd.apple.mpegurl m3u8; }
    include tallygate/segments.conf;
    location ^~ /files/  { include tallygate/protect.conf; ${logs} }
    location ^~ /public/ { include tallygate/count.conf; alias ${folder}/www/files/; ${logs} }
    location = /page     { default_type text/html; return 200 "<!doctype html><title>Files</title>"; ${sent} }
    location /           { return 404; ${sent} }
}
`;
}
