// The format and host of a log, from the configuration of the server that wrote it.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { formatsInNginx, type WrittenAs } from '../../../../app/ingest/history/formats/from-nginx.ts';
import { temporaryFolder } from '../../../harness/folders.ts';

let formatOf: (log: string) => WrittenAs;
let folder: string;

beforeAll(async () => {
  folder = await temporaryFolder('nginx-conf');
  await mkdir(path.join(folder, 'sites-enabled'));
  await writeFile(
    path.join(folder, 'nginx.conf'),
    `http {
      log_format main '$remote_addr [$time_local] "$request" '
                      '$status $body_bytes_sent';
      log_format raw escape=none '{"a": "$remote_addr"}';
      log_format json escape=json '{"a": "$remote_addr"}';
      access_log /var/log/nginx/access.log;
      include mime.types;
      include sites-enabled/*.conf;
    }`,
  );
  await writeFile(path.join(folder, 'mime.types'), 'types { text/html html; }');
  await writeFile(
    path.join(folder, 'sites-enabled/dl.conf'),
    `server { server_name _ *.x.org dl.example.org; access_log /var/log/nginx/dl.log main buffer=64k; access_log off;
       location /b { access_log logs/b.json json; access_log syslog:server=x; } }
     server { server_name ~^a; access_log /var/log/nginx/$host.log main; access_log /var/log/nginx/raw.log raw; }`,
  );
  await writeFile(path.join(folder, 'sites-enabled/.hidden.conf'), 'broken {');
  await writeFile(
    path.join(folder, 'sites-enabled/two.conf'),
    'server { server_name a.org; access_log /l/both.log main; } server { server_name b.org; access_log /l/both.log main; access_log /l/odd.log main; access_log /m/odd.log json; access_log /l/none.log nowhere; }',
  );
  formatOf = await formatsInNginx(path.join(folder, 'nginx.conf'));
});

const main = '$remote_addr [$time_local] "$request" $status $body_bytes_sent';

it.each([
  ['/var/log/nginx/access.log', { format: 'combined' }],
  ['/backup/access.log.3.gz', { format: 'combined' }],
  ['/var/log/nginx/dl.log', { format: main, host: 'dl.example.org' }],
  ['dl.log-20240310.xz', { format: main, host: 'dl.example.org' }],
  ['b.json', { format: '{"a": "$remote_addr"}', host: 'dl.example.org' }],
  ['/var/log/nginx/www.example.org.log', { format: main }],
  ['/var/log/nginx/raw.log', { format: 'log_format raw escape=none "{\\"a\\": \\"$remote_addr\\"}";' }],
  ['/l/both.log', { format: main }],
  ['/l/odd.log', { format: main, host: 'b.org' }],
])('%s', (log, written) => {
  expect(formatOf(log)).toEqual(written);
});

it.each([
  ['other.txt', /no access_log in .*nginx.conf writes other.txt; it writes .*dl.log/],
  ['odd.log', /several formats: main, json/],
  ['none.log', /has no log_format nowhere/],
])('refuses %s', (log, why) => {
  expect(() => formatOf(log)).toThrow(why);
});

it('says which file cannot be read', async () => {
  await expect(formatsInNginx(path.join(folder, 'nothing.conf'))).rejects.toThrow(
    /cannot read .*nothing.conf \(ENOENT\)/,
  );
});
