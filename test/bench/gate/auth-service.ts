// The small service that NGINX asks in the variants auth_request and X-Accel-Redirect: plain node:http, written to be
// quick. It checks the same link as our gate. Argument: the port on loopback.

import { createHash, createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { key } from './links.ts';

const secret = createSecretKey(key.secret, 'utf8');

/** 200, or the status that refuses. */
function check(target: string): number {
  const at = target.indexOf('?');
  const query = new URLSearchParams(target.slice(at + 1));
  const expires = query.get('e') ?? '';
  const signature = Buffer.from(query.get('s') ?? '');
  const path = decodeURIComponent(target.slice(0, at));
  const head = `tallygate-link-v1\nk=${query.get('k')}\ne=${expires}\nf=\nb=\nt=${query.get('t') ?? ''}\n`;
  const mac = createHmac('sha256', secret).update(`${head}i=\nr=\nn=\np=\n${path}\n`).digest('hex');
  const due = Buffer.from(createHash('md5').update(mac).digest('base64url'));
  if (due.length !== signature.length || !timingSafeEqual(due, signature)) return 403;
  return Number(expires) < Date.now() / 1000 ? 410 : 200;
}

const server = createServer((request, response) => {
  const asked = request.headers['x-original-uri'];
  if (typeof asked === 'string') {
    response.writeHead(check(asked) === 200 ? 204 : 403).end();
    return;
  }
  const target = request.url ?? '/';
  const status = check(target);
  const file = target.slice('/accel/'.length, target.indexOf('?'));
  // Only where it is told that nothing follows does NGINX keep the connection when it goes elsewhere.
  if (status === 200) response.setHeader('X-Accel-Redirect', `/bench-accel/${file}`);
  response.writeHead(status, { 'Content-Length': 0 }).end();
});
// NGINX keeps its connections for a minute: it ends them, not we in the middle of a question.
server.keepAliveTimeout = 300_000;
server.listen(Number(process.argv[2]), '127.0.0.1');
