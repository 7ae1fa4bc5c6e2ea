// Doctor's idea of which location answers, beside NGINX's own: random sites and addresses, and real expressions.

import { describe, expect, test } from 'vitest';
import { own } from '../../app/doctor/site/blocks.ts';
import { locate } from '../../app/doctor/site/locate.ts';
import { readSite } from '../../app/doctor/site/model.ts';
import { readPattern } from '../../app/doctor/site/pattern.ts';
import { freePort } from '../../app/process/ports.ts';
import { ask } from '../gate/site.ts';
import { type Nginx, startNginx } from '../harness/nginx.ts';

/** Mulberry32: the same sites each time. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}

const folders = ['/', '/a', '/a/', '/a/b', '/a/b/', '/ab', '/a/b/c.jpg', '/A/', '/b/'];
const expressions = ['\\.jpg$', '^/a', '/b/', '^/(?!a/b)', 'c', '^/a/[^/]+$', 'B'];

/** Locations, each of which says who it is. */
function randomLocations(roll: (sides: number) => number, outer: string, depth: number): string {
  const written = new Set<string>();
  return Array.from({ length: 1 + roll(4) }, () => {
    const inside = folders.filter((folder) => folder.startsWith(outer));
    const isExpression = roll(5) < 2 || inside.length === 0;
    const list = isExpression ? expressions : inside;
    const pattern = list[roll(list.length)] as string;
    const modifier = (isExpression ? ['~', '~*'] : ['', '', '^~', '='])[roll(isExpression ? 2 : 4)] as string;
    // One address is one location, whatever stands before it; but for an exact one.
    const key = `${isExpression ? modifier : modifier === '='} ${pattern}`;
    if (written.has(key)) return '';
    written.add(key);
    const mayNest = depth < 2 && !isExpression && modifier !== '=' && roll(2) === 0;
    const inner = mayNest ? randomLocations(roll, pattern, depth + 1) : '';
    return `location ${modifier} "${pattern}" { ${inner} return 200 "${roll(1_000_000_000)}"; }\n`;
  }).join('');
}

const addresses = [...folders, '/a/x', '/a/b/x.jpg', '/a/b/x.JPG', '/c', '/abc', '/b/x.jpg', '/a/b/c.jpg/d'];

/** Asks one of many servers at one port, by its name. */
async function answerOf(nginx: Nginx, port: number, host: string, address: string): Promise<string> {
  const { status, body } = await ask({ ...nginx, port }, address, { headers: { Host: host } });
  return status === 200 ? body : 'none';
}

test('random sites: NGINX has the location answer that we say', async () => {
  const roll = dice(20_261_128);
  const port = await freePort();
  const http = Array.from(
    { length: 80 },
    (_, index) =>
      `server { listen 127.0.0.1:${port}; server_name s${index}; root /nowhere; ${randomLocations(roll, '', 0)} }`,
  ).join('\n');
  const nginx = await startNginx({ tallygate: false, http: `log_not_found off; ${http}` });
  const { servers } = readSite(`# configuration file /n/nginx.conf:\nhttp { ${http} }\n`, '/n/tallygate');
  const wrong: string[] = [];
  for (const [index, server] of servers.entries())
    for (const address of addresses) {
      const ours = own(locate(server, address).directive, 'return')[0]?.args[1] ?? 'none';
      const theirs = await answerOf(nginx, port, `s${index}`, address);
      if (ours !== theirs) wrong.push(`${address} of s${index}: ${theirs}, not ${ours}`);
    }
  expect(wrong).toEqual([]);
  await nginx.stop();
});

/** As sites have them. */
const real = [
  '\\.(?:css|js|mjs|svg|gif|ico|jpg|png|webp|wasm|tflite|map|ogg|flac)$',
  '^/(?:build|tests|config|lib|3rdparty|templates|data)(?:$|/)',
  '^/(?:\\.|autotest|occ|issue|indie|db_|console)',
  '\\.php(?:$|/)',
  '^(.+?\\.php)(/.*)?$',
  '/\\.(?!well-known\\/)',
  '(?:#.*#|\\.(?:bak|conf|dist|fla|in[ci]|log|orig|psd|sh|sql|sw[op])|~)$',
  '(.+)\\.(?:\\w+)\\.(avifs?|bmp|css|jpe?g|m?js)$',
  '^/files/(?<rest>.+)$',
  '^/(?P<first>[^/]+)/(?!private)[^/]+\\.(jpe?g|zip)$',
  '(?i)^/FILES/.*\\.ISO$',
  '^/f[[:alpha:]]{4}/\\d+\\.\\w{2,4}\\z',
  '\\A/files/[\\w-]++\\.iso$',
  '^/files/(?>[a-z]+)\\.txt$',
  '[/\\\\]x[^]a]\\.\\x6apg',
  '^/files/(?:(?=x)x|y)*\\.b(?<!a)$',
  '\\Q/x+.\\Ezip|^/files/$',
  '^/(?s:.*)\\.zip(?#the end)$',
  '^/(a)(b)?/.*\\1$',
  '~$',
];

const quoted = (source: string) => `"${source.replace(/\\(?=[\\"'trn])/g, '\\\\')}"`;

describe('real expressions', () => {
  const more = [
    '/files/',
    '/files/x',
    '/files/x.php/y',
    '/files/.git',
    '/files/7.iso',
    '/a/ba',
    '/files/xx.b',
    '/x+.zip',
  ];
  test('match what NGINX says they match, and our examples do', async () => {
    const port = await freePort();
    const http = real
      .map(
        (source, index) =>
          `server { listen 127.0.0.1:${port}; server_name s${index}; root /nowhere; location ~ ${quoted(source)} { return 200 yes; } }`,
      )
      .join('\n');
    const nginx = await startNginx({ tallygate: false, http: `log_not_found off; ${http}` });
    const wrong: string[] = [];
    for (const [index, source] of real.entries()) {
      const pattern = readPattern(source);
      const examples = pattern?.examples('/files/') ?? [];
      for (const address of [...examples.slice(0, 20), ...more]) {
        const ours = pattern?.test(address) ? 'yes' : 'none';
        const theirs = await answerOf(
          nginx,
          port,
          `s${index}`,
          address.replace(/[^\w./~+-]/g, encodeURIComponent),
        );
        if (ours !== theirs) wrong.push(`${source}: ${address}: ${theirs}, not ${ours}`);
      }
    }
    expect(wrong).toEqual([]);
    await nginx.stop();
  });

  test.each([
    ['\\.(jpg|zip)$', ['/files/x.jpg', '/files/x.zip']],
    ['^/files/.+\\.mp4$', ['/files/x.mp4']],
    ['^/([^/]+)/deep/.*\\.mp3$', ['/files/deep/x.mp3']],
    ['/\\.ht', ['/files/x/.ht']],
    ['(?i)\\.JPE?G$', ['/files/x.JPEG']],
  ])('%s has examples below /files/', (source, expected) => {
    expect(readPattern(source)?.examples('/files/')).toEqual(expect.arrayContaining(expected));
  });
  test.each(['^/other', '^/(?!files/)', '^/file$', '^/$', '^/FILES/', '^/[a-e]', '^//'])(
    '%s has none',
    (source) => {
      expect(readPattern(source)?.examples('/files/')).toEqual([]);
    },
  );
  test.each(['(?(1)a|b)', '\\p{L}', '(', 'a)', '(?R)', '[a'])(
    '%s is not read, and nothing is said of it',
    (source) => {
      expect(readPattern(source)).toBeUndefined();
    },
  );
  test.each(['(a+)+$', '(.*)*(.*)*x$', '((((.*)/)*)*)*\\.jpg$', '(a|b|c|d|e|f|g|h)*(i|j|k)*[x-z]{40}$'])(
    '%s takes no long time',
    (source) => {
      const begun = performance.now();
      readPattern(source)?.examples('/files/deep/deeper/deepest/');
      expect(performance.now() - begun).toBeLessThan(5000);
    },
  );
});
