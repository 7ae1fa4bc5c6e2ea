// One site of the table, and what it takes to run it.

import type { NginxOptions } from '../../harness/nginx.ts';
import { etc, hello } from '../site.ts';

export type SiteRow = {
  name: string;
  /** What stands in the server block, beside listen and "root www". `{other}` is a second free port, on loopback. */
  server: string;
  /** What stands in http, behind http.conf. */
  http?: string;
  /** Configuration files that the site includes as etc/NAME. */
  confs?: Readonly<Record<string, string>>;
  /** Files below www/, beside those every site has. */
  files?: Readonly<Record<string, string>>;
  /** What tallygate doctor says of it, as `status: what -> remedy`: one expression for each finding, and no other finding. */
  says: readonly RegExp[];
  /** Addresses that send no file to who has no link. A port may stand before them: `{other}/files/a.txt`. */
  closed: readonly string[];
  /** Addresses that send their file to who has a link. */
  open: readonly string[];
  /** Why no include can close what stands in `leaks`. */
  opens?: string;
  /** Addresses that do send a gated file to everyone: what doctor is right to call wrong. */
  leaks?: readonly string[];
};

/** Every site has these: all hold `hello`, so that it is seen whether a file was sent. */
const names = [
  'files/a.txt',
  'files/a.jpg',
  'files/a.zip',
  'files/deep/a.txt',
  'files/deep/a.jpg',
  'public/a.txt',
];

const filesOfEverySite: Readonly<Record<string, string>> = {
  ...Object.fromEntries(names.map((name) => [name, hello])),
  '../srv/a.txt': hello,
  '../srv/a.jpg': hello,
  '../srv/deep/a.txt': hello,
  'index.html': 'the front page\n',
  'index.php': '<?php\n',
  '404.html': 'not here\n',
  // me, with the password "me"
  '.htpasswd': 'me:{PLAIN}me\n',
};

/** What startNginx is to be given; configuration files go where NGINX's own user may read them, as root. */
export function optionsOf(row: SiteRow, other: number): NginxOptions & { server: string; http: string } {
  const fill = (text: string) => text.replaceAll('{other}', String(other));
  const confs = Object.entries(row.confs ?? {}).map(([name, text]) => [name, fill(text)]);
  return {
    server: fill(row.server),
    http: fill(row.http ?? ''),
    etc: { ...etc(), ...Object.fromEntries(confs) },
    files: { ...filesOfEverySite, ...row.files },
  };
}
