// Sites in which files of the gate can be had without a link, whatever our includes do: doctor must say so.

import { broken as more } from './broken-more.ts';
import type { SiteRow } from './row.ts';

const service = 'include tallygate/service.conf;';
const gate = 'location ^~ /files/ { include tallygate/protect.conf; }';
const closed = ['/files/a.txt', '/files/deep/a.txt'];
const open = ['/files/a.txt', '/files/deep/a.txt'];
const php = 'fastcgi_pass 127.0.0.1:9; fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;';
const sibling = 'a regular expression beside a prefix without ^~ takes its files';
const elsewhere = 'the same folder has another address';

const opening: readonly SiteRow[] = [
  {
    name: 'WordPress, and the gate without ^~',
    server: `
      location / { try_files $uri $uri/ /index.php?$args; }
      location ~ \\.php$ { ${php} }
      location ~* \\.(js|css|png|jpg|jpeg|gif|ico)$ { expires max; log_not_found off; }
      location /files/ { include tallygate/protect.conf; }
      ${service}`,
    says: [
      /^wrong: location ~\* .*jpg.* sends files of location \/files\/ .* such as \/files\/x\.js -> Write: location \^~ \/files\/ \{/,
      /^warning: location ~ \\\.php\$ .*hands addresses of location \/files\/ .*fastcgi_pass -> Write: location \^~/,
    ],
    closed,
    open,
    opens: sibling,
    leaks: ['/files/a.jpg'],
  },
  {
    name: 'Nextcloud, and the gate without ^~ for a folder elsewhere',
    server: `
      location ~ \\.(?:css|js|mjs|svg|gif|ico|jpg|png|webp|wasm|tflite|map|ogg|flac)$ { try_files $uri /index.php$request_uri; access_log off; }
      location ~ \\.php(?:$|/) { ${php} }
      location / { try_files $uri $uri/ /index.php$request_uri; }
      location /downloads/ { include tallygate/protect.conf; alias srv/; }
      ${service}`,
    says: [
      /^warning: location ~ .*takes addresses of location \/downloads\/ .*links to them find nothing -> Write: location \^~ \/downloads\//,
      /^warning: location ~ \\\.php.*hands addresses of location \/downloads\//,
    ],
    closed: ['/downloads/a.txt', '/downloads/a.jpg'],
    open: ['/downloads/a.txt'],
  },
  {
    name: 'an included file with expiry times, behind the gate',
    confs: { 'expires.conf': 'location ~* \\.(?:jpg|mp4|zip)$ { expires 30d; }' },
    server: `location /files/ { include tallygate/protect.conf; } include etc/expires.conf; ${service}`,
    says: [
      /^wrong: location ~\* .*\(etc\/expires\.conf:1\) sends files of location \/files\/ \(nginx\.conf:\d+\) .* -> Write: location \^~ \/files\/ \{/,
    ],
    closed,
    open,
    opens: sibling,
    leaks: ['/files/a.jpg', '/files/a.zip', '/files/deep/a.jpg'],
  },
  {
    name: 'the gate inside a location, and an expression outside, which an inner ^~ does not keep away',
    server: `
      location / { index index.html; location ^~ /files/ { include tallygate/protect.conf; } }
      location ~* \\.jpg$ { expires 30d; }
      ${service}`,
    says: [/^wrong: location ~\* .* -> Write it outside of location \/: location \^~ \/files\/ \{/],
    closed,
    open,
    opens: sibling,
    leaks: ['/files/a.jpg'],
  },
  {
    name: 'an expression that is counted',
    server: `
      location ~* \\.jpg$ { include tallygate/count.conf; }
      location /files/ { include tallygate/protect.conf; }
      ${service}`,
    says: [/^wrong: location ~\* .*sends files of location \/files\//],
    closed,
    open,
    opens: sibling,
    leaks: ['/files/a.jpg'],
  },
  {
    name: 'the gate as the second of two expressions',
    server: `
      location ~* \\.(jpg|png)$ { expires 30d; }
      location ~ ^/files/ { include tallygate/protect.conf; }
      ${service}`,
    says: [
      /^wrong: .*jpg\|png.* sends files of location ~ \^\/files\/ .*put location ~ \^\/files\/ above it/,
    ],
    closed,
    open,
    opens: sibling,
    leaks: ['/files/a.jpg'],
  },
  {
    name: 'the folder below the root',
    server: `
      location / { try_files $uri $uri/ =404; }
      location ^~ /downloads/ { include tallygate/protect.conf; alias www/files/; }
      ${service}`,
    says: [
      /^wrong: location \/ .* sends files of the protected location \^~ \/downloads\/ .* at \/files\/x -> .*location \^~ \/files\/ \{ return 404; \}/,
    ],
    closed: ['/downloads/a.txt'],
    open: ['/downloads/a.txt', '/downloads/deep/a.txt'],
    opens: elsewhere,
    leaks: ['/files/a.txt'],
  },
  {
    name: 'a counted folder that holds the gated one',
    server: `location /mirror/ { include tallygate/count.conf; alias www/; } ${gate} ${service}`,
    says: [
      /^wrong: location \/mirror\/ .* at \/mirror\/files\/x -> .*location \^~ \/mirror\/files\/ \{ return 404; \}/,
    ],
    closed,
    open: [...open, '/mirror/public/a.txt'],
    opens: elsewhere,
    leaks: ['/mirror/files/a.txt'],
  },
  {
    name: 'a second server on the same root, without a gate',
    http: 'server { listen 127.0.0.1:{other}; server_name dl.example.org; root www; }',
    server: `server_name dl.example.org; ${gate} ${service}`,
    says: [
      /^wrong: server dl\.example\.org on 127\.0\.0\.1:\d+ .* at \/files\/x -> Write into server dl\.example\.org .*: location \^~ \/files\/ \{ include tallygate\/protect\.conf; \}/,
    ],
    closed,
    open,
    opens: elsewhere,
    leaks: ['{other}/files/a.txt'],
  },
  {
    name: 'an alias without the slash (off by one)',
    server: `
      location /static { alias www/static/; }
      ${gate}
      ${service}`,
    files: { 'static/a.css': '' },
    says: [
      /^wrong: location \/static .* at \/static\.\.\/files\/x -> Write the slash: location \/static\/ \{ alias www\/static\/; \}/,
    ],
    closed,
    open,
    opens: elsewhere,
    leaks: ['/static../files/a.txt'],
  },
  {
    name: 'an expression with an alias, without the slash',
    server: `location ~ ^/static(.*)$ { alias www/static/$1; } ${gate} ${service}`,
    files: { 'static/a.css': '' },
    says: [
      /^wrong: location ~ \^\/static\(\.\*\)\$ .* at \/static\.\.\/files\/x -> .*location ~ \^\/static\/\(\.\*\)\$ \{ alias www\/static\/\$1; \}/,
    ],
    closed,
    open,
    opens: elsewhere,
    leaks: ['/static../files/a.txt'],
  },
  {
    name: 'a location that the gate sends on to, without internal',
    server: `
      location ^~ /dl/ { include tallygate/protect.conf; rewrite ^/dl/(.*)$ /real/$1 last; }
      location ^~ /real/ { include tallygate/record.conf; alias srv/; }
      ${service}`,
    says: [
      /^wrong: location \^~ \/real\/ .* is open to everyone: .* -> Write into location \^~ \/real\/: internal;/,
    ],
    closed: ['/dl/a.txt'],
    open: ['/dl/a.txt'],
    opens: elsewhere,
    leaks: ['/real/a.txt'],
  },
  {
    name: 'merge_slashes off',
    server: `merge_slashes off; location / { } ${gate} ${service}`,
    says: [/^wrong: location \/ .* at \/\/files\/x -> Write into the server: merge_slashes on;/],
    closed,
    open,
    opens: elsewhere,
    leaks: ['//files/a.txt'],
  },
  {
    name: 'a root that try_files looks below',
    server: `location / { try_files $uri /files$uri =404; } ${gate} ${service}`,
    says: [
      /^wrong: location \/ .* sends files of the protected location \^~ \/files\/ .* at \/x -> Take \/files\$uri away from it: try_files/,
    ],
    closed,
    open,
    opens: elsewhere,
    leaks: ['/a.txt'],
  },
  {
    name: 'an address that is rewritten to the folder, in its own location',
    server: `location /get/ { rewrite ^/get/(.*)$ /files/$1 break; } ${gate} ${service}`,
    says: [
      /^wrong: location \/get\/ .* at \/get\/x -> Write into location \/get\/: include tallygate\/protect\.conf;/,
    ],
    closed,
    open,
    opens: elsewhere,
    leaks: ['/get/a.txt'],
  },
  {
    name: 'an expression with an alias to the folder',
    server: `location ~ ^/dl/(.*)$ { alias www/files/$1; } ${gate} ${service}`,
    says: [
      /^wrong: location ~ \^\/dl\/\(\.\*\)\$ .* at \/dl\/x -> Write into location ~ .*: include tallygate\/protect\.conf;/,
    ],
    closed,
    open,
    opens: elsewhere,
    leaks: ['/dl/a.txt'],
  },
  {
    name: 'a part of the folder under another name',
    server: `location /covers/ { alias www/files/deep/; } ${gate} ${service}`,
    says: [
      /^warning: location \/covers\/ .* at \/covers\/x: a part of its folder -> .*include tallygate\/count\.conf;/,
    ],
    closed,
    open,
    opens: elsewhere,
    leaks: ['/covers/a.txt'],
  },
  {
    name: 'locations in the midst of the gated folder, left open',
    server: `
      ${gate}
      location ^~ /files/deep/ { expires 30d; }
      location = /files/a.zip { default_type application/zip; }
      ${service}`,
    says: [
      /^warning: location \^~ \/files\/deep\/ .* is open to everyone, in the midst of location \^~ \/files\/ /,
      /^warning: location = \/files\/a\.zip .* is open to everyone/,
    ],
    closed: ['/files/a.txt', '/files/a.jpg'],
    open: ['/files/a.txt'],
    opens: 'a longer location has its own say',
    leaks: ['/files/deep/a.txt', '/files/a.zip'],
  },
  {
    name: 'inner locations that set anew what the gate consists of',
    server: `
      location ^~ /files/ {
        include tallygate/protect.conf;
        location /files/deep/ { auth_basic off; }
        location ~ \\.jpg$ { satisfy any; allow all; }
        location ~ \\.zip$ { limit_except POST { auth_basic off; } }
      }
      ${service}`,
    says: [
      /^wrong: location \/files\/deep\/ .* inside the protected location \^~ \/files\/ .*: auth_basic off; -> Take away: auth_basic off;/,
      /^wrong: location ~ \\\.jpg\$ .* satisfy any .*-> Take away: satisfy any;/,
      /^wrong: limit_except POST .* -> Take away: auth_basic off;/,
    ],
    closed: ['/files/a.txt'],
    open: ['/files/a.txt'],
    opens: 'an inner location has its own say',
    leaks: ['/files/deep/a.txt', '/files/a.jpg', '/files/a.zip'],
  },
  {
    name: 'a page for refusals that is the file',
    server: `
      location ^~ /files/ {
        error_page 401 403 404 = @origin;
        include tallygate/protect.conf;
      }
      location @origin { try_files $uri =404; include tallygate/record.conf; }`,
    says: [
      /^wrong: location \^~ \/files\/ .* sends its files to whom the gate refuses: error_page 401 403 404 = @origin; -> .*error_page 404 = @origin;/,
      /^warning: whoever is refused sees NGINX's own page .* -> .*include tallygate\/service\.conf;/,
      /^warning: no server includes tallygate\/service\.conf/,
    ],
    closed: [],
    open,
    opens: 'the site leads refused requests to the file',
    leaks: ['/files/a.txt'],
  },
];

export const broken: readonly SiteRow[] = [...opening, ...more];
