// The checks of a site, on dumps of configurations: what the sites of test/gate/sites do not show.

import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { examineSite } from '../../app/doctor/site.ts';
import { projectRoot } from '../harness/folders.ts';

const folder = path.join(projectRoot, 'nginx');
const includes = (await readdir(folder)).filter((name) => /\.conf$/.test(name) && name !== 'example.conf');
const ours = (
  await Promise.all(
    includes.map(
      async (name) =>
        `# configuration file /etc/nginx/tallygate/${name}:\n${await readFile(path.join(folder, name), 'utf8')}\n`,
    ),
  )
).join('');

/** What doctor finds in an http block with these, beside what is well; the gate's own pages are there. */
function found(http: string, files: Record<string, string> = {}): string[] {
  const more = Object.entries(files).map(([name, text]) => `# configuration file ${name}:\n${text}\n`);
  const dump = `# configuration file /etc/nginx/nginx.conf:\nhttp {\ninclude tallygate/http.conf;\n${http}\n}\n${more.join('')}${ours}`;
  return examineSite(dump, '/etc/nginx/tallygate')
    .filter(({ status }) => status !== 'ok')
    .map((finding) => `${finding.status}: ${finding.what} -> ${'remedy' in finding ? finding.remedy : ''}`);
}
const service = 'include tallygate/service.conf;';
const gate = 'location ^~ /files/ { include tallygate/protect.conf; }';

describe('the homes of our includes', () => {
  test('each stands where its own head says', async () => {
    for (const name of includes) {
      const text = await readFile(path.join(folder, name), 'utf8');
      const context = /^# Context: +([\s\S]*?)\n# (?:Needs|Overrides):/m.exec(text)?.[1] ?? '';
      for (const [block, text] of [
        ['http', `include tallygate/${name};`],
        ['server', `server { include tallygate/${name}; }`],
        ['location', `server { location /x/ { include tallygate/${name}; } }`],
      ] as const) {
        const says = found(text).filter((line) => line.includes(`tallygate/${name} is included in`));
        const belongs = new RegExp(`(^|or )${block}\\b`).test(context.replace(/\n# +/g, ' '));
        expect(`${name} in ${block}: ${says.length === 0}`).toBe(`${name} in ${block}: ${belongs}`);
      }
    }
  });
  test('the remedy is the line', () => {
    expect(found(`server { include tallygate/protect.conf; ${service} }`)).toEqual([
      'wrong: tallygate/protect.conf is included in server (nginx.conf:3) -> It belongs in a location block: location ... { include tallygate/protect.conf; }',
    ]);
  });
  test('without http.conf there is nothing else to say', () => {
    const dump = '# configuration file /etc/nginx/nginx.conf:\nhttp { }\n';
    expect(examineSite(dump, '/etc/nginx/tallygate')).toMatchObject([
      { status: 'wrong', what: "the site's configuration does not include tallygate/http.conf" },
    ]);
  });
});

describe('other servers', () => {
  const site = `server { listen 443 ssl; server_name a.org; root /srv; ${gate} ${service} }`;
  test.each([
    ['for this host alone', 'listen 127.0.0.1:8080; listen unix:/run/x.sock; root /srv;'],
    ['that redirects', 'listen 80; root /srv; return 301 https://$host$request_uri;'],
    ['that redirects in its only location', 'listen 80; root /srv; location / { return 301 https://a.org; }'],
    ['with a root elsewhere', 'listen 80; root /srv2; '],
    ['whose root is the name of a variable', 'listen 80; root /srv/$host;'],
    ['with a password', 'listen 80; root /srv; auth_basic "x"; auth_basic_user_file x;'],
    ['for an address range', 'listen 80; root /srv; allow 10.0.0.0/8; deny all;'],
    ['for who has a certificate', 'listen 80 ssl; root /srv; ssl_verify_client on;'],
    ['that asks', 'listen 80; root /srv; location / { auth_request /asked; }'],
    ['that hands everything on', 'listen 80; root /srv; location / { proxy_pass http://127.0.0.1:1; }'],
    ['that closes the folder', 'listen 80; root /srv; location ^~ /files { deny all; }'],
  ])('%s: nothing', (_, text) => {
    expect(found(`${site} server { ${text} }`)).toEqual([]);
  });
  test.each([
    ['listen 80; root /srv;', 'location ^~ /files/ { include tallygate/protect.conf; }', 'a.org'],
    ['listen 80; root /srv/files;', 'location / { include tallygate/protect.conf; }', 'b.org'],
    ['listen 80; root /srv/; location /files/ { deny 192.0.2.1; }', 'location ^~ /files/', 'b.org'],
    ['listen 80; location /x/ { alias /srv/; }', 'location ^~ /x/files/ { return 404; }', 'b.org'],
    ['listen 80; root /srv; if ($bad_bot) { return 403; }', 'location ^~ /files/ { return 404; }', 'b.org'],
    ['listen 127.0.0.1:80; listen 80; root /srv;', 'location ^~ /files/ { return 404; }', 'b.org'],
  ])('%s', (text, remedy, name) => {
    const says = found(
      `${site} server { server_name ${name}; ${text} }`.replace('ssl; server_name', '; server_name'),
    );
    expect(says).toHaveLength(1);
    expect(says[0]).toMatch(/^wrong: /);
    expect(says[0]).toContain(remedy);
  });
  test('the same name without TLS redirects', () => {
    const [says] = found(`${site} server { listen 80; server_name a.org; root /srv; }`);
    expect(says).toContain('location ^~ /files/ { return 301 https://$host$request_uri; }');
  });
  test('relative names stand below the prefix', () => {
    const dump = `# configuration file /etc/nginx/nginx.conf:\nhttp { include tallygate/http.conf;
      server { listen 80; root /opt/www; ${gate} ${service} } server { listen 81; root www; } }\n${ours}`;
    const says = (prefix?: string) =>
      examineSite(dump, '/etc/nginx/tallygate', prefix).filter(({ status }) => status !== 'ok').length;
    expect(says()).toBe(0);
    expect(says('/opt')).toBe(1);
  });
});

describe('expressions beside the gate', () => {
  const beside = (text: string) =>
    found(`server { root /srv; location /files/ { include tallygate/protect.conf; } ${text} ${service} }`);
  test.each([
    'location ~ \\.jpg$ { return 301 https://cdn.example.org$uri; }',
    'location ~ \\.jpg$ { deny all; }',
    'location ~ \\.jpg$ { internal; }',
    'location ~ \\.jpg$ { rewrite ^ /elsewhere last; }',
    'location ~ ^/files/covers/.*\\.jpg$ { include tallygate/count.conf; }',
    'location /pages/ { location ~ \\.jpg$ { expires 1d; } }',
    'location ~ (?(1)a|b) { expires 1d; }',
    'location ~ ^/other/ { location ~ \\.jpg$ { expires 1d; } }',
  ])('%s: nothing', (text) => {
    expect(beside(text)).toEqual([]);
  });
  test('one that stands in an outer location, where the gate stands, too', () => {
    const text = `location /a/ { location /a/files/ { include tallygate/protect.conf; } location ~ \\.jpg$ { expires 1d; } }`;
    const [says] = found(`server { root /srv; ${text} ${service} }`);
    expect(says).toMatch(/^wrong: .* such as \/a\/files\/x\.jpg -> Write: location \^~ \/a\/files\/ \{/);
  });
  test('an exact location is taken by none', () => {
    const text =
      'location = /files/a.jpg { include tallygate/protect.conf; } location ~ \\.jpg$ { expires 1d; }';
    // But the others are open, and with them nothing of the gate's.
    expect(found(`server { root /srv; ${text} ${service} }`)).toEqual([]);
  });
  test('the gate for a whole site has its exceptions', () => {
    const text =
      'location / { include tallygate/protect.conf; } location = /robots.txt { } location /css/ { }';
    expect(found(`server { root /srv; ${text} ${service} }`)).toEqual([]);
  });
});

describe('what a block hides', () => {
  test('NGINX 1.29.3 can merge', () => {
    const text = 'add_header X-A a; add_header_inherit merge;';
    expect(found(`server { root /srv; ${text} ${gate} ${service} }`)).toEqual([]);
  });
  test('of what is for origins, only where there is one', () => {
    expect(found(`server { root /srv; proxy_hide_header X-Powered-By; ${gate} ${service} }`)).toEqual([]);
  });
  test('a location has one auth_request', () => {
    const text = 'auth_request /asked; location ^~ /files/ { include tallygate/protect-strict.conf; }';
    expect(found(`server { root /srv; ${text} ${service} }`)).toEqual([
      expect.stringMatching(
        /the auth_request around location .* write include tallygate\/protect\.conf; instead/,
      ),
    ]);
  });
  test('an inner location that takes the question for limits away', () => {
    const text =
      'location ^~ /files/ { include tallygate/protect-strict.conf; location /files/a/ { auth_request off; } }';
    expect(found(`server { root /srv; ${text} ${service} }`)).toEqual([
      expect.stringMatching(
        /^wrong: .* does not ask whether a limit is spent: .* -> Take away: auth_request off;/,
      ),
    ]);
  });
  test('an inner location with other links', () => {
    const text =
      'location ^~ /files/ { include tallygate/protect.conf; location /files/a/ { secure_link $arg_m; secure_link_md5 x; auth_basic_user_file y; } }';
    expect(found(`server { root /srv; ${text} ${service} }`)).toEqual([
      expect.stringMatching(/^wrong: .* judges other links: secure_link /),
      expect.stringMatching(/^wrong: .* judges other links: secure_link_md5 /),
      expect.stringMatching(/^warning: .* lets in who has a password/),
    ]);
  });
});

test('where the gate sends on to inside NGINX must be internal', () => {
  const site = (more: string) => `server { root /srv; location ^~ /files/ { include tallygate/protect.conf;
    rewrite ^/files/(.*)$ /real/$1 last; } location /real/ { ${more} include tallygate/record.conf; } ${service} }`;
  expect(found(site('internal;'))).toEqual([]);
  expect(found(site(''))).toEqual([
    expect.stringMatching(/^wrong: location \/real\/ .* is open to everyone: .* -> .*internal;/),
  ]);
});

test('a fallback that answers others, too, gets a name of its own', () => {
  const text = `location / { try_files $uri @app; } location @app { proxy_pass http://127.0.0.1:1; }
    location ^~ /files/ { include tallygate/protect.conf; try_files $uri @app; }`;
  expect(found(`server { root /srv; ${text} ${service} }`)).toEqual([
    expect.stringMatching(/^warning: .* -> .*location @app_counted \{ include tallygate\/record\.conf;/),
  ]);
});

test('a page for all that is missing is no download', () => {
  const text = `error_page 404 =200 @sorry; location @sorry { rewrite ^ /sorry.html break; } ${gate}`;
  expect(found(`server { root /srv; ${text} ${service} }`)).toEqual([]);
});
