// `tallygate explain` of links with a token, beside what NGINX answers to them: every way in which a token can stand.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../app/process/until.ts';
import { tallygate } from '../harness/program.ts';
import { type Edge, startEdge } from './edge.ts';

let edge: Edge;
beforeAll(async () => {
  edge = await startEdge();
});
afterAll(() => edge.stop());

type Token = { id: string; link: string; links?: { link: string }[] };
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
const counted = (id: string, requests: number) =>
  until(async () => {
    const [row] = await edge.database.sql`
      select sum(requests)::int as n from token_usage where token_id = ${id}`;
    return row?.n === requests;
  }, `${requests} requests to be counted`);
const explain = (link: string, env: Record<string, string> = {}) =>
  tallygate(['explain', link], { env: { ...edge.env, ...env } });

const whole = undefined;
const most = 'bytes=0-249999';
test.each<[string, object, (string | undefined)[], boolean, 200 | 410, RegExp]>([
  [
    'nothing fetched',
    { max_copies: 1 },
    [],
    false,
    200,
    /^200: The link is good\.\n.*copies of this file: 0 of 1\n/s,
  ],
  ['no limit', {}, [whole], false, 200, /^200: The link is good\.\n.*copies of this file: 1 of any number/s],
  [
    'its grace',
    { max_copies: 1 },
    [whole],
    false,
    200,
    /^200: The link is good until 20.* UTC: its copy of this file is spent/,
  ],
  [
    'spent',
    { max_copies: 1 },
    [whole, whole],
    false,
    410,
    /^410: Its copy of this file is spent\. It is refused since 20.*\nIssue/,
  ],
  [
    'spent by bytes',
    { max_copies: 1 },
    [most, most, most],
    false,
    410,
    /^410: The bytes that its copies may take are spent\./,
  ],
  [
    'revoked',
    {},
    [],
    true,
    410,
    /^410: The token was revoked\. It is refused since 20.*deny folder: this host's holds it/s,
  ],
  ['revoked in its grace', { max_copies: 1 }, [whole], true, 410, /^410: The token was revoked\./],
])('%s', async (_, terms, fetches, isRevoked, status, says) => {
  const { id, link } = await issue({ path: '/files/a.bin', ...terms });
  for (const [n, range] of fetches.entries()) {
    expect([200, 206]).toContain(await get(link, range));
    await counted(id, n + 1);
  }
  if (isRevoked) await edge.api('POST', `/tokens/${id}/revoke`);
  if (status === 410)
    await until(async () => (await get(link, 'bytes=0-0')) === 410, 'the link to be refused');
  else expect((await fetch(link, { method: 'HEAD' })).status).toBe(200);
  const explained = await explain(link);
  expect(explained.stdout).toMatch(says);
  expect(explained.code).toBe(status === 200 ? 0 : 3);
});

test.each([
  ['several files', ['/files/a.bin', '/files/b.bin']],
  ['a folder', ['/files/']],
])('one file is spent, and the other is not: %s', async (_, paths) => {
  const token = await issue({ paths, max_copies: 1 });
  const [a = '', b = ''] =
    token.links?.map(({ link }) => link) ??
    ['a', 'b'].map((n) => token.link.replace('/files/?', `/files/${n}.bin?`));
  for (const n of [1, 2]) {
    expect(await get(a)).toBe(200);
    await counted(token.id, n);
  }
  await until(async () => (await get(a, 'bytes=0-0')) === 410, 'the file to be refused');
  expect((await explain(a)).stdout).toMatch(/^410: Its copy of this file is spent/);
  expect((await explain(b)).stdout).toMatch(/^200: The link is good\.\n/);
});

test('a token that was not issued here', async () => {
  const { stdout } = await tallygate(['link', '/files/a.bin', '--token', 'mine'], { env: edge.env });
  expect(await get(stdout.trim())).toBe(200);
  const explained = await explain(stdout.trim());
  expect(explained.code).toBe(0);
  expect(explained.stdout).toContain('token: was not issued here');
});

test('without the database: what the deny folder knows, and that the rest is not known', async () => {
  const { id, link } = await issue({ path: '/files/a.bin' });
  await edge.api('POST', `/tokens/${id}/revoke`);
  await until(async () => (await get(link, 'bytes=0-0')) === 410, 'the link to be refused');
  const away = { TALLYGATE_DATABASE_URL: 'postgres://127.0.0.1:1/none' };
  const here = await explain(link, away);
  expect(here.code).toBe(3);
  expect(here.stdout).toMatch(
    /^410: The token was revoked or is spent\. .*cannot reach PostgreSQL at 127\.0\.0\.1:1/,
  );
  const elsewhere = await explain(link, { ...away, TALLYGATE_AGENT_DENY_DIR: '/nonexistent' });
  expect(elsewhere.code).toBe(0);
  expect(elsewhere.stdout).toMatch(
    /^200: The link is good\. Whether its token was revoked or is spent is not known: /,
  );
});
