// More sites of which there is nothing to say: they nest, include and refuse by themselves.

import type { SiteRow } from './row.ts';

const service = 'include tallygate/service.conf;';
const gate = 'location ^~ /files/ { include tallygate/protect.conf; }';
const closed = ['/files/a.txt', '/files/a.jpg', '/files/deep/a.txt'];
const open = ['/files/a.txt', '/files/a.jpg', '/files/deep/a.txt'];

export const good: readonly SiteRow[] = [
  {
    name: 'protection against hotlinks, before the gate',
    server: `
      server_name dl.example.org;
      location ^~ /files/ {
        valid_referers none blocked server_names;
        if ($invalid_referer) { return 403; }
        include tallygate/protect.conf;
      }
      ${service}`,
    says: [],
    closed,
    open,
  },
  {
    name: 'two servers with one root, both gated',
    http: `
      server {
        listen 127.0.0.1:{other};
        root www;
        location /files/ { include tallygate/protect.conf; }
        include tallygate/pages.conf;
      }`,
    server: `${gate} ${service}`,
    says: [],
    closed: [...closed, '{other}/files/a.txt', '{other}/files/deep/a.txt'],
    open,
  },
  {
    name: 'locations in files of their own',
    confs: {
      'site.d/20-files.conf': 'location ^~ /files/ { include etc/snippets/gate.conf; }',
      'site.d/10-images.conf': 'location ~* \\.(jpg|png)$ { expires 30d; }',
      'snippets/gate.conf': 'include tallygate/protect.conf;',
    },
    server: `include etc/site.d/*.conf; ${service}`,
    says: [],
    closed,
    open,
  },
  {
    name: 'a gate without a slash at its end, and what it sends on to inside',
    server: `
      location ^~ /files { include tallygate/protect.conf; }
      location ^~ /dl/ { include tallygate/protect.conf; rewrite ^/dl/(.*)$ /real/$1 last; }
      location ^~ /real/ { internal; include tallygate/record.conf; alias srv/; }
      ${service}`,
    says: [],
    closed: [...closed, '/files', '/dl/a.txt', '/real/a.txt'],
    open: [...open, '/dl/a.txt'],
  },
  {
    name: 'limit_except inside the gate',
    server: `
      location ^~ /files/ { include tallygate/protect.conf; limit_except GET { deny all; } }
      ${service}`,
    says: [],
    closed,
    open,
  },
  {
    name: 'secure_link in place already, for the same files',
    server: `
      location /video/ {
        secure_link $arg_md5,$arg_expires;
        secure_link_md5 "$secure_link_expires$uri seekrit";
        if ($secure_link = "") { return 403; }
        if ($secure_link = "0") { return 410; }
        alias www/files/;
      }
      ${gate}
      ${service}`,
    says: [],
    closed: [...closed, '/video/a.txt'],
    open,
  },
  {
    name: "only the site's own links",
    server: `location ^~ /files/ { include tallygate/protect-native.conf; } ${service}`,
    says: [],
    closed,
    open: [],
  },
  {
    name: 'limits that hold to the request',
    server: `location ^~ /files/ { include tallygate/protect-strict.conf; } ${service}`,
    says: [],
    closed,
    open,
  },
  {
    name: 'inner locations, which inherit the gate',
    server: `
      location ^~ /files/ {
        include tallygate/protect.conf;
        location /files/deep/ { expires 1d; }
        location ~ \\.jpg$ { expires 30d; types { image/jpeg jpg; } }
        location = /files/a.zip { default_type application/zip; }
      }
      ${service}`,
    says: [],
    closed: [...closed, '/files/a.zip', '/files/deep/a.jpg'],
    open: [...open, '/files/a.zip', '/files/deep/a.jpg'],
  },
  {
    name: 'the gate as the first of the expressions',
    server: `
      location ~ ^/files/(.+)$ { include tallygate/protect.conf; alias srv/$1; }
      location ~* \\.(jpg|png)$ { expires 30d; }
      location ~ ^/other/ { autoindex on; }
      ${service}`,
    says: [],
    closed: ['/files/a.txt', '/files/deep/a.txt'],
    open: ['/files/a.txt', '/files/deep/a.txt'],
  },
  {
    name: 'expressions that cannot take anything from the gate',
    server: `
      location /files/ { include tallygate/protect.conf; }
      location ~ /\\.ht { deny all; }
      location ~ ^/(?!files/).+\\.jpg$ { expires 30d; }
      location ~* ^/(images|css)/ { expires 30d; }
      include tallygate/segments.conf;
      ${service}`,
    says: [],
    closed,
    open,
  },
  {
    name: 'an expression that is gated, too',
    server: `
      location /files/ { include tallygate/protect.conf; }
      location ~* ^/files/.+\\.(jpg|mp4)$ { include tallygate/protect.conf; expires 30d; }
      ${service}`,
    says: [],
    closed,
    open,
  },
  {
    name: 'counted, with an origin for what is not here',
    server: `
      location ^~ /public/ { include tallygate/count.conf; try_files $uri @origin; }
      location @origin { include tallygate/record.conf; proxy_pass http://127.0.0.1:9; }
      ${gate}
      ${service}`,
    says: [],
    closed,
    open,
  },
  {
    name: "the server's headers and limits, repeated behind the gate",
    http: 'limit_conn_zone $binary_remote_addr zone=perip:1m;',
    server: `
      add_header Strict-Transport-Security "max-age=31536000; includeSubDomains" always;
      limit_conn perip 20;
      location ^~ /files/ {
        include tallygate/protect.conf;
        add_header Strict-Transport-Security "max-age=31536000; includeSubDomains" always;
        limit_conn perip 20;
      }
      ${service}`,
    says: [],
    closed,
    open,
  },
  {
    name: "a member's area that signs",
    server: `
      location ~ ^/members/(?<wanted>.+)$ {
        auth_basic "Members";
        auth_basic_user_file www/.htpasswd;
        set $tallygate_mint_path /files/$wanted;
        include tallygate/mint.conf;
      }
      include tallygate/mint-upstream.conf;
      ${gate}
      ${service}`,
    says: [],
    closed: [...closed, '/members/a.txt', '/tallygate/mint/files/a.txt?ttl=60'],
    open,
  },
  {
    name: 'covers beside gated albums, open on purpose and counted',
    server: `
      location ^~ /files/ { include tallygate/protect.conf; }
      location ^~ /files/covers/ { include tallygate/count.conf; }
      location = /files/index.txt { return 200 "nothing here\\n"; }
      location ^~ /files/upload/ { proxy_pass http://127.0.0.1:9; }
      ${service}`,
    files: { 'files/covers/a.jpg': 'a cover\n' },
    says: [],
    closed,
    open,
  },
];
