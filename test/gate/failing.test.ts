// The gate fails closed: whatever goes wrong, nobody gets a file who should not, and no record is lost.

import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { signLink } from '../../app/link/sign.ts';
import { dayOf, formatSaltFile, newSalts } from '../../app/salts/file.ts';
import { startNginx } from '../harness/nginx.ts';
import { replaceHandlers } from './handlers.ts';
import { ask, etc, hello, inSeconds, key, legacyLink, link, startSite } from './site.ts';

/** A handler that throws. */
const broken = (name: string) => `${name}: function (r) { throw new Error('broken on purpose'); }`;
/** The record's, and none of the others that few requests need. */
const tornRecord = "rare: { record: function (r) { throw new Error('torn on purpose'); } }";

test('an exception in the gate: 403, also for MD5 of nothing as signature', async () => {
  const nginx = await startSite();
  const good = link('/files/a.txt');
  expect((await ask(nginx, good)).status).toBe(200);
  await replaceHandlers(nginx, broken('gate'));
  await nginx.reload();
  expect((await ask(nginx, good)).status).toBe(403);
  const empty = `/files/a.txt?e=${inSeconds(60)}&k=a1&s=1B2M2Y8AsgTpgAmY7PhCfg`;
  expect((await ask(nginx, empty)).status).toBe(403);
  expect(await nginx.errorLog()).toContain('broken on purpose');
  await nginx.stop();
});

test.each([
  '',
  'undefined',
  'x',
  'secure_link ',
  'A'.repeat(64),
  'a'.repeat(63),
  'a'.repeat(65),
  `${'a'.repeat(64)}\n`,
])('a handler that answers %j, and a signature that is the MD5 of it: 403', async (mac) => {
  const nginx = await startSite();
  await replaceHandlers(nginx, `gate: function () { return ${JSON.stringify(mac)}; }`);
  await nginx.reload();
  const s = createHash('md5').update(mac).digest('base64url');
  expect((await ask(nginx, `/files/a.txt?e=${inSeconds(60)}&k=a1&s=${s}`)).status).toBe(403);
  await nginx.stop();
});

test('an exception in the visitor and in the record: the record is written by NGINX', async () => {
  const nginx = await startSite();
  await replaceHandlers(nginx, `${broken('visitor')}, ${tornRecord}`);
  await nginx.reload();
  const foreign = { headers: { 'User-Agent': 'caf\u00e9' } };
  expect((await ask(nginx, '/public/a.txt', foreign)).status).toBe(200);
  expect((await ask(nginx, '/public/a.txt', foreign)).status).toBe(200);
  const [first, second, ...more] = await nginx.waitForRecords(2);
  expect(more).toEqual([]);
  expect(await nginx.errorLog()).toContain('broken on purpose');
  expect(await nginx.errorLog()).toContain('torn on purpose');
  expect(first?.visitor).toMatch(/^[0-9a-f]{10}A$/);
  expect(second?.visitor).not.toBe(first?.visitor);
  await nginx.stop();
});

test.each([
  ['0x902', 'njs 0.9.2 uses freed memory'],
  ['0x708', 'needs njs 0.7.9 or newer'],
  ['undefined', 'needs njs 0.7.9 or newer'],
])('njs whose version is %s: refused, with the reason', async (version, reason) => {
  const nginx = await startSite();
  const bundle = path.join(nginx.places.lib, 'njs/tallygate.js');
  const text = await readFile(bundle, 'utf8');
  expect(text).toContain('njs.version_number');
  await writeFile(bundle, text.replaceAll('njs.version_number', version));
  await nginx.reload();
  expect((await ask(nginx, link('/files/a.txt'))).status).toBe(403);
  expect((await ask(nginx, `/files/a.txt?e=${inSeconds(60)}&k=a1&s=1B2M2Y8AsgTpgAmY7PhCfg`)).status).toBe(
    403,
  );
  expect((await ask(nginx, '/public/a.txt')).status).toBe(200);
  expect((await nginx.waitForRecords(1)).length).toBe(1);
  expect(await nginx.errorLog()).toContain(reason);
  await nginx.stop();
});

test('an empty secret, or a short one: 403, whatever the signature', async () => {
  for (const secret of ['', 'short']) {
    const conf = etc()['keys.conf']?.replace(key.secret, secret) ?? '';
    const nginx = await startSite({ etc: { 'keys.conf': conf } });
    const forged = signLink({ ...key, secret }, { path: '/files/a.txt', expires: inSeconds(60) }, '');
    expect((await ask(nginx, forged)).status).toBe(403);
    expect((await ask(nginx, forged.replace(/s=.*/, 's=1B2M2Y8AsgTpgAmY7PhCfg'))).status).toBe(403);
    await nginx.stop();
  }
});

// Where NGINX leads on for an error, an answer has begun, and the key file tells no secret any more.
test('no secret to be had, and the MD5 of nothing as signature of an older link: closed', async () => {
  const nginx = await startSite({
    files: { 'fallback.txt': hello },
    server: `location /missing/ { error_page 404 @gate; }
      location @gate { include tallygate/protect.conf; try_files /fallback.txt =404; }`,
  });
  for (const target of [
    legacyLink('/missing/a.txt'),
    `/missing/a.txt?md5=1B2M2Y8AsgTpgAmY7PhCfg&expires=${inSeconds(60)}`,
  ])
    expect((await ask(nginx, target)).body).not.toBe(hello);
  await nginx.stop();
});

test('no salt for today: the record is kept, and nobody is recognised', async () => {
  const past = formatSaltFile(newSalts(dayOf(new Date()) - 40, 3));
  const nginx = await startSite({ etc: { 'salts.conf': past } });
  for (let i = 0; i < 2; i++) expect((await ask(nginx, link('/files/a.txt'))).status).toBe(200);
  for (let i = 0; i < 2; i++) expect((await ask(nginx, '/public/a.txt')).status).toBe(200);
  const visitors = (await nginx.waitForRecords(4)).map(({ visitor }) => visitor);
  expect(new Set(visitors).size).toBe(4);
  for (const visitor of visitors) expect(visitor).toMatch(/^[0-9a-f]{10}A$/);
  await nginx.stop();
});

test('the key file unreadable: NGINX refuses to start', async () => {
  // As root nothing is unreadable; a folder in its place is.
  const files = { 'salts.conf': etc()['salts.conf'] ?? '', 'keys.conf/x': '' };
  await expect(startNginx({ etc: files })).rejects.toThrow(/keys\.conf" failed \(21/);
});

test.each(['keys.conf', 'salts.conf'])('NGINX refuses to start without %s', async (missing) => {
  const files = etc();
  delete files[missing];
  await expect(startNginx({ etc: files })).rejects.toThrow(new RegExp(`${missing}" failed \\(2`));
});
