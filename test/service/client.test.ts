// The client against a real service, and its types against the service's own description.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient, TallygateError } from '../../app/client/client.ts';
import { projectRoot } from '../harness/folders.ts';
import { type Edge, startEdge } from './edge.ts';
import { type Document, wireTypes } from './wire-types.ts';

const run = promisify(execFile);

let edge: Edge;
beforeAll(async () => {
  edge = await startEdge();
});
afterAll(() => edge.stop());

const document = async () =>
  (await (await fetch(`${edge.nginx.url}/tallygate/api/openapi.json`)).json()) as Document;

test('the types are those of the OpenAPI document', async () => {
  const made = wireTypes(await document());
  const biome = path.join(projectRoot, 'node_modules/.bin/biome');
  const formatting = run(biome, ['format', '--stdin-file-path=app/client/wire.ts'], { cwd: projectRoot });
  formatting.child.stdin?.end(made);
  await expect((await formatting).stdout).toMatchFileSnapshot('../../app/client/wire.ts');
});

test('every call asks an address that the document describes', async () => {
  const asked: string[] = [];
  const client = createClient('https://dl.example.org', 'tg_x', {
    fetch: async (input, init) => {
      asked.push(`${init?.method} ${new URL(String(input)).pathname}`);
      return Response.json({});
    },
  });
  await client.issue({ path: '/a' });
  await client.issueMany([]);
  await client.token('x');
  await client.revoke('x');
  await client.link({ path: '/a' });
  await client.makeCodes({ label: 'x', paths: ['/a'], count: 1 });
  await client.redeem('x');
  await client.revokeCodes('x');
  await client.revokeCodes('x', 1);
  await client.keys();
  await client.status();
  for (const list of [client.tokens(), client.files(), client.batches(), client.codes('x')]) {
    await list.next().catch(() => {});
  }
  const { paths } = await document();
  const described = Object.entries(paths).flatMap(([at, methods]) =>
    Object.keys(methods).map(
      (method) => `${method.toUpperCase()} ${at.replace('{id}', 'x').replace('{serial}', '1')}`,
    ),
  );
  // Nothing is asked that is not there, and nothing is there that cannot be asked; reports are files to download.
  expect(new Set(asked)).toEqual(new Set(described.filter((route) => !route.includes('/reports'))));
});

test('issues, reads, lists page by page, and says what was refused', async () => {
  const client = createClient(edge.nginx.url, edge.apiKey);
  const once = { idempotencyKey: 'order-17' };
  const first = await client.issue({ path: '/files/a.bin', label: 'client', max_copies: 3 }, once);
  expect((await client.issue({ path: '/files/a.bin', label: 'client', max_copies: 3 }, once)).id).toBe(
    first.id,
  );
  await client.issueMany([
    { path: '/files/b.bin', label: 'client' },
    { path: '/files/b.bin', label: 'client' },
  ]);
  const ids: string[] = [];
  for await (const token of client.tokens({ label: 'client', limit: 2 })) ids.push(token.id);
  expect(ids).toHaveLength(3);
  expect((await client.token(first.id)).tally.downloads).toBe(0);
  expect((await client.revoke(first.id)).status).toBe('revoked');
  const refused = await client.issue({ path: 'files/a.bin' }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(TallygateError);
  expect(refused).toMatchObject({ status: 422, problem: { errors: [{ pointer: '/path' }] } });
  expect(await client.status()).toMatchObject({ rejects: 0 });
  expect((await client.keys()).find(({ current }) => current)?.id).toBe('a1');
});

test('the example of the README does what it says', async () => {
  const readme = await readFile(path.join(projectRoot, 'README.md'), 'utf8');
  const example = /```js\n(import \{ createClient \} from 'tallygate\/client';\n[\s\S]*?)```/.exec(
    readme,
  )?.[1] as string;
  expect(example.trim().split('\n')).toHaveLength(5);
  const here = example
    .replace('https://dl.example.org', edge.nginx.url)
    .replace('/files/album.zip', '/files/a.bin');
  // From the project's own folder the package is found by its name, as from any that installed it.
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', here], {
    cwd: projectRoot,
    env: { TALLYGATE_KEY: edge.apiKey },
  });
  const [link, downloads] = stdout.trim().split('\n');
  expect((await fetch(link as string)).status).toBe(200);
  expect(downloads).toBe('0');
});
