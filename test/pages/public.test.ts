// The public list and its badges: what lies in the folder is on it by itself, and what must not be never is.

import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadConfig } from '../../app/config/load.ts';
import { temporaryFolder } from '../harness/folders.ts';
import { startService, type TestService } from '../service/harness.ts';

let service: TestService;
let off: TestService;
let folder: string;
let now = Date.now();
const script = '<script>alert(1).iso';

beforeAll(async () => {
  folder = await temporaryFolder('public');
  const outside = await temporaryFolder('outside');
  await writeFile(path.join(outside, 'secret.iso'), 'secret');
  const put = async (name: string, size = 10) => {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), 'x'.repeat(size), { mode: 0o644 });
  };
  for (const name of [
    'a.iso',
    'deep/er/b.iso',
    script,
    '.hidden.iso',
    '.git/c.iso',
    'notes.txt',
    'a.iso.sha256',
  ])
    await put(name);
  await put('big.iso', 5000);
  await put('lonely.iso.md5');
  await put('locked.iso');
  await chmod(path.join(folder, 'locked.iso'), 0o600);
  await symlink(path.join(outside, 'secret.iso'), path.join(folder, 'leak.iso'));
  await symlink(outside, path.join(folder, 'leaks'));
  await symlink(path.join(folder, '.git/c.iso'), path.join(folder, 'peek.iso'));
  await symlink('a.iso', path.join(folder, 'latest.iso'));
  await symlink('loop.iso', path.join(folder, 'loop.iso'));
  const settings = { TALLYGATE_PUBLIC_FOLDERS: `/public/=${folder}`, TALLYGATE_PUBLIC_NAMES: '*.iso,*.md5' };
  service = await startService({ config: loadConfig({ env: settings }), now: () => now });
  off = await startService();
  await service.database.sql`
    insert into files (id, host, path) values (1, 'h', '/public/a.iso'), (2, 'h', '/public/big.iso'), (3, 'h', '/private/x.iso')`;
  await service.database.sql`
    insert into tally_months
    select id, '2026-11-01', c, 'fra1', 9, 5 * id, 4 * id, 3 * id, 100 from files cross join unnest(enum_range(null::visitor_class)) c`;
});
afterAll(() => Promise.all([service.stop(), off.stop()]));

const get = (address: string, from = service) => from.app.request(address);
const names = async (query = '') => {
  const html = await (await get(`/tallygate/${query}`)).text();
  return [...html.matchAll(/<th scope="row"><a class="name file" href="([^"]*)"/g)].map(([, href]) => href);
};

it('is off unless a folder is configured', async () => {
  for (const address of ['/tallygate', '/tallygate/', '/tallygate/badges/downloads.svg']) {
    expect((await get(address, off)).status).toBe(404);
  }
});

it('lists what everyone may fetch, and nothing else', async () => {
  expect(await names()).toEqual([
    `/public/${encodeURIComponent(script)}`,
    '/public/a.iso',
    '/public/big.iso',
    '/public/deep/er/b.iso',
    '/public/latest.iso',
    '/public/lonely.iso.md5',
  ]);
  const html = await (await get('/tallygate/')).text();
  expect(html).not.toMatch(/<script>|secret|\.hidden|locked|leak|peek|notes/);
  expect(html).toContain('href="/public/a.iso.sha256">sha256</a>');
});

it('sorts, and refuses any other order', async () => {
  expect((await names('?sort=-downloads')).slice(0, 2)).toEqual(['/public/big.iso', '/public/a.iso']);
  expect((await names('?sort=-size'))[0]).toBe('/public/big.iso');
  for (const wrong of ['?sort=path;drop', '?page=0', '?page=x', '?more=1']) {
    expect((await get(`/tallygate/${wrong}`)).status).toBe(400);
  }
});

it('behind its end leads back to the list', async () => {
  const html = await (await service.app.request('/tallygate/?page=7')).text();
  expect(html).toContain('The list is shorter than that.');
  expect(html).toContain('page=1" rel="prev"');
});

it('shows a new file by itself', async () => {
  await writeFile(path.join(folder, 'new.iso'), 'x');
  now += 11_000;
  expect(await names()).toContain('/public/new.iso');
  await rm(path.join(folder, 'new.iso'));
  now += 11_000;
  expect(await names()).not.toContain('/public/new.iso');
});

it('makes badges of public files and of all of them, without bots', async () => {
  const json = async (query: string) =>
    (await (await get(`/tallygate/badges/${query}`)).json()) as Record<string, unknown>;
  expect(await json('downloads.json?path=/public/a.iso')).toEqual({
    schemaVersion: 1,
    label: 'downloads',
    message: '10',
    color: '17624f',
    cacheSeconds: 300,
  });
  expect((await json('copies.json')).message).toBe('18');
  const svg = await get(`/tallygate/badges/completed.svg?label=${encodeURIComponent('<script>')}`);
  expect(svg.headers.get('content-type')).toBe('image/svg+xml');
  expect(svg.headers.get('cache-control')).toBe('public, max-age=300');
  const text = await svg.text();
  expect(text).toMatch(/^<svg/);
  expect(text).not.toContain('<script>');
  expect((await get('/tallygate/badges/downloads.svg', service)).headers.get('etag')).toBeTruthy();
});

it('has no badge for what is not public, whether it was counted or not', async () => {
  const answers = await Promise.all(
    ['/private/x.iso', '/private/none.iso', '/public/.hidden.iso'].map(async (file) => {
      const response = await get(`/tallygate/badges/downloads.json?path=${file}`);
      const { detail, status } = (await response.json()) as { detail: string; status: number };
      return `${status} ${detail}`;
    }),
  );
  expect(new Set(answers)).toEqual(new Set(['404 There is no such public file.']));
});
