// Sites in which the gate holds, and something else does not come out as one would have it.

import type { SiteRow } from './row.ts';

const service = 'include tallygate/service.conf;';
const gate = 'location ^~ /files/ { include tallygate/protect.conf; }';
const closed = ['/files/a.txt', '/files/a.jpg', '/files/deep/a.txt'];
const open = ['/files/a.txt', '/files/a.jpg', '/files/deep/a.txt'];

export const broken: readonly SiteRow[] = [
  {
    name: 'an answer above the gate',
    server: `location ^~ /files/ { return 404; include tallygate/protect.conf; } ${service}`,
    says: [
      /^wrong: location \^~ \/files\/ .* answers before the gate is reached: return 404; -> Put it above: include tallygate\/protect\.conf;/,
    ],
    closed,
    open: [],
  },
  {
    name: 'a break above the gate',
    server: `location ^~ /files/ { if ($arg_x) { break; } include tallygate/protect.conf; } ${service}`,
    says: [/^warning: location \^~ \/files\/ .* bare 401 page .*: break; -> Put it above: include/],
    closed: [...closed, '/files/a.txt?x=1'],
    open,
  },
  {
    name: 'rewrites above the gate',
    server: `
      location ^~ /files/ {
        rewrite ^/files/old/(.*)$ /files/$1 permanent;
        rewrite ^/files/v1/(.*)$ /files/$1 last;
        rewrite ^/files/v2/(.*)$ /files/$1 break;
        include tallygate/protect.conf;
      }
      ${service}`,
    says: [
      /^warning: location \^~ \/files\/ .* goes elsewhere before the gate is asked: rewrite \^\/files\/v1/,
      /^warning: location \^~ \/files\/ .* bare 401 page .*: rewrite \^\/files\/v2/,
    ],
    closed: [...closed, '/files/v1/a.txt', '/files/v2/a.txt', '/files/old/a.txt'],
    open,
  },
  {
    name: 'an inner location that is counted, and closed all the same',
    server: `
      location ^~ /files/ {
        include tallygate/protect.conf;
        location ^~ /files/deep/ { include tallygate/count.conf; }
      }
      ${service}`,
    says: [
      /^warning: location \^~ \/files\/deep\/ .* stays closed: it inherits the gate -> .*write it outside: location \^~ \/files\/deep\//,
    ],
    closed,
    open,
  },
  {
    name: 'an inner location with a log and headers of its own',
    server: `
      location ^~ /files/ {
        include tallygate/protect.conf;
        location ^~ /files/deep/ { access_log off; add_header X-Robots-Tag noindex; }
      }
      ${service}`,
    says: [
      /^warning: downloads from location \^~ \/files\/deep\/ .* are not recorded: .* -> Write into it: include tallygate\/record\.conf;/,
      /^warning: location \^~ \/files\/deep\/ .* has its own add_header, .* -> Repeat there: add_header Content-Disposition \$tallygate/,
    ],
    closed,
    open,
  },
  {
    name: 'no log beside the gate, and one too many',
    server: `
      location ^~ /files/ { include tallygate/protect.conf; access_log off; }
      location ^~ /public/ { include tallygate/protect.conf; access_log log/site.log; }
      ${service}`,
    says: [
      /^wrong: no download from location \^~ \/files\/ .* is recorded: access_log off -> Take away: access_log off;/,
      /^warning: location \^~ \/public\/ .* also writes log\/site\.log, and with the request line each signature/,
    ],
    closed: [...closed, '/public/a.txt'],
    open: [...open, '/public/a.txt'],
  },
  {
    name: 'an origin for what is not here, and a shop, that do not record',
    http: `
      server { listen 127.0.0.1:{other}; location / { add_header X-Accel-Redirect /protected$uri; return 200; } }`,
    server: `
      error_page 404 =200 @old;
      location ^~ /files/ { include tallygate/protect.conf; try_files $uri @origin; }
      location ^~ /public/ {
        include tallygate/protect.conf;
        include tallygate/origin.conf;
        proxy_pass http://127.0.0.1:{other};
      }
      location @origin { proxy_pass http://127.0.0.1:9; }
      location @old { root srv; }
      location /protected/ { internal; alias www/; }
      location /errors/ { internal; }
      location = /asked { internal; return 204; }
      location /members/ { auth_request /asked; error_page 500 /errors/500.html; }
      ${service}`,
    says: [
      /^warning: downloads from .* that location @origin .* answers are not recorded: try_files \$uri @origin; -> Write into location @origin: include tallygate\/record\.conf;/,
      /^warning: downloads from .* that location @old .* answers are not recorded: error_page 404 =200 @old; -> As @old answers others, too, lead to a location of its own: location @old_counted/,
      /^warning: downloads from location \^~ \/public\/ .* that location \/protected\/ .* X-Accel-Redirect .* -> Write into location \/protected\/: include tallygate\/record\.conf;/,
    ],
    closed: [...closed, '/public/a.txt', '/protected/files/a.txt'],
    open: [...open, '/public/a.txt'],
  },
  {
    name: "the server's headers, limits and pages, which the gate's own hide",
    http: 'limit_conn_zone $binary_remote_addr zone=perip:1m;',
    server: `
      add_header Strict-Transport-Security "max-age=31536000; includeSubDomains" always;
      limit_conn perip 20;
      error_page 404 /404.html;
      ${gate}
      location ^~ /public/ { include tallygate/protect-strict.conf; add_header X-Robots-Tag noindex; }
      ${service}`,
    says: [
      /^warning: the add_header around location \^~ \/files\/ [^,]* is lost there, because tallygate\/protect\.conf has its own -> Repeat behind the include: add_header Strict-Transport-Security "max-age=31536000; includeSubDomains" always;$/,
      /^warning: the limit_conn around location \^~ \/files\/ .*, location \^~ \/public\/ .* -> Repeat behind the include: limit_conn perip 20;$/,
      /^warning: the error_page around location \^~ \/public\/ .* tallygate\/protect-strict\.conf .* -> .*error_page 404 \/404\.html;$/,
    ],
    closed,
    open,
  },
  {
    name: 'an origin that is told what opened the gate',
    http: 'server { listen 127.0.0.1:{other}; root www; }',
    server: `
      location ^~ /files/ { include tallygate/protect.conf; proxy_pass http://127.0.0.1:{other}; }
      location ^~ /public/ {
        include tallygate/protect.conf;
        include tallygate/origin.conf;
        proxy_pass http://127.0.0.1:{other};
      }
      proxy_set_header Host $host;
      ${service}`,
    says: [
      /^warning: the origin behind location \^~ \/files\/ .* is told .* -> .*include tallygate\/origin\.conf;/,
      /^warning: the proxy_set_header around location \^~ \/public\/ .* tallygate\/origin\.conf .* -> .*proxy_set_header Host \$host;/,
    ],
    closed,
    open: [...open, '/public/a.txt'],
  },
  {
    name: 'an application that answers for the gated part, too',
    http: `
      server { listen 127.0.0.1:{other}; root www; }`,
    server: `
      location / { proxy_pass http://127.0.0.1:{other}; }
      location ^~ /dl/ {
        include tallygate/protect.conf;
        include tallygate/origin.conf;
        proxy_pass http://127.0.0.1:{other}/files/;
      }
      ${service}`,
    says: [
      /^warning: location \/ .* passes on what is asked of the protected location \^~ \/dl\/ .* at \/files\/x -> .*location \^~ \/files\/ \{ return 404; \}/,
    ],
    closed: ['/dl/a.txt'],
    open: ['/dl/a.txt'],
    opens: 'the origin is asked under another address',
    leaks: ['/files/a.txt'],
  },
  {
    name: 'pages that include others (SSI)',
    server: `
      location /pages/ { ssi on; types { text/html html; } }
      location ^~ /files/ { include tallygate/protect.conf; location /files/deep/ { expires 1d; } }
      ${service}`,
    files: {
      'pages/inner.html': '<!--#include virtual="/files/deep/a.txt" -->\n',
      'pages/outer.html': '<!--#include virtual="/files/a.txt" -->\n',
    },
    says: [
      /^warning: pages of this server may include files of location \/files\/deep\/ .*: ssi on; .* -> .*include tallygate\/protect\.conf;/,
    ],
    closed: [...closed, '/pages/outer.html'],
    open,
    opens: 'NGINX asks no access checks of subrequests',
    leaks: ['/pages/inner.html'],
  },
  {
    name: 'modules that behave otherwise behind the gate',
    server: `
      open_file_cache max=100;
      open_file_cache_errors on;
      open_file_cache_valid 5m;
      gzip_static on;
      location ^~ /files/ { include tallygate/protect.conf; dav_methods PUT; mp4; }
      ${service}`,
    says: [
      /^warning: in location \^~ \/files\/ .* up to 5m more: .* -> Write into it: open_file_cache_errors off;/,
      /^warning: location \^~ \/files\/ .* takes no PUT: /,
      /^warning: location \^~ \/files\/ .*: no link holds the arguments of mp4 .* -> Take away: mp4;/,
    ],
    closed,
    open: ['/files/a.txt'],
  },
  {
    name: 'an internal location that is gated, and links in a path',
    server: `
      location ^~ /files/ { internal; include tallygate/protect.conf; }
      include tallygate/segments.conf;
      ${service}`,
    says: [/^warning: location \^~ \/files\/ .* is internal, and links in a path .* get there all the same/],
    closed: [...closed, '/s/tderfWPa86Ku7YnzW51YQg/1795300000/a1/-/files/a.txt'],
    open: [],
  },
  {
    name: 'no pages',
    server: `${gate}`,
    http: 'server { listen 127.0.0.1:{other}; include tallygate/service.conf; }',
    says: [/^warning: whoever is refused sees NGINX's own page in the server at nginx\.conf:\d+ -> /],
    closed,
    open,
  },
  {
    name: 'an if in the gate that brings a header',
    server: `
      location ^~ /files/ {
        include tallygate/protect.conf;
        if ($http_origin ~ "^https://player\\.example\\.org$") { add_header Access-Control-Allow-Origin $http_origin; }
      }
      ${service}`,
    says: [/^warning: if \(\$http_origin .* in location \^~ \/files\/ .* has its own add_header/],
    closed,
    open,
  },
];
