// `tallygate serve` and `tallygate api-keys` as programs: starting, stopping, and what they say when they cannot.

import { writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { connect, createServer, type Server } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accept, newKey, newRing } from '../../app/keys/change.ts';
import { formatKeyFile } from '../../app/keys/file.ts';
import type { Child } from '../../app/process/child.ts';
import { freePort } from '../../app/process/ports.ts';
import { until } from '../../app/process/until.ts';
import { temporaryFolder } from '../harness/folders.ts';
import { createDatabase, type TestDatabase } from '../harness/postgres.ts';
import { spawnTallygate, tallygate } from '../harness/program.ts';

let database: TestDatabase;
let env: Record<string, string>;
let port: number;
beforeAll(async () => {
  database = await createDatabase();
  const keysFile = path.join(await temporaryFolder('keys'), 'keys.conf');
  await writeFile(keysFile, formatKeyFile([newRing(newKey('a1', new Date()))]), { mode: 0o600 });
  env = {
    TALLYGATE_DATABASE_URL: database.url,
    TALLYGATE_ORIGIN: 'https://dl.example.org',
    TALLYGATE_KEYS_FILE: keysFile,
  };
});
afterAll(() => database.drop());

const address = (at: string) => `http://127.0.0.1:${port}${at}`;

async function startServe(more: Record<string, string> = {}): Promise<Child> {
  // A new one each time: between two, another might take it.
  port = await freePort();
  const child = await spawnTallygate(['serve'], {
    env: { ...env, TALLYGATE_SERVICE_PORT: String(port), ...more },
  });
  await until(async () => (await fetch(address('/readyz'))).ok, 'serve to be ready');
  return child;
}

test('a key made on the command line opens the API until it is revoked', async () => {
  const serve = await startServe();
  try {
    const created = await tallygate(['api-keys', 'create', 'shop', '--scopes', 'issue', '--quiet'], { env });
    expect(created).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^tg_[\w-]{43}\n$/) });
    const key = created.stdout.trim();
    const issue = () =>
      fetch(address('/tallygate/api/v1/tokens'), {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: '{"path":"/files/a.iso"}',
      });
    expect((await issue()).status).toBe(201);

    const listed = await tallygate(['api-keys', 'list'], { env });
    expect(listed.stdout).toMatch(/^[0-9a-f]{12} {2}shop {2}issue {3}/m);
    expect(listed.stdout).not.toContain(key);
    const id = listed.stdout.split('\n')[1]?.slice(0, 12) as string;
    expect((await tallygate(['api-keys', 'revoke', id], { env })).code).toBe(0);
    await until(async () => (await issue()).status === 401, 'the key to be refused');
    expect((await tallygate(['api-keys', 'revoke', id], { env })).stderr).toMatch(/no valid key with the id/);
    expect(serve.stderr()).not.toContain(key);
  } finally {
    await serve.stop('SIGTERM');
  }
});

test('a statement that PostgreSQL refuses brings nothing of its rows into the log', async () => {
  const serve = await startServe();
  await database.sql`alter table idempotent_answers add constraint nothing check (false)`;
  try {
    const { stdout } = await tallygate(['api-keys', 'create', 'refused', '--scopes', 'issue', '--quiet'], {
      env,
    });
    const answer = await fetch(address('/tallygate/api/v1/tokens'), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${stdout.trim()}`,
        'content-type': 'application/json',
        'idempotency-key': 'whose-order',
      },
      body: '{"path":"/files/whose.iso"}',
    });
    expect(answer.status).toBe(500);
    expect(serve.stderr()).toContain('"code":"23514"');
    expect(serve.stderr()).not.toContain('whose');
  } finally {
    await database.sql`alter table idempotent_answers drop constraint nothing`;
    await serve.stop('SIGTERM');
  }
});

test('links are signed with keys of its ring, and every ring is listed', async () => {
  const keysFile = path.join(await temporaryFolder('keys'), 'keys.conf');
  const now = new Date();
  await writeFile(keysFile, formatKeyFile(accept([newRing(newKey('a1', now))], 'site-a', undefined, now)));
  const ofRing = { TALLYGATE_KEYS_FILE: keysFile, TALLYGATE_KEYS_RING: 'site-a' };
  const serve = await startServe(ofRing);
  try {
    const { stdout } = await tallygate(['api-keys', 'create', 'ring', '--scopes', 'issue,read', '--quiet'], {
      env,
    });
    const headers = { authorization: `Bearer ${stdout.trim()}`, 'content-type': 'application/json' };
    const ask = async (at: string, body?: string) => {
      const answer = await fetch(address(`/tallygate/api/v1${at}`), {
        headers,
        ...(body && { method: 'POST', body }),
      });
      return (await answer.json()) as Record<string, unknown>;
    };
    const explained = async (link: string) =>
      (await tallygate(['explain', link], { env: { ...env, ...ofRing } })).code;
    const token = await ask('/tokens', '{"path":"/files/ring.iso"}');
    const again = await ask(`/tokens/${token.id}`);
    const batch = await ask('/tokens/batch', '{"tokens":[{"path":"/files/ring.iso"}]}');
    const bare = await ask('/links', '{"path":"/files/ring.iso"}');
    const links = [token, again, bare, ...(batch.tokens as { link: string }[])];
    for (const { link } of links) {
      expect(link).toContain('&k=b1&');
      expect(await explained(String(link))).toBe(0);
    }
    expect((await ask('/keys')).keys).toMatchObject([
      { id: 'a1', current: true },
      { id: 'b1', ring: 'site-a', current: true, safe_to_retire: false },
    ]);
    const page = await fetch(address('/tallygate/reports/keys'), { headers });
    expect(await page.text()).toMatch(
      /<code>b1<\/code> <span class="tag">ring site-a<\/span> <span class="tag good">signs/,
    );
  } finally {
    await serve.stop('SIGTERM');
  }
});

test('a body in chunks of which none says how many is cut off at the limit, and the next request is answered', async () => {
  const serve = await startServe();
  try {
    const created = await tallygate(['api-keys', 'create', 'chunks', '--quiet'], { env });
    const key = created.stdout.trim();
    const refused = await postChunks(key, Array(8).fill(' '.repeat(16_384)));
    expect(refused).toMatch(/^HTTP\/1\.1 413 /);
    expect(refused).toContain('"type":"/tallygate/api#too_large"');
    const next = await fetch(address('/tallygate/api/v1/tokens'), {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: '{"path":"/files/a.iso"}',
    });
    expect(next.status).toBe(201);
  } finally {
    await serve.stop('SIGTERM');
  }
});

/**
 * Posts a body in these chunks, and resolves to all that came back. What is written after the server has closed fails, and
 * fetch() would then keep the answer to itself, although it is there.
 */
function postChunks(key: string, chunks: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1');
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    socket.on('error', (error) => (answer === '' ? reject(error) : undefined));
    socket.on('close', () => resolve(answer));
    socket.write(
      `POST /tallygate/api/v1/tokens HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${key}\r\n`,
    );
    socket.write('connection: close\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n');
    for (const chunk of chunks) socket.write(`${chunk.length.toString(16)}\r\n${chunk}\r\n`);
    socket.end('0\r\n\r\n');
  });
}

test('every answer carries one request id: as it came where it can, else a fresh one; host and method are minded each time', async () => {
  const serve = await startServe();
  try {
    const ask = (at: string, headers: Record<string, string> = {}, method = 'GET') =>
      new Promise<IncomingMessage>((resolve, reject) => {
        const asked = request(address(at), { method, headers }, (answer) => resolve(answer.resume()));
        asked.on('error', reject).end();
      });
    // Longer than a proxy keeps a connection for later: it must be the one to close it.
    expect((await ask('/healthz')).headers['keep-alive']).toBe('timeout=75');
    const named = { 'x-request-id': 'nginx-1f=' };
    for (const at of ['/healthz', '/tallygate/api/openapi.json', '/tallygate/api/v1/tokens', '/nowhere']) {
      expect((await ask(at, named)).headersDistinct['x-request-id'], at).toEqual(['nginx-1f=']);
    }
    for (const bad of ['', 'a b', 'a,b', 'é', 'x'.repeat(256)]) {
      const fresh = (await ask('/healthz', { 'x-request-id': bad })).headers['x-request-id'];
      expect(fresh, bad).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    }
    // The same address again and again: what is remembered of it never answers for another method or host.
    const batch = '/tallygate/api/v1/tokens/batch';
    const statuses: (number | undefined)[] = [];
    for (let turn = 0; turn < 2; turn++) {
      for (const [method, host] of [
        ['POST', 'dl.example.org'],
        ['GET', 'dl.example.org'],
        ['PUT', 'dl.example.org'],
        ['POST', 'elsewhere.example'],
        ['POST', 'dl.example.org'],
      ] as const) {
        statuses.push((await ask(batch, { host }, method)).statusCode);
      }
    }
    // GET is that of /tokens/{id}.
    const once = [401, 401, 405, 421, 401];
    expect(statuses).toEqual([...once, ...once]);
  } finally {
    await serve.stop('SIGTERM');
  }
});

test('a request under way when it is told to stop is answered, and then it ends', async () => {
  const serve = await startServe();
  const { stdout } = await tallygate(['api-keys', 'create', 'drain', '--quiet'], { env });
  // The table is locked, so the request waits in PostgreSQL for as long as this transaction lasts.
  const answered = await database.sql.begin(async (transaction) => {
    await transaction`lock table tokens in access exclusive mode`;
    const request = fetch(address('/tallygate/api/v1/tokens'), {
      method: 'POST',
      headers: { authorization: `Bearer ${stdout.trim()}`, 'content-type': 'application/json' },
      body: '{"path":"/files/drained.iso"}',
    });
    await until(async () => {
      // Of this table: other tests' databases are in the same list.
      const waiting = await transaction`
        select from pg_locks where not granted and relation = 'tokens'::regclass
          and database = (select oid from pg_database where datname = current_database())`;
      return waiting.length > 0;
    }, 'the insert to wait for the lock');
    serve.kill('SIGTERM');
    await until(() => serve.stderr().includes('draining'), 'serve to drain');
    await expect(fetch(address('/healthz'))).rejects.toThrow();
    return { request };
  });
  expect((await answered.request).status).toBe(201);
  expect(await serve.exited).toMatchObject({ code: 0 });
});

test('an open live view is brought to its end when it is told to stop, and does not hold it up', async () => {
  const serve = await startServe();
  const { stdout } = await tallygate(['api-keys', 'create', 'watch', '--scopes', 'read', '--quiet'], { env });
  const response = await fetch(address('/tallygate/reports/live/events'), {
    headers: { authorization: `Bearer ${stdout.trim()}` },
  });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const first = await reader.read();
  expect(new TextDecoder().decode(first.value)).toBe(': \n\n');
  serve.kill('SIGTERM');
  // A connection that is cut, as after the ten seconds of draining, would reject here.
  for (let last = first; !last.done; ) last = await reader.read();
  expect(await serve.exited).toMatchObject({ code: 0 });
});

test('what keeps it from starting is said in one line, with the remedy', async () => {
  const taken = await occupy();
  const { port: takenPort } = taken.address() as { port: number };
  const empty = await createDatabase({ template: false });
  const cases: [Record<string, string>, RegExp][] = [
    [
      { TALLYGATE_SERVICE_PORT: String(takenPort) },
      /port \d+ on 127\.0\.0\.1 is in use\n .*TALLYGATE_SERVICE_PORT/,
    ],
    [{ TALLYGATE_SERVICE_HOST: '192.0.2.1' }, /this machine has no address 192\.0\.2\.1/],
    [{ TALLYGATE_DATABASE_URL: 'postgres://127.0.0.1:1/x' }, /cannot reach PostgreSQL at 127\.0\.0\.1:1\/x/],
    [{ TALLYGATE_DATABASE_URL: empty.url }, /lacks Tallygate's tables\n {2}Run: tallygate migrate/],
    [{ TALLYGATE_KEYS_FILE: '/nowhere/keys.conf' }, /cannot read the key file \/nowhere\/keys\.conf/],
    [
      { TALLYGATE_KEYS_RING: 'site-a' },
      /does not have the ring site-a, but the default ring\n .*--ring or keys_ring/,
    ],
    [{ TALLYGATE_KEYS_RING: 'site/a' }, /TALLYGATE_KEYS_RING: must be 1 to 16/],
    [{ TALLYGATE_ORIGIN: 'dl.example.org' }, /must be an address such as https:/],
  ];
  try {
    for (const [setting, message] of cases) {
      const ended = await tallygate(['serve'], { env: { ...env, ...setting } });
      expect(ended.stderr).toMatch(message);
      expect(ended.stderr).not.toMatch(/^ {4}at /m);
      expect(ended.code).toBe(1);
    }
  } finally {
    taken.close();
    await empty.drop();
  }
});

function occupy(): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}
