// The client against a real service, and its types against the service's own description.

import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient, TallygateError } from '../../app/client/client.ts';
import type { Document } from '../check/wire-types.ts';
import { projectRoot, temporaryFolder } from '../harness/folders.ts';
import { type Edge, startEdge } from './edge.ts';

const run = promisify(execFile);

let edge: Edge;
beforeAll(async () => {
  edge = await startEdge();
});
afterAll(() => edge.stop());

const document = async () =>
  (await (await fetch(`${edge.nginx.url}/tallygate/api/openapi.json`)).json()) as Document;

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
  await client.printCodes('x');
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

test('every POST has a key of its own, kept while it tries again; a refusal is not tried again', async () => {
  const asked: { call: string; key: string | undefined }[] = [];
  const answers: (() => Response)[] = [];
  const client = createClient('https://dl.example.org', 'tg_x', {
    fetch: async (input, init) => {
      const key = new Headers(init?.headers).get('idempotency-key') ?? undefined;
      asked.push({ call: `${init?.method} ${new URL(String(input)).pathname}`, key });
      return answers.shift()?.() ?? Response.json({});
    },
  });
  await client.issue({ path: '/a' });
  await client.issueMany([]);
  await client.revoke('x');
  await client.link({ path: '/a' });
  await client.makeCodes({ label: 'x', paths: ['/a'], count: 1 });
  await client.redeem('x');
  await client.revokeCodes('x');
  await client.revokeCodes('x', 1);
  const paths = Object.values((await document()).paths).filter((methods) => 'post' in methods);
  const keys = asked.splice(0).map(({ key }) => key);
  expect(keys).toHaveLength(paths.length);
  expect(new Set(keys).size).toBe(paths.length);
  for (const key of keys) expect(key).toMatch(/^[0-9a-f-]{36}$/);

  const lost = () => {
    throw new TypeError('fetch failed');
  };
  const status = (code: number) => () =>
    Response.json({}, { status: code, headers: code === 409 ? { 'retry-after': '0' } : {} });
  answers.push(lost, status(503), status(409));
  await client.issue({ path: '/a' });
  expect(asked).toHaveLength(4);
  expect(new Set(asked.splice(0).map(({ key }) => key)).size).toBe(1);

  answers.push(status(422));
  await expect(client.issue({ path: '/a' })).rejects.toMatchObject({ status: 422 });
  answers.push(() => Response.json({}, { status: 429, headers: { 'retry-after': '86400' } }));
  await expect(client.redeem('x')).rejects.toMatchObject({ status: 429, retryAfter: 86_400 });
  expect(asked.splice(0)).toHaveLength(2);
  answers.push(lost, lost, lost, lost);
  await expect(client.status()).rejects.toThrow('fetch failed');
  expect(asked).toEqual(Array(4).fill({ call: 'GET /tallygate/api/v1/status', key: undefined }));
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

test('a program of somebody else, type-checked as strictly as can be, with the package and nothing of ours', async () => {
  const dir = await temporaryFolder('consumer');
  const installed = path.join(dir, 'node_modules/tallygate');
  await mkdir(installed, { recursive: true });
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', dir], { cwd: projectRoot });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  await run('tar', ['-xzf', path.join(dir, filename), '-C', installed, '--strip-components=1']);
  await writeFile(path.join(dir, 'package.json'), '{ "type": "module" }');
  const check = async (source: string, resolution: object) => {
    await writeFile(path.join(dir, 'shop.ts'), source);
    const compilerOptions = {
      ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, noEmit: true },
      // The package's declarations are checked too; no types but the language's and the browser's.
      ...{ skipLibCheck: false, target: 'es2022', lib: ['es2022', 'dom'], types: [] },
      ...resolution,
    };
    await writeFile(path.join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['shop.ts'] }));
    const tsc = path.join(projectRoot, 'node_modules/.bin/tsc');
    return run(tsc, ['-p', dir]).then(
      () => '',
      (error: { stdout: string }) => error.stdout,
    );
  };
  const shop = `import { createClient, TallygateError, type Token, type TokenRequest } from 'tallygate/client';
    const wanted: TokenRequest = { path: '/files/album.zip', max_copies: 3 };
    export async function sell(): Promise<string> {
      try {
        const token: Token = await createClient('https://dl.example.org', 'tg_x').issue(wanted);
        return token.link;
      } catch (error) {
        if (error instanceof TallygateError) return error.problem?.errors?.[0]?.detail ?? error.message;
        throw error;
      }
    }`;
  const wrong = shop.replace('max_copies: 3', "max_copies: 'three'");
  for (const resolution of [
    { module: 'nodenext', moduleResolution: 'nodenext' },
    { module: 'esnext', moduleResolution: 'bundler' },
  ]) {
    expect(await check(shop, resolution)).toBe('');
    expect(await check(wrong, resolution)).toContain("'string' is not assignable to type 'number'");
  }
  const imported = "import { createClient } from 'tallygate/client'; console.log(typeof createClient);";
  const program = await run(process.execPath, ['--input-type=module', '--eval', imported], { cwd: dir });
  expect(program.stdout).toBe('function\n');
});
