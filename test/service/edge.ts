// The whole of it for a test: PostgreSQL, NGINX, `serve` and `agent`, with the site's files behind both kinds of gate.

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { freePort } from '../../app/process/ports.ts';
import { until } from '../../app/process/until.ts';
import { type AddressMode, dayOf, formatSaltFile, newSalts } from '../../app/salts/file.ts';
import { etc } from '../gate/site.ts';
import { type Nginx, startNginx } from '../harness/nginx.ts';
import { createDatabase, type TestDatabase } from '../harness/postgres.ts';
import { spawnTallygate, tallygate } from '../harness/program.ts';

export type Edge = {
  nginx: Nginx;
  database: TestDatabase;
  apiKey: string;
  env: Record<string, string>;
  /** A request to the API through NGINX. */
  api: (method: string, path: string, body?: unknown) => Promise<Response>;
  stop: () => Promise<void>;
};

export const fileSize = 300_000;

export type EdgeOptions = {
  address?: AddressMode;
  /** What else stands in NGINX's server block. */
  server?: string;
  /** What else stands in NGINX's http block. */
  http?: string;
  /** More files of the site, by name. */
  files?: Readonly<Record<string, string | Uint8Array>>;
  /** [tokens] retry_grace, in seconds. */
  retryGrace?: number;
};

/** Starts everything; /files/ is behind protect.conf, /strict/ behind protect-strict.conf. */
export async function startEdge({
  address = 'none',
  server = '',
  http = '',
  files = {},
  retryGrace = 600,
}: EdgeOptions = {}): Promise<Edge> {
  const database = await createDatabase();
  const saltText = formatSaltFile(newSalts(dayOf(new Date()), 3), address);
  const servicePort = await freePort();
  const content = new Uint8Array(fileSize).fill(65);
  const nginx = await startNginx({
    service: `127.0.0.1:${servicePort}`,
    http,
    etc: { ...etc(), 'salts.conf': saltText },
    files: {
      ...files,
      'files/a.bin': content,
      'files/b.bin': content,
      'strict/a.bin': content,
      'strict/b.bin': content,
      'slow/b.bin': content,
    },
    // The site's own log, as a site has one.
    server: `
      access_log log/site.log combined;
      location ^~ /files/  { include tallygate/protect.conf; }
      location ^~ /strict/ { include tallygate/protect-strict.conf; }
      location ^~ /slow/   { include tallygate/protect-strict.conf; limit_rate 1000; }
      ${server}
      include tallygate/service.conf;`,
  });
  const salts = path.join(nginx.dir, 'agent-salts.conf');
  await writeFile(salts, saltText);
  const env = {
    TALLYGATE_DATABASE_URL: database.url,
    TALLYGATE_EDGE: 'test',
    TALLYGATE_ORIGIN: nginx.url,
    TALLYGATE_KEYS_FILE: path.join(nginx.places.etc, 'keys.conf'),
    TALLYGATE_SERVICE_PORT: String(servicePort),
    TALLYGATE_AGENT_LOGS: path.join(nginx.places.log, 'downloads.log'),
    TALLYGATE_AGENT_DENY_DIR: path.join(nginx.places.state, 'deny'),
    TALLYGATE_AGENT_SALTS_FILE: salts,
    TALLYGATE_AGENT_ADDRESSES_LOG: path.join(nginx.places.log, 'addresses.log'),
    TALLYGATE_PRIVACY_ADDRESS: address,
    TALLYGATE_TOKENS_RETRY_GRACE: String(retryGrace),
  };
  const created = await tallygate(['api-keys', 'create', 'edge', '--quiet'], { env });
  const apiKey = created.stdout.trim();
  const programs = [await spawnTallygate(['serve'], { env }), await spawnTallygate(['agent'], { env })];
  await until(async () => (await fetch(`${nginx.url}/tallygate/readyz`)).ok, 'the service to be ready');
  return {
    nginx,
    database,
    apiKey,
    env,
    api: (method, at, body) =>
      fetch(`${nginx.url}/tallygate/api/v1${at}`, {
        method,
        headers: {
          authorization: `Bearer ${apiKey}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    async stop() {
      await Promise.all(programs.map((program) => program.stop('SIGTERM')));
      await nginx.stop();
      await database.drop();
    },
  };
}
