// The golden vectors, through each of the places that compute a signature: Node here, njs's own engine on the
// command line. test/gate/vectors.test.ts sends them through NGINX.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { signatureOf, signLink } from '../../app/link/sign.ts';
import { canonicalString } from '../../njs/link/canonical.ts';
import { projectRoot, temporaryFolder } from '../harness/folders.ts';
import vectors from '../vectors.json' with { type: 'json' };
import { fieldsOf } from './vector-fields.ts';

const today = '2026-11-21';

test.each(vectors.hs256)('$name: signed in Node', (vector) => {
  const key = { kind: 'hs256', id: vector.key.id, secret: vector.key.secret, since: today } as const;
  const signed = fieldsOf(vector);
  expect(canonicalString(signed)).toBe(vector.canonical);
  expect(signatureOf(key, signed)).toEqual({ mac: vector.mac, signature: vector.signature });

  const [pathname = '', query] = vector.link.split('?');
  const args = new URLSearchParams(query);
  const number = (name: string) => (args.has(name) ? Number(args.get(name)) : undefined);
  const link = signLink(
    key,
    {
      path: decodeURIComponent(pathname),
      expires: Number(args.get('e')),
      finishBy: number('f'),
      notBefore: number('b'),
      token: args.get('t') ?? undefined,
      address: signed.i === '' ? undefined : signed.i.replace('::/64', '::1'),
      rate: number('r'),
      filename: args.get('n') ?? undefined,
      prefix: number('p'),
    },
    '',
  );
  expect(link).toBe(vector.link);
});

test.each(vectors.secure_link)('$name: secure_link', ({ preimage, signature }) => {
  expect(createHash('md5').update(preimage).digest('base64url')).toBe(signature);
});

test('all of them in the njs command line, from the source that NGINX runs', async () => {
  const dir = await temporaryFolder('vectors');
  const entry = `
    import crypto from 'crypto';
    import { canonicalString } from ${JSON.stringify(path.join(projectRoot, 'njs/link/canonical.ts'))};
    const cases = ${JSON.stringify(vectors.hs256.map((vector) => ({ fields: fieldsOf(vector), secret: vector.key.secret })))};
    for (let i = 0; i < cases.length; i++) {
      const text = canonicalString(cases[i].fields);
      const mac = crypto.createHmac('sha256', cases[i].secret).update(text).digest('hex');
      console.log(mac + ' ' + crypto.createHash('md5').update(mac).digest('base64url'));
    }`;
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: projectRoot, loader: 'ts' },
    bundle: true,
    format: 'esm',
    target: 'es2017',
    external: ['crypto'],
    write: false,
  });
  const script = path.join(dir, 'vectors.js');
  await writeFile(script, outputFiles[0]?.text ?? '');
  const printed = execFileSync('njs', ['-q', script], { encoding: 'utf8' }).trim().split('\n');
  expect(printed).toEqual(vectors.hs256.map(({ mac, signature }) => `${mac} ${signature}`));
});
