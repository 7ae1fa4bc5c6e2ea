// Sites of which there is nothing to say.

import { good as more } from './good-more.ts';
import type { SiteRow } from './row.ts';

const service = 'include tallygate/service.conf;';
const gate = 'location ^~ /files/ { include tallygate/protect.conf; }';
const closed = ['/files/a.txt', '/files/a.jpg', '/files/deep/a.txt'];
const open = ['/files/a.txt', '/files/a.jpg', '/files/deep/a.txt'];
/** PHP as Debian's snippet has it; nobody listens there. */
const php = 'fastcgi_pass 127.0.0.1:9; fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;';

const first: readonly SiteRow[] = [
  {
    name: 'the example: one folder gated, one counted',
    server: `
      location /files/  { include tallygate/protect.conf; alias srv/; }
      location /public/ { include tallygate/count.conf; }
      ${service}`,
    says: [],
    closed: ['/files/a.txt', '/files/deep/a.txt'],
    open: ['/files/a.txt', '/files/deep/a.txt', '/public/a.txt'],
  },
  {
    name: "Debian's default site",
    server: `
      index index.html index.htm index.nginx-debian.html;
      server_name _;
      location / { try_files $uri $uri/ =404; }
      ${gate}
      ${service}`,
    says: [],
    closed,
    open,
  },
  {
    name: 'WordPress',
    server: `
      index index.php;
      location = /favicon.ico { log_not_found off; access_log off; }
      location = /robots.txt { allow all; log_not_found off; access_log off; }
      location / { try_files $uri $uri/ /index.php?$args; }
      location ~ \\.php$ { fastcgi_intercept_errors on; ${php} }
      location ~* \\.(js|css|png|jpg|jpeg|gif|ico)$ { expires max; log_not_found off; }
      ${gate}
      ${service}`,
    says: [],
    closed,
    open,
  },
  {
    name: 'Nextcloud',
    http: 'map $arg_v $asset_immutable { "" ""; default ", immutable"; }',
    server: `
      index index.php index.html /index.php$request_uri;
      location = / { if ( $http_user_agent ~ ^DavClnt ) { return 302 /remote.php/webdav/$is_args$args; } }
      location = /robots.txt { allow all; log_not_found off; access_log off; }
      location ^~ /.well-known {
        location = /.well-known/carddav { return 301 /remote.php/dav/; }
        location /.well-known/acme-challenge { try_files $uri $uri/ =404; }
        return 301 /index.php$request_uri;
      }
      location ~ ^/(?:build|tests|config|lib|3rdparty|templates|data)(?:$|/) { return 404; }
      location ~ ^/(?:\\.|autotest|occ|issue|indie|db_|console) { return 404; }
      location ~ \\.php(?:$|/) {
        rewrite ^/(?!index|remote|public|cron|core\\/ajax\\/update|status|ocs\\/v[12]|updater\\/.+|ocs-provider\\/.+|.+\\/richdocumentscode(_arm64)?\\/proxy) /index.php$request_uri;
        fastcgi_split_path_info ^(.+?\\.php)(/.*)$;
        try_files $fastcgi_script_name =404;
        ${php}
      }
      location ~ \\.(?:css|js|mjs|svg|gif|ico|jpg|png|webp|wasm|tflite|map|ogg|flac)$ {
        try_files $uri /index.php$request_uri;
        add_header Cache-Control "public, max-age=15778463$asset_immutable";
        access_log off;
        location ~ \\.wasm$ { default_type application/wasm; }
      }
      location ~ \\.(otf|woff2?)$ { try_files $uri /index.php$request_uri; expires 7d; access_log off; }
      location /remote { return 301 /remote.php$request_uri; }
      location / { try_files $uri $uri/ /index.php$request_uri; }
      ${gate}
      ${service}`,
    says: [],
    closed,
    open,
  },
  {
    name: 'Laravel',
    server: `
      add_header X-Frame-Options "SAMEORIGIN";
      add_header X-Content-Type-Options "nosniff";
      index index.php;
      charset utf-8;
      location / { try_files $uri $uri/ /index.php?$query_string; }
      location = /favicon.ico { access_log off; log_not_found off; }
      error_page 404 /index.php;
      location ~ ^/index\\.php(/|$) { fastcgi_hide_header X-Powered-By; ${php} }
      location ~ /\\.(?!well-known).* { deny all; }
      location ^~ /files/ {
        include tallygate/protect.conf;
        add_header X-Frame-Options "SAMEORIGIN";
        add_header X-Content-Type-Options "nosniff";
      }
      ${service}`,
    says: [],
    closed,
    open,
  },
  {
    name: "h5bp's snippets",
    http: 'map $sent_http_content_type $expires { default 1y; "" off; ~*text/html epoch; }',
    server: `
      expires $expires;
      error_page 404 /404.html;
      location ~* /\\.(?!well-known\\/) { deny all; }
      location ~* (?:#.*#|\\.(?:bak|conf|dist|fla|in[ci]|log|orig|psd|sh|sql|sw[op])|~)$ { deny all; }
      location ~* (.+)\\.(?:\\w+)\\.(avifs?|bmp|css|cur|gif|ico|jpe?g|jxl|m?js|a?png|svgz?|webp|webmanifest)$ { try_files $uri $1.$2; }
      ${gate}
      ${service}`,
    files: { 'files/a.1.jpg': 'hello, world\n' },
    says: [],
    closed: [...closed, '/files/a.1.jpg'],
    open,
  },
  {
    name: "certbot's servers: one that redirects, one that serves",
    http: `
      server {
        if ($host = dl.example.org) { return 301 https://$host$request_uri; } # managed by Certbot
        listen 127.0.0.1:{other};
        server_name dl.example.org;
        root www;
        return 404; # managed by Certbot
      }`,
    server: `server_name dl.example.org; ${gate} ${service}`,
    says: [],
    closed: [...closed, '{other}/files/a.txt'],
    open,
  },
  {
    name: 'a redirect to https that lets certbot in',
    http: `
      server {
        listen 127.0.0.1:{other};
        root www;
        location /.well-known/acme-challenge/ { }
        location / { return 301 https://$host$request_uri; }
      }`,
    server: `server_name dl.example.org; ${gate} ${service}`,
    says: [],
    closed: [...closed, '{other}/files/a.txt'],
    open,
  },
  {
    name: 'an ISO mirror with lists of its folders',
    server: `
      autoindex on;
      autoindex_exact_size off;
      location / { include tallygate/count.conf; }
      ${gate}
      ${service}`,
    says: [],
    closed: [...closed, '/files/', '/files/deep/'],
    open: [...open, '/public/a.txt'],
  },
  {
    name: 'a podcast: its episodes for everyone and counted, those for members gated',
    server: `
      location ~ ^/public/.+\\.mp4$ { include tallygate/count.conf; mp4; }
      location ~ ^/public/.+\\.flv$ { include tallygate/count.conf; flv; }
      location ^~ /files/ { include tallygate/protect.conf; types { audio/mpeg mp3; } }
      ${service}`,
    says: [],
    closed,
    open,
  },
  {
    name: 'a DAV share, with a password, of the folder that is gated',
    server: `
      location /dav/ {
        auth_basic "Editors";
        auth_basic_user_file www/.htpasswd;
        dav_methods PUT DELETE MKCOL COPY MOVE;
        create_full_put_path on;
        alias www/files/;
      }
      ${gate}
      ${service}`,
    says: [],
    closed: [...closed, '/dav/a.txt'],
    open,
  },
  {
    name: 'a bucket (S3) behind the gate',
    http: `
      server {
        listen 127.0.0.1:{other};
        location /bucket/ { if ($http_host != s3.example.org) { return 403; } alias www/files/; }
      }`,
    server: `
      location ^~ /files/ {
        include tallygate/protect.conf;
        include tallygate/origin.conf;
        proxy_set_header Host s3.example.org;
        proxy_hide_header x-amz-request-id;
        proxy_hide_header Set-Cookie;
        proxy_intercept_errors on;
        proxy_pass http://127.0.0.1:{other}/bucket/;
      }
      ${service}`,
    says: [],
    closed,
    open,
  },
  {
    name: 'a shop that hands files out by X-Accel-Redirect, behind the gate',
    http: `
      server {
        listen 127.0.0.1:{other};
        location / { add_header X-Accel-Redirect /protected$uri; return 200; }
      }`,
    server: `
      location / { proxy_pass http://127.0.0.1:9; }
      location ^~ /files/ {
        include tallygate/protect.conf;
        include tallygate/origin.conf;
        proxy_pass http://127.0.0.1:{other};
      }
      location /protected/ { internal; include tallygate/record.conf; alias www/; }
      ${service}`,
    says: [],
    closed: [...closed, '/protected/files/a.txt'],
    open,
  },
  {
    name: 'an application of one page',
    server: `
      location / { try_files $uri /index.html; }
      location /api/ { proxy_pass http://127.0.0.1:9; proxy_set_header Host $host; }
      ${gate}
      ${service}`,
    says: [],
    closed,
    open,
  },
  {
    name: 'a switch for maintenance',
    server: `
      error_page 503 @maintenance;
      if (-f $document_root/maintenance.html) { return 503; }
      location @maintenance { rewrite ^(.*)$ /maintenance.html break; }
      location ^~ /files/ {
        if (-f $document_root/closed) { return 503; }
        include tallygate/protect.conf;
      }
      ${service}`,
    says: [],
    closed,
    open,
  },
  {
    name: 'staging: a password for the whole server, links beside it',
    server: `
      auth_basic "Staging";
      auth_basic_user_file www/.htpasswd;
      location / { try_files $uri $uri/ =404; }
      location ~* \\.(jpg|png)$ { expires 30d; }
      location /files/ { include tallygate/protect.conf; }
      ${service}`,
    says: [],
    closed,
    open: ['/files/a.txt', '/files/deep/a.txt'],
  },
];

export const good: readonly SiteRow[] = [...first, ...more];
