// The name of a request, in its answer and in the log. What a proxy named already keeps its name.

import { randomUUID } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import type { MiddlewareHandler } from 'hono';
import type { Env } from './context.ts';

const form = /^[\w\-=]{1,255}$/;

/** Names the request: X-Request-Id as it came, where it can stand in a header and a log, or a fresh one. */
export function requestId(): MiddlewareHandler<Env> {
  return function nameRequest(c, next) {
    const given = c.req.header('x-request-id');
    const id = given !== undefined && form.test(given) ? given : randomUUID();
    c.set('requestId', id);
    // Hono's own puts it among the answer's headers, which makes a Headers object, sorts it and takes it apart again:
    // a tenth of a small request. Node's answer takes it as it is. app.request() in tests has none.
    const answer = (c.env as Partial<HttpBindings> | undefined)?.outgoing;
    if (answer) answer.setHeader('x-request-id', id);
    else c.header('x-request-id', id);
    return next();
  };
}
