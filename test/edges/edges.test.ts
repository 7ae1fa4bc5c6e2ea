// A site on three hosts: three NGINXs with an agent each, two `serve`, one PostgreSQL. What is revoked once is dead
// everywhere, a download that moves from host to host is one, and a host that is cut off loses nothing.

import { utimes, writeFile } from 'node:fs/promises';
import { connect as connectSocket, createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Child } from '../../app/process/child.ts';
import { freePort } from '../../app/process/ports.ts';
import { until } from '../../app/process/until.ts';
import { etc, startSite } from '../gate/site.ts';
import { temporaryFolder } from '../harness/folders.ts';
import type { Nginx } from '../harness/nginx.ts';
import { createDatabase, type TestDatabase } from '../harness/postgres.ts';
import { spawnTallygate, tallygate } from '../harness/program.ts';

const size = 100_000;
const names = ['fra1', 'nyc1', 'sin1'] as const;
type Edge = { nginx: Nginx; env: Record<string, string>; link: Link };

let database: TestDatabase;
const edges: Edge[] = [];
const serves: string[] = [];
let programs: Child[] = [];
let apiKey: string;

beforeAll(async () => {
  database = await createDatabase();
  const secrets = etc();
  const keys = await temporaryFolder('keys');
  await writeFile(path.join(keys, 'keys.conf'), secrets['keys.conf'] as string, { mode: 0o600 });
  const content = Buffer.alloc(size, 'tallygate');
  for (const edge of names) {
    const nginx = await startSite({ etc: secrets, files: { 'files/a.iso': content } });
    // The entity tag is made of time and size: hosts that serve one file must agree on both (rsync -a does).
    await utimes(path.join(nginx.dir, 'www/files/a.iso'), 1_795_000_000, 1_795_000_000);
    const link = await startLink(database.url);
    edges.push({
      nginx,
      link,
      env: {
        TALLYGATE_DATABASE_URL: link.url,
        TALLYGATE_EDGE: edge,
        TALLYGATE_AGENT_LOGS: path.join(nginx.places.log, 'downloads.log'),
        TALLYGATE_AGENT_DENY_DIR: path.join(nginx.places.state, 'deny'),
        TALLYGATE_AGENT_SALTS_FILE: path.join(nginx.places.etc, 'salts.conf'),
      },
    });
  }
  programs = await Promise.all(edges.map(({ env }) => spawnTallygate(['agent'], { env })));
  const common = {
    TALLYGATE_DATABASE_URL: database.url,
    TALLYGATE_ORIGIN: 'http://127.0.0.1',
    TALLYGATE_KEYS_FILE: path.join(keys, 'keys.conf'),
  };
  for (let count = 0; count < 2; count += 1) {
    const port = await freePort();
    const env = { ...common, TALLYGATE_SERVICE_PORT: String(port) };
    programs.push(await spawnTallygate(['serve'], { env }));
    serves.push(`http://127.0.0.1:${port}`);
  }
  apiKey = (await tallygate(['api-keys', 'create', 'test', '--quiet'], { env: common })).stdout.trim();
  await until(
    async () => (await Promise.all(serves.map((url) => fetch(`${url}/readyz`)))).every(({ ok }) => ok),
    'both serve',
  );
});
afterAll(async () => {
  for (const program of programs) await program.stop();
  for (const { nginx, link } of edges) {
    await nginx.stop();
    link.close();
  }
  await database.drop();
});

type Link = { url: string; cut(): void; mend(): void; close(): void };

/** A way to PostgreSQL that can be cut, as a network is: what is open breaks off, what is new is refused. */
async function startLink(databaseUrl: string): Promise<Link> {
  const target = new URL(databaseUrl);
  const open = new Set<Socket>();
  let isCut = false;
  const server: Server = createServer((client) => {
    if (isCut) return void client.destroy();
    const onward = connectSocket(Number(target.port), '127.0.0.1');
    for (const [from, to] of [
      [client, onward],
      [onward, client],
    ] as const) {
      open.add(from);
      from.on('error', () => {});
      from.on('close', () => {
        open.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(databaseUrl);
  url.port = String((server.address() as { port: number }).port);
  const breakOff = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    url: url.href,
    cut() {
      isCut = true;
      breakOff();
    },
    mend() {
      isCut = false;
    },
    close() {
      breakOff();
      server.close();
    },
  };
}

async function call(
  serve: string | undefined,
  method: string,
  route: string,
  body?: unknown,
): Promise<Response> {
  return fetch(`${serve}/tallygate/api/v1/${route}`, {
    method,
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', host: '127.0.0.1' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** Issues a token; answers its id and its link without the origin. */
async function issue(label: string): Promise<{ id: string; target: string }> {
  const response = await call(serves[0], 'POST', 'tokens', { path: '/files/a.iso', ttl: 3600, label });
  expect(response.status).toBe(201);
  const { id, link } = (await response.json()) as { id: string; link: string };
  return { id, target: link.replace('http://127.0.0.1', '') };
}

async function get(edge: Edge | undefined, target: string, range?: string): Promise<number> {
  const response = await fetch(`${edge?.nginx.url}${target}`, range ? { headers: { range } } : {});
  await response.arrayBuffer();
  return response.status;
}

type Counts = { requests: number; downloads: number; completed: number; bytes: number };

/** What the transfers of a token come to. */
async function counts(token: string): Promise<Counts & { transfers: number }> {
  const [row] = await database.sql<(Counts & { transfers: number })[]>`
    select count(*)::int as transfers, coalesce(sum(requests), 0)::int as requests,
      count(*) filter (where state >= 1)::int as downloads, count(*) filter (where state >= 2)::int as completed,
      coalesce(sum(sent), 0)::int as bytes
    from transfers where token_id = ${token}`;
  return row as Counts & { transfers: number };
}

const counted = (token: string, requests: number) =>
  until(
    async () => ((await counts(token)).requests >= requests ? counts(token) : undefined),
    `${requests} requests`,
  );

it('a download that moves from host to host is one transfer, and completes', async () => {
  const { id, target } = await issue('moves');
  const [a, b, c] = edges;
  expect(await get(a, target, 'bytes=0-39999')).toBe(206);
  expect(await get(b, target, 'bytes=40000-69999')).toBe(206);
  expect(await get(c, target, 'bytes=70000-')).toBe(206);
  expect(await counted(id, 3)).toEqual({
    transfers: 1,
    requests: 3,
    downloads: 1,
    completed: 1,
    bytes: size,
  });
});

it('a token that is revoked once is dead at every host, with no reload', async () => {
  const { id, target } = await issue('revoked');
  for (const edge of edges) expect(await get(edge, target)).toBe(200);
  // At the other serve than the one it was issued by.
  expect((await call(serves[1], 'POST', `tokens/${id}/revoke`, {})).status).toBeLessThan(300);
  await until(
    async () => (await Promise.all(edges.map((edge) => get(edge, target)))).every((status) => status === 410),
    'all three to refuse it',
  );
});

it('a host that is cut off serves on, loses nothing, and catches up with counts and revocations', async () => {
  const { id, target } = await issue('cut off');
  const revoked = await issue('revoked meanwhile');
  const [cut, other] = [edges[2] as Edge, edges[0] as Edge];
  expect(await get(cut, target)).toBe(200);
  await counted(id, 1);
  cut.link.cut();
  const downloads = 60;
  for (let done = 0; done < downloads; done += 1) {
    expect(await get(cut, target)).toBe(200);
    // Its logs are rotated meanwhile, as they would be in an hour.
    if (done % 20 === 10) await cut.nginx.rotate(`.${3 - Math.floor(done / 20)}`);
  }
  expect((await call(serves[0], 'POST', `tokens/${revoked.id}/revoke`, {})).status).toBeLessThan(300);
  await until(async () => (await get(other, revoked.target)) === 410, 'the others to refuse it');
  expect(await get(cut, revoked.target)).toBe(200);
  expect((await counts(id)).requests).toBe(1);

  cut.link.mend();
  expect(await counted(id, downloads + 1)).toMatchObject({
    requests: downloads + 1,
    bytes: size * (downloads + 1),
  });
  await until(async () => (await get(cut, revoked.target)) === 410, 'it to refuse what was revoked');
  const [sums] =
    await database.sql`select sum(lines)::int as lines, sum(requests)::int as requests from sources`;
  expect(sums?.lines).toBe(sums?.requests);
});
