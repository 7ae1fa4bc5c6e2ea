// What other programs rely on is committed: the OpenAPI document, and the types of the client made from it. A change of
// the API shows in both, and is committed on purpose with `make openapi`.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { connect } from '../../app/db/connection.ts';
import { createApp } from '../../app/service/app.ts';
import { projectRoot } from '../harness/folders.ts';
import { dependencies } from '../service/harness.ts';
import { readProjectFile } from './markdown.ts';
import { type Api, breaks, type Schema } from './openapi.ts';
import { wireTypes } from './wire-types.ts';

const committed = 'app/service/openapi.json';

/** The document as the service answers it. No database is there: none is asked. */
async function answered() {
  const url = 'postgres://nobody@127.0.0.1:1/none';
  const sql = connect(url, { max: 1 });
  const response = await createApp(dependencies(url, sql)).request('/tallygate/api/openapi.json');
  return response.json();
}
const document = await answered();

test('nothing that programs rely on is taken away', () => {
  if (!existsSync(path.join(projectRoot, committed))) return;
  const broken = breaks(JSON.parse(readProjectFile(committed)), document);
  // `make openapi` says what it is about to commit to.
  if (process.env.OPENAPI_UPDATE) for (const one of broken) process.stdout.write(`breaks programs: ${one}\n`);
  else expect(broken, 'If this is meant: make openapi').toEqual([]);
});

test('the committed document is the one that the service answers', async () => {
  await expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot(
    path.join(projectRoot, committed),
    'Commit the change on purpose: make openapi',
  );
});

test('the types of the client are made from it', async () => {
  const biome = path.join(projectRoot, 'node_modules/.bin/biome');
  const formatting = promisify(execFile)(biome, ['format', '--stdin-file-path=app/client/wire.ts'], {
    cwd: projectRoot,
  });
  formatting.child.stdin?.end(wireTypes(document));
  await expect((await formatting).stdout).toMatchFileSnapshot(
    path.join(projectRoot, 'app/client/wire.ts'),
    'Make them anew: make openapi',
  );
});

test('what breaks a program is told apart from what it does not see', () => {
  const api = (parameters: string[], required: string[], properties: Record<string, Schema>): Api => ({
    paths: {
      '/a': {
        get: {
          parameters: parameters.map((name) => ({ name, in: 'query', required: required.includes(name) })),
          responses: { '200': { content: { json: { schema: { properties } } } } },
        },
      },
    },
  });
  const text = { type: 'string' };
  const before = api(['x'], [], { id: text, all: { type: 'array', items: text } });
  const more = api(['x', 'y'], [], { id: text, all: { type: 'array', items: text }, more: text });
  expect(breaks(before, more)).toEqual([]);
  expect(breaks(more, before)).toEqual([
    'GET /a 200 json more is no longer answered',
    'GET /a query y is no longer taken',
  ]);
  expect(breaks(before, api(['x', 'y'], ['y'], { id: { type: 'integer' } }))).toEqual([
    'GET /a 200 json id was string and is integer',
    'GET /a 200 json all is no longer answered',
    'GET /a 200 json all [] is no longer answered',
    'GET /a query y must be sent now',
  ]);
  expect(breaks(before, { paths: {} })).toContain('GET /a is no longer taken');
});
