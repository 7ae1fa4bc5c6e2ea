// tallygate doctor and rings of keys: the gate is tried with a key of the ring that the server accepts, and it is said
// where server, key file and configuration do not go together.

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../app/config/load.ts';
import { examineNginx } from '../../app/doctor/nginx.ts';
import { accept, newKey, newRing } from '../../app/keys/change.ts';
import { ringFor, ringsNamed } from '../../app/nginx/server-ring.ts';
import { etc, startSite } from '../gate/site.ts';
import type { Nginx } from '../harness/nginx.ts';

let nginx: Nginx;
let text: string;
beforeAll(async () => {
  const now = new Date();
  nginx = await startSite({ etc: etc(accept([newRing(newKey('a1', now))], 'site-a', undefined, now)) });
  text = await readFile(path.join(nginx.dir, 'nginx.conf'), 'utf8');
});
afterAll(() => nginx.stop());

/** What is wrong where the server says `ring` and links are signed with `signing`. */
async function wrongWith(ring: string, signing: string): Promise<string[]> {
  const file = path.join(nginx.dir, 'nginx.conf');
  const said = ring && `set $tallygate_keys ${ring};`;
  await writeFile(file, text.replace('include tallygate/service.conf;', `${said} $&`));
  await nginx.reload();
  const config = loadConfig({
    file: '/dev/null',
    env: {
      TALLYGATE_ORIGIN: nginx.url,
      TALLYGATE_KEYS_FILE: path.join(nginx.places.etc, 'keys.conf'),
      TALLYGATE_KEYS_RING: signing,
    },
  });
  const site = { arguments: ['-p', nginx.dir, '-c', file], includes: nginx.places.includes, pidFile: '' };
  const findings = await examineNginx(site, config);
  return findings.filter(({ status }) => status === 'wrong').map(({ what }) => what);
}

test('all is well where server and configuration say the same', async () => {
  expect(await wrongWith('', '')).toEqual([]);
  expect(await wrongWith('site-a', 'site-a')).toEqual([]);
  // As NGINX takes it.
  expect(await wrongWith('"Site-A"', 'site-a')).toEqual([]);
});

test('links that their own server would refuse are named, and the gate is tried all the same', async () => {
  expect(await wrongWith('site-a', '')).toEqual([
    `links are signed with keys of the default ring, and the server of ${nginx.url} accepts the ring site-a`,
  ]);
  expect(await wrongWith('', 'site-a')).toEqual([
    `links are signed with keys of the ring site-a, and the server of ${nginx.url} accepts the default ring`,
  ]);
});

test('a ring that the key file does not have is named', async () => {
  const [first] = await wrongWith('site-b', 'site-b');
  expect(first).toBe(
    'the server _ names the ring site-b, which the key file does not have: its gate opens to nobody',
  );
});

const dump = (http: string) => `# configuration file /etc/nginx/nginx.conf:
http { ${http} }
# configuration file /etc/nginx/tallygate/service.conf:
location ^~ /tallygate/probe/ { }
`;
const probe = 'include tallygate/service.conf;';
const server = (name: string, ring: string, more = probe) =>
  `server { server_name ${name} www.${name}; ${ring && `set $tallygate_keys ${ring};`} ${more} }`;

test.each<[string, string, string | undefined]>([
  ['one site', server('a.example', 'site-a'), 'site-a'],
  ['one site without a ring', server('a.example', ''), ''],
  ['its own of two', server('b.example', '') + server('a.example', 'site-a'), 'site-a'],
  [
    'beside a server that sends on to it',
    server('a.example', '', '') + server('a.example', 'site-a'),
    'site-a',
  ],
  ['a server of any name', server('_', 'site-a'), 'site-a'],
  ['two of which neither is named so', server('_', 'site-a') + server('b.example', 'site-b'), undefined],
  ['by a variable', server('a.example', '$host'), undefined],
  ['by a map', `map $host $tallygate_keys { default ""; } ${server('a.example', '')}`, undefined],
  ['in a location alone', server('a.example', '', `${probe} location /x/ { set $tallygate_keys x; }`), ''],
  ['nothing of ours', 'server { }', undefined],
])('the ring of an origin: %s', (_, http, ring) => {
  expect(ringFor(dump(http), 'https://a.example')).toBe(ring);
});

test('the servers that name a ring', () => {
  expect(ringsNamed(dump(server('a.example', 'site-a') + server('b.example', '')))).toEqual([
    { ring: 'site-a', server: 'a.example' },
  ]);
});
