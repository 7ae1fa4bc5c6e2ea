// One GET to the NGINX of this very host, for those who want to know how it runs.

import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

export type Place = {
  /** the scheme and host that NGINX answers to */
  origin: string;
  /** host:port to connect to, if it is not the origin's port on loopback */
  connectTo?: string | undefined;
};

/** The longest answer that is read: bytes. */
const longest = 256 * 1024;

/** Asks for `target`, as it stands. The certificate is not checked: we ask this very host, and only about itself. */
export function askNginx(
  target: string,
  { origin, connectTo }: Place,
  patienceMs: number,
): Promise<{ status: number; body: string }> {
  const { protocol, hostname, host, port } = new URL(origin);
  const secure = protocol === 'https:';
  const [address = '127.0.0.1', otherPort] = connectTo?.split(/:(?=\d+$)/) ?? [];
  return new Promise((resolve, reject) => {
    const sent = (secure ? requestHttps : requestHttp)({
      host: address,
      port: otherPort ?? (port || (secure ? 443 : 80)),
      servername: hostname,
      path: target,
      headers: { host },
      agent: false,
      timeout: patienceMs,
      ...(secure ? { rejectUnauthorized: false } : {}),
    });
    sent.once('response', (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
        if (body.length > longest) sent.destroy(new Error('the answer is too long'));
      });
      response.once('error', reject);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    sent.once('timeout', () => sent.destroy(new Error(`no answer within ${patienceMs / 1000} s`)));
    sent.once('error', reject);
    sent.end();
  });
}
