// The golden vectors, through each of the places that compute a signature: Node here, njs's own engine on the
// command line. test/gate/vectors.test.ts sends them through NGINX.

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { signatureOf, signLink } from '../../app/link/sign.ts';
import { canonicalString } from '../../njs/link/canonical.ts';
import { inNjs } from '../harness/njs.ts';
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
  const printed = await inNjs(`
    import crypto from 'crypto';
    import { canonicalString } from './njs/link/canonical.ts';
    const cases = ${JSON.stringify(vectors.hs256.map((vector) => ({ fields: fieldsOf(vector), secret: vector.key.secret })))};
    for (let i = 0; i < cases.length; i++) {
      const text = canonicalString(cases[i].fields);
      const mac = crypto.createHmac('sha256', cases[i].secret).update(text).digest('hex');
      console.log(mac + ' ' + crypto.createHash('md5').update(mac).digest('base64url'));
    }`);
  expect(printed).toEqual(vectors.hs256.map(({ mac, signature }) => `${mac} ${signature}`));
});
