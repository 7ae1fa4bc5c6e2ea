// The id of a request, in its answer and in the log. An id that a proxy gave is kept.

import { randomUUID } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import type { MiddlewareHandler } from 'hono';
import type { Env } from './context.ts';

const form = /^[\w\-=]{1,255}$/;

/** Gives the request its id: X-Request-Id as it came, if it is safe in a header and a log, or a new one. */
export function requestId(): MiddlewareHandler<Env> {
  return function nameRequest(c, next) {
    const given = c.req.header('x-request-id');
    const id = given !== undefined && form.test(given) ? given : randomUUID();
    c.set('requestId', id);
    // Hono's own way builds, sorts and unpacks a Headers object, which costs a tenth of a small request. So this sets the
    // header on Node's response. app.request() in tests has no such response.
    const answer = (c.env as Partial<HttpBindings> | undefined)?.outgoing;
    if (answer) answer.setHeader('x-request-id', id);
    else c.header('x-request-id', id);
    return next();
  };
}
