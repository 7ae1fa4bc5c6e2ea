// `tallygate keys rotate` on two hosts, of which one is reloaded late: an NGINX, an agent and a `serve` on each. At no
// moment is a freshly issued link refused, and nobody can sign with a key that some edge does not have.

import { once } from 'node:events';
import { copyFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../app/config/load.ts';
import { examineEdgeKeys } from '../../app/doctor/edges.ts';
import { accept, newKey, newRing } from '../../app/keys/change.ts';
import type { Child } from '../../app/process/child.ts';
import { freePort } from '../../app/process/ports.ts';
import { until } from '../../app/process/until.ts';
import { etc, startSite } from '../gate/site.ts';
import type { Nginx } from '../harness/nginx.ts';
import { createDatabase, type TestDatabase } from '../harness/postgres.ts';
import { spawnTallygate, tallygate } from '../harness/program.ts';

/** Much longer than NGINX waits for the first request of a connection (client_header_timeout below). */
const settle = 10;

type Host = {
  name: string;
  nginx: Nginx;
  keysFile: string;
  env: Record<string, string>;
  serve: string;
  agent: Child;
};

describe.each([
  ['the default ring', '', 'a'],
  ['the ring of a site', 'site-a', 'b'],
])('%s', (_, ring, letter) => {
  const [first, second, third] = [1, 2, 3].map((n) => `${letter}${n}`) as [string, string, string];
  let database: TestDatabase;
  const hosts: Host[] = [];
  const programs: Child[] = [];
  let apiKey: string;

  beforeAll(async () => {
    database = await createDatabase();
    const rings = accept([newRing(newKey('a1', new Date()))], 'site-a', undefined, new Date());
    for (const name of ['fra1', 'nyc1']) {
      const nginx = await startSite({
        etc: etc(rings),
        http: 'client_header_timeout 1s;',
        server: ring && `set $tallygate_keys ${ring};`,
      });
      const port = await freePort();
      const keysFile = path.join(nginx.places.etc, 'keys.conf');
      const env = {
        TALLYGATE_DATABASE_URL: database.url,
        TALLYGATE_EDGE: name,
        TALLYGATE_ORIGIN: nginx.url,
        TALLYGATE_KEYS_FILE: keysFile,
        TALLYGATE_KEYS_RING: ring,
        TALLYGATE_KEYS_SETTLE: String(settle),
        TALLYGATE_SERVICE_PORT: String(port),
        TALLYGATE_AGENT_LOGS: path.join(nginx.places.log, 'downloads.log'),
        TALLYGATE_AGENT_DENY_DIR: path.join(nginx.places.state, 'deny'),
        TALLYGATE_AGENT_SALTS_FILE: path.join(nginx.places.etc, 'salts.conf'),
      };
      const serve = await spawnTallygate(['serve'], { env });
      const agent = await spawnTallygate(['agent'], { env });
      programs.push(serve, agent);
      hosts.push({ name, nginx, keysFile, env, agent, serve: `http://127.0.0.1:${port}` });
    }
    const made = await tallygate(['api-keys', 'create', 'test', '--quiet'], { env: here().env });
    apiKey = made.stdout.trim();
    for (const { serve } of hosts)
      await until(async () => (await fetch(`${serve}/readyz`)).ok, 'serve to be ready', 120_000);
    await until(
      async () => (await list()).match(/on fra1, nyc1/g)?.length === 2,
      'both agents to report',
      120_000,
    );
  });
  afterAll(async () => {
    await Promise.all(programs.map((program) => program.stop('SIGTERM')));
    for (const { nginx } of hosts) await nginx.stop();
    await database.drop();
  });

  const here = () => hosts[0] as Host;
  const there = () => hosts[1] as Host;
  const list = async () => (await tallygate(['keys', 'list'], { env: here().env })).stdout;
  const keys = (...args: string[]) => tallygate(['keys', ...args], { env: here().env });

  /** A new link of one `serve`, without its origin. */
  async function issue({ serve, nginx }: Host, ttl = 3600): Promise<string> {
    const answer = await fetch(`${serve}/tallygate/api/v1/tokens`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${apiKey}`,
        'content-type': 'application/json',
        host: new URL(nginx.url).host,
      },
      body: JSON.stringify({ path: '/files/a.txt', ttl }),
    });
    expect(answer.status).toBe(201);
    const link = new URL(((await answer.json()) as { link: string }).link);
    return link.pathname + link.search;
  }
  const keyOf = (target: string) => new URLSearchParams(target.split('?')[1]).get('k');
  const tokenOf = (target: string) => new URLSearchParams(target.split('?')[1]).get('t');
  const open = async ({ nginx }: Host, target: string) =>
    (await fetch(nginx.url + target, { headers: { connection: 'close' } })).status;

  /** Issues links at both instances and opens each at both edges, until it is stopped. */
  function customers() {
    const seen = { opened: 0, refused: [] as string[], keys: new Set<string | null>() };
    let stopped = false;
    const done = (async () => {
      while (!stopped)
        for (const issuer of hosts) {
          const link = await issue(issuer);
          seen.keys.add(keyOf(link));
          for (const edge of hosts) {
            const status = await open(edge, link);
            if (status === 200) seen.opened++;
            else seen.refused.push(`${status} for ${keyOf(link)} of ${issuer.name} at ${edge.name}`);
          }
        }
    })();
    return {
      seen,
      async stop() {
        stopped = true;
        await done;
      },
    };
  }

  /** A connection on which nothing was asked yet, as browsers open them ahead. */
  async function ahead({ nginx }: Host) {
    const socket = connect(nginx.port, '127.0.0.1');
    await once(socket, 'connect');
    let text = '';
    let closed = false;
    socket.on('data', (bytes) => {
      text += bytes;
    });
    for (const event of ['end', 'close', 'error']) socket.on(event, () => (closed = true));
    const statusLine = () => /^HTTP\/1\.1 (\d+)/.exec(text);
    return {
      /** The status of a request on it; 0 if it was closed. */
      async status(target: string): Promise<number> {
        if (!closed) socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
        await until(() => closed || statusLine(), 'an answer, or the end of the connection');
        return Number(statusLine()?.[1] ?? 0);
      },
    };
  }

  test('the new key signs when the last edge has it, and no new link is ever refused', async () => {
    const shop = customers();
    const stopped = await spawnTallygate(['keys', 'rotate'], { env: here().env });
    programs.push(stopped);
    await until(() => stopped.stderr().includes('nyc1 has not loaded'), 'the command to wait for both');
    expect(stopped.stderr()).toContain(`fra1 has not loaded ${second}: give it this ${here().keysFile}`);
    expect(stopped.stderr()).toContain('nginx -t && nginx -s reload');
    // Stopped and run again, it goes on with the same key.
    await stopped.stop('SIGINT');
    const rotate = await spawnTallygate(['keys', 'rotate'], { env: here().env });
    programs.push(rotate);
    await until(() => rotate.stdout().includes(`Going on with ${second}`), 'the command to go on');

    await here().nginx.reload();
    await until(
      async () => (await list()).includes('accepted, signing next; not on nyc1 (not loaded)'),
      'one edge to have it',
      120_000,
    );
    const config = loadConfig({ file: '/dev/null', env: here().env });
    expect(await examineEdgeKeys(database.sql, config)).toEqual([
      expect.objectContaining({
        status: 'warning',
        what: `the edge nyc1 has not loaded the key ${second}: it refuses its links`,
        remedy: expect.stringContaining('nginx -s reload'),
      }),
    ]);
    // In the file alone it is nothing yet.
    await copyFile(here().keysFile, there().keysFile);
    await until(() => rotate.stderr().includes('nyc1 has not loaded'), 'the command to wait for the other');
    expect(rotate.exit()).toBeUndefined();
    expect([...shop.seen.keys]).toEqual([first]);

    const early = await ahead(there());
    await there().nginx.reload();
    expect((await rotate.exited).code).toBe(0);
    const [youngest] = await database.sql<{ seconds: number }[]>`
      select min(extract(epoch from now() - since))::float8 as seconds from edge_keys where key_id = ${second}`;
    expect(youngest?.seconds).toBeGreaterThanOrEqual(settle);
    expect(rotate.stderr()).toContain(`nyc1 has loaded ${second}, connections from before are ending`);
    expect(rotate.stdout()).toContain(`are signed with ${second}; the other keys stay valid`);
    await until(async () => keyOf(await issue(here())) === second, 'serve here to sign with it');
    // Whoever comes with a connection from before the reload is not refused: he has to open another.
    expect([0, 408, 200]).toContain(await early.status(await issue(here())));

    // The other instance has the old copy of the file, and signs with the old key until it gets the new one.
    expect(keyOf(await issue(there()))).toBe(first);
    expect((await keys('retire', first)).stderr).toContain(`serve still signs with ${first} at`);
    await copyFile(here().keysFile, there().keysFile);
    await until(async () => keyOf(await issue(there())) === second, 'serve there to sign with it');
    await shop.stop();
    expect(shop.seen.refused).toEqual([]);
    expect(shop.seen.opened).toBeGreaterThan(20);
    expect([...shop.seen.keys].sort()).toEqual([first, second]);
  });

  test('the old key is taken out when its last link has ended, and not before', async () => {
    const old = await issue(here());
    expect(keyOf(old)).toBe(second);
    // Both instances say that they no longer sign with it: as if a minute had passed.
    await database.sql`update signers set seen_at = seen_at - interval '5 minutes' where key_id = ${first}`;
    await database.sql`update tokens set created_at = created_at - interval '5 minutes' where id <> ${tokenOf(old)}`;
    const refused = await keys('retire', first);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain(`NGINX still signs with ${first} (mint.conf) on fra1, nyc1`);
    expect(refused.stderr).toMatch(new RegExp(`links that are signed with ${first} work until 20\\d\\d-`));
    expect(await list()).toMatch(new RegExp(`^${first} .* accepted; on fra1, nyc1$`, 'm'));
    for (const { nginx } of hosts) await nginx.reload();
    await until(
      async () => !(await mints(first)),
      'the agents to say that NGINX signs with the new key',
      120_000,
    );
    expect((await keys('retire', first)).stderr).not.toContain('mint.conf');
    // As if the hour of the links had passed.
    await database.sql`
      update tokens set expires_at = now() - interval '1 second' where id <> ${tokenOf(old)}`;
    expect(await keys('retire', first)).toMatchObject({ code: 0, stderr: '' });
    // Until NGINX is reloaded, it accepts what the file has no more: that is said.
    expect(await list()).toContain('retired, still accepted by fra1, nyc1');
    await copyFile(here().keysFile, there().keysFile);
    for (const { nginx } of hosts) await nginx.reload();
    await until(async () => !(await list()).includes('retired'), 'the edges to forget it', 120_000);
  });

  const mints = async (id: string) =>
    (await database.sql`select from edge_keys where key_id = ${id} and signs`).length > 0;

  test('an edge that is gone is waited for until it is said to be gone', async () => {
    await there().agent.stop('SIGTERM');
    await database.sql`update agents set seen_at = seen_at - interval '3 days' where edge = 'nyc1'`;
    const rotate = await spawnTallygate(['keys', 'rotate'], { env: here().env });
    programs.push(rotate);
    await until(
      () =>
        rotate
          .stderr()
          .includes('nyc1: its agent has been silent for 3 days (if it is gone for good: --force)'),
      'the command to wait',
    );
    await rotate.stop('SIGINT');
    await here().nginx.reload();
    await until(
      async () => (await list()).includes('next; not on nyc1 (its agent'),
      'fra1 to have it',
      120_000,
    );
    const forced = await keys('rotate', '--force');
    expect(forced).toMatchObject({ code: 0, stderr: expect.stringContaining('Forgot nyc1') });
    expect(forced.stdout).toContain(`signed with ${third}`);
    expect(await database.sql`select edge from agents`).toEqual([{ edge: 'fra1' }]);
    expect(await list()).toMatch(new RegExp(`^${third} .* signing; on fra1$`, 'm'));
  });
});
