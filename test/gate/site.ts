// A site behind the gate: an NGINX with keys, salts and a few files, for the tests of this folder.

import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { formatKeyFile } from '../../app/keys/file.ts';
import type { Hs256Key, KeyRing, KeyRings, SecureLinkKey } from '../../app/keys/ring.ts';
import { type LinkFields, signLink } from '../../app/link/sign.ts';
import { dayOf, formatSaltFile, newSalts } from '../../app/salts/file.ts';
import { type Nginx, type NginxOptions, startNginx } from '../harness/nginx.ts';

export const key: Hs256Key = {
  kind: 'hs256',
  id: 'a1',
  secret: 'kU0R3nq1mW7m3cJ2u4v8yB6pXwTzLd5s',
  since: '2026-11-21',
};

export const legacyKey: SecureLinkKey = {
  kind: 'secure_link',
  id: 'old',
  expression: '$secure_link_expires$uri seekrit',
  signatureArg: 'md5',
  expiresArg: 'expires',
  since: '2026-11-21',
};

export const ring: KeyRing = { name: '', current: key, keys: [key, legacyKey] };

/** A key file and a salt file for today, as the program writes them. */
export function etc(keys: KeyRings = [ring]): Record<string, string> {
  return { 'keys.conf': formatKeyFile(keys), 'salts.conf': formatSaltFile(newSalts(dayOf(new Date()), 3)) };
}

export const hello = 'hello, world\n';

/** Starts NGINX with /files/ behind protect.conf (root) and /public/ counted (alias); more by `options`. */
export function startSite(options: NginxOptions = {}): Promise<Nginx> {
  return startNginx({
    ...options,
    etc: { ...etc(), ...options.etc },
    files: { 'files/a.txt': hello, ...options.files },
    server: `
      include tallygate/service.conf;
      location ^~ /files/  { include tallygate/protect.conf; }
      location ^~ /public/ { include tallygate/count.conf; alias www/files/; }
      ${options.server ?? ''}`,
  });
}

/** Unix seconds, `offset` seconds from now. */
export function inSeconds(offset: number): number {
  return Math.floor(Date.now() / 1000) + offset;
}

/** A link for `path`, good for an hour unless `fields` say otherwise. */
export function link(path: string, fields: Partial<LinkFields> = {}): string {
  return signLink(key, { path, expires: inSeconds(3600), ...fields }, '');
}

/** The signature of a stock secure_link key with our expression. */
export function legacyLink(path: string, expires = inSeconds(3600)): string {
  const signature = createHash('md5').update(`${expires}${path} seekrit`).digest('base64url');
  return `${encodeURI(path)}?md5=${signature}&expires=${expires}`;
}

export type Answer = { status: number; headers: Record<string, string | string[] | undefined>; body: string };

/** One request with the request target exactly as given: fetch() would normalise it. */
export function ask(
  nginx: Nginx,
  target: string,
  options: { method?: string; headers?: Record<string, string>; body?: string; localAddress?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port: nginx.port,
        path: target,
        ...(options.localAddress && { localAddress: options.localAddress }),
        method: options.method ?? 'GET',
        headers: { 'User-Agent': 'test', ...options.headers },
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString('latin1'),
          }),
        );
        response.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(options.body);
  });
}

/** The same link with its arguments as path segments. */
export function inPath(target: string): string {
  const [path, query] = target.split('?');
  const args = new URLSearchParams(query);
  const fields = ['f', 'b', 'p', 'i', 'r']
    .filter((name) => args.has(name))
    .map((name) => `.${name}${args.get(name)}`);
  return `/s/${args.get('s')}/${args.get('e')}${fields.join('')}/${args.get('k')}/${args.get('t') ?? '-'}${path}`;
}
