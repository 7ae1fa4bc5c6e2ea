// Limits and revocation where they count: real downloads through a real NGINX.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../app/process/until.ts';
import { type Edge, fileSize, startEdge } from './edge.ts';

let edge: Edge;
beforeAll(async () => {
  edge = await startEdge({ retryGrace: 0 });
});
afterAll(() => edge.stop());

type Token = { id: string; link: string; links?: { path: string; link: string }[] };

async function issue(body: object): Promise<Token> {
  const response = await edge.api('POST', '/tokens', body);
  expect(response.status).toBe(201);
  return (await response.json()) as Token;
}
async function get(link: string, range?: string): Promise<number> {
  const response = await fetch(link, { headers: range ? { range } : {} });
  await response.arrayBuffer();
  return response.status;
}
async function status(id: string): Promise<string> {
  return ((await (await edge.api('GET', `/tokens/${id}`)).json()) as { status: string }).status;
}
const counted = (id: string, requests: number) =>
  until(async () => {
    const [row] = await edge.database.sql`
      select sum(requests)::int as n from token_usage where token_id = ${id}`;
    return row?.n === requests;
  }, `${requests} requests of the token to be counted`);

// How soon is measured by `make bench-service`: on a machine that runs other tests a time would prove nothing.
test('a revoked token is refused at the edge', async () => {
  const token = await issue({ path: '/files/a.bin' });
  expect(await get(token.link)).toBe(200);
  expect((await edge.api('POST', `/tokens/${token.id}/revoke`)).status).toBe(200);
  await until(async () => (await get(token.link, 'bytes=0-0')) === 410, 'the link to be refused');
});

test('previews, HEAD, an aborted dialog and joining ranges spend one copy; then the token is spent', async () => {
  const token = await issue({ path: '/files/a.bin', max_copies: 1 });
  expect((await fetch(token.link, { method: 'HEAD' })).status).toBe(200);
  expect(await get(token.link, 'bytes=0-0')).toBe(206);
  expect(await get(token.link, `bytes=0-${fileSize / 2 - 1}`)).toBe(206);
  await counted(token.id, 2);
  expect(await status(token.id)).toBe('active');
  expect(await get(token.link, `bytes=${fileSize / 2}-`)).toBe(206);
  await until(async () => (await get(token.link)) === 410, 'the spent token to be refused');
  expect(await status(token.id)).toBe('exhausted');
});

test('two copies are two, however they are fetched, and a third is refused', async () => {
  const token = await issue({ path: '/files/b.bin', max_copies: 2 });
  expect(await get(token.link)).toBe(200);
  await counted(token.id, 1);
  expect(await get(token.link)).toBe(200);
  await until(async () => (await get(token.link)) === 410, 'the spent token to be refused');
});

type File = { path: string; spent: number; left: number; by?: string; ends_at?: string };
const read = async (id: string) =>
  (await (await edge.api('GET', `/tokens/${id}`)).json()) as { status: string; files: File[] };

test.each([
  ['several files', 'files', 'edge', ['/a.bin', '/b.bin', '/a.bin'], 'exhausted'],
  ['several files, strict', 'strict', 'strict', ['/a.bin', '/b.bin'], 'exhausted'],
  ['a folder', 'files', 'edge', ['/'], 'active'],
  ['a folder, strict', 'strict', 'strict', ['/'], 'active'],
])('one file twice, and the other is still there: %s', async (_, folder, enforce, names, status) => {
  const paths = names.map((name) => `/${folder}${name}`);
  const token = await issue({ paths, max_copies: 1, enforce });
  const links = token.links ?? [{ path: paths[0], link: token.link }];
  expect(links).toHaveLength(new Set(paths).size);
  const to = (name: string) => {
    const path = `/${folder}/${name}`;
    const own = links.find((one) => one.path === path)?.link;
    return own ?? token.link.replace(`/${folder}/?`, `${path}?`);
  };
  expect(await get(to('a.bin'))).toBe(200);
  await until(async () => (await get(to('a.bin'), 'bytes=0-0')) === 410, 'the spent file to be refused');
  const whole = { path: `/${folder}/a.bin`, spent: 1, left: 0, by: 'copies' };
  const other = await read(token.id);
  expect(other).toMatchObject({ status: 'active' });
  expect(other.files[0]).toMatchObject(whole);
  expect(await get(to('b.bin'))).toBe(200);
  await until(async () => (await get(to('b.bin'), 'bytes=0-0')) === 410, 'the other to be refused');
  const { files, ...both } = await read(token.id);
  expect(both.status).toBe(status);
  // Of a folder the last one is first.
  const sorted = files.sort((x, y) => (x.path < y.path ? -1 : 1));
  expect(sorted).toMatchObject([whole, { ...whole, path: `/${folder}/b.bin` }]);
});

test('revoked, a token of several files is refused with all of them', async () => {
  const token = await issue({ paths: ['/files/a.bin', '/files/b.bin', '/files/'] });
  const links = token.links?.map(({ link }) => link) ?? [];
  await edge.api('POST', `/tokens/${token.id}/revoke`);
  for (const link of links) await until(async () => (await get(link)) === 410, `${link} to be refused`);
});

test('strict: of a hundred at once, exactly as many as may are let through', async () => {
  const token = await issue({ path: '/strict/a.bin', max_copies: 3, enforce: 'strict' });
  const answers = await Promise.all(Array.from({ length: 100 }, () => get(token.link)));
  expect(answers.filter((answer) => answer === 200)).toHaveLength(3);
  // The others: 503 beyond the connections that limits.conf lets one token have, before anybody is asked; 403 while the three copies are
  // under way; 410 once they are counted. How many of each is the machine's affair.
  expect(answers.filter((answer) => [403, 410, 503].includes(answer))).toHaveLength(97);
  await counted(token.id, 3);
  expect(await get(token.link)).toBe(410);
});

test('strict: pieces from the middle are held to the same limit', async () => {
  const token = await issue({ path: '/strict/a.bin', max_copies: 1, enforce: 'strict' });
  expect((await fetch(token.link, { method: 'HEAD' })).status).toBe(200);
  // Nearly everything, ten at once: together they would be ten copies that never complete. One is let through at
  // a time, and a second only if the first was counted meanwhile: the budget is two sizes of the file.
  const answers = await Promise.all(Array.from({ length: 10 }, () => get(token.link, 'bytes=20000-')));
  const through = answers.filter((answer) => answer === 206).length;
  expect([1, 2]).toContain(through);
  await counted(token.id, through);
  expect(await get(token.link, 'bytes=0-19999')).toBe(206);
  await counted(token.id, through + 1);
  expect(await get(token.link)).toBe(410);
});

test('strict: what an aborted download did not send is given back once it is counted', async () => {
  // So slow that it is under way for as long as anything here may stand still: five minutes.
  const token = await issue({ path: '/slow/b.bin', max_copies: 1, enforce: 'strict' });
  const abort = new AbortController();
  const response = await fetch(token.link, { signal: abort.signal });
  await response.body?.getReader().read();
  // Under way: its copy is reserved.
  expect(await get(token.link)).toBe(403);
  abort.abort();
  await counted(token.id, 1);
  const again = await fetch(token.link);
  expect(again.status).toBe(200);
  await again.body?.cancel();
});

test('strict: whoever goes away before there is an answer has reserved nothing', async () => {
  const token = await issue({ path: '/strict/b.bin', max_copies: 1, enforce: 'strict' });
  await edge.database.sql.begin(async (tx) => {
    await tx`select from tokens where id = ${token.id} for update`;
    const abort = new AbortController();
    const asked = fetch(token.link, { signal: abort.signal });
    await until(async () => {
      const waiting = await edge.database.sql`
        select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      return waiting.length > 0;
    }, 'the question to wait for the lock');
    abort.abort();
    await expect(asked).rejects.toThrow();
    const noticed = new RegExp(`so upstream connection is closed too.*t=${token.id}`);
    await until(async () => noticed.test(await edge.nginx.errorLog()), 'NGINX to notice');
    // And to have closed it.
    await edge.nginx.records();
  });
  expect(await get(token.link)).toBe(200);
});

test('strict: a revoked token is refused at once, a token of nobody too', async () => {
  const token = await issue({ path: '/strict/a.bin', enforce: 'strict' });
  expect(await get(token.link)).toBe(200);
  await edge.api('POST', `/tokens/${token.id}/revoke`);
  expect(await get(token.link)).toBe(410);
});

test('strict: a folder link cannot smuggle a header through the rest of its path', async () => {
  const token = await issue({ path: '/strict/', max_copies: 1, enforce: 'strict' });
  const smuggled = token.link.replace('/strict/?', '/strict/%0d%0aX-Tallygate-Method:%20HEAD%0d%0a/a.bin?');
  expect(await get(smuggled)).toBe(403);
});

test('the question is not to be asked from outside', async () => {
  const response = await fetch(`${edge.nginx.url}/tallygate/internal/authorize`);
  expect(response.status).toBe(404);
});
