// The gate fails closed: whatever goes wrong, nobody gets a file who should not, and no record is lost.

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type Nginx, startNginx } from '../harness/nginx.ts';
import { ask, etc, inSeconds, link, startSite } from './site.ts';

/** Replaces the handlers of the njs bundle by ones that throw. */
async function breakHandlers(nginx: Nginx, names: readonly string[]) {
  const bundle = path.join(nginx.places.lib, 'njs/tallygate.js');
  const text = await readFile(bundle, 'utf8');
  const thrown = names.map((name) => `${name}: function (r) { throw new Error('broken on purpose'); }`);
  const broken = text.replace(
    /export default (\w+);/,
    `export default Object.assign({}, $1, { ${thrown} });`,
  );
  expect(broken).not.toBe(text);
  await writeFile(bundle, broken);
}

test('an exception in the gate: 403, also for MD5 of nothing as signature', async () => {
  const nginx = await startSite();
  const good = link('/files/a.txt');
  expect((await ask(nginx, good)).status).toBe(200);
  await breakHandlers(nginx, ['gate']);
  await nginx.reload();
  expect((await ask(nginx, good)).status).toBe(403);
  const empty = `/files/a.txt?e=${inSeconds(60)}&k=a1&s=1B2M2Y8AsgTpgAmY7PhCfg`;
  expect((await ask(nginx, empty)).status).toBe(403);
  expect(await nginx.errorLog()).toContain('broken on purpose');
  await nginx.stop();
});

test('an exception in the visitor and in the record: the record is written by NGINX', async () => {
  const nginx = await startSite();
  await breakHandlers(nginx, ['visitor', 'record']);
  await nginx.reload();
  const foreign = { headers: { 'User-Agent': 'caf\u00e9' } };
  expect((await ask(nginx, '/public/a.txt', foreign)).status).toBe(200);
  expect((await ask(nginx, '/public/a.txt', foreign)).status).toBe(200);
  const [first, second, ...more] = await nginx.waitForRecords(2);
  expect(more).toEqual([]);
  expect(await nginx.errorLog()).toContain('broken on purpose');
  expect(first?.visitor).toMatch(/^[0-9a-f]{10}A$/);
  expect(second?.visitor).not.toBe(first?.visitor);
  await nginx.stop();
});

test.each(['keys.conf', 'salts.conf'])('NGINX refuses to start without %s', async (missing) => {
  const files = etc();
  delete files[missing];
  await expect(startNginx({ etc: files })).rejects.toThrow(new RegExp(`${missing}" failed \\(2`));
});
