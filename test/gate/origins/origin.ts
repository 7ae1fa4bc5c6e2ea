// An origin for NGINX to fetch from: plain node:http, remembers every request as it came.

import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Seen = { method: string; url: string; headers: IncomingHttpHeaders; names: string[] };

export type Origin = {
  readonly port: number;
  readonly url: string;
  /** Every request so far, in the order in which they came. */
  readonly seen: Seen[];
  stop(): Promise<void>;
};

export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** Starts an origin; the caller stops it. A handler that fails closes the connection. */
export async function startOrigin(handler: Handler): Promise<Origin> {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers, rawHeaders } = request;
    seen.push({ method, url, headers, names: rawHeaders.filter((_, i) => i % 2 === 0) });
    try {
      await handler(request, response);
    } catch {
      response.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    seen,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

export type Stored = { body: Buffer; etag: string; type?: string; headers?: Record<string, string> };

/**
 * As a public bucket answers: entity tags, ranges, conditions; 403 with a piece of XML for what is not there.
 * @param objects by path; may change while the origin runs
 */
export function bucket(objects: Readonly<Record<string, Stored>>): Handler {
  return (request, response) => {
    const path = decodeURIComponent((request.url ?? '').split('?')[0] ?? '');
    const object = objects[path];
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(200).end('changed\n');
      return;
    }
    if (object === undefined) {
      response.writeHead(403, { 'Content-Type': 'application/xml' });
      response.end('<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code></Error>');
      return;
    }
    response.setHeaders(new Headers({ ETag: object.etag, 'Accept-Ranges': 'bytes', ...object.headers }));
    response.setHeader('Last-Modified', 'Sat, 21 Nov 2026 10:00:00 GMT');
    response.setHeader('Content-Type', object.type ?? 'binary/octet-stream');
    if (request.headers['if-none-match'] === object.etag) {
      response.writeHead(304).end();
      return;
    }
    const ifRange = request.headers['if-range'];
    const ranged = ifRange === undefined || ifRange === object.etag ? request.headers.range : undefined;
    const range = ranged === undefined ? undefined : rangeOf(ranged, object.body.length);
    if (range === 'none') {
      response.writeHead(416, { 'Content-Range': `bytes */${object.body.length}` }).end();
      return;
    }
    const [from, to] = range ?? [0, object.body.length];
    if (range) response.setHeader('Content-Range', `bytes ${from}-${to - 1}/${object.body.length}`);
    response.writeHead(range ? 206 : 200, { 'Content-Length': to - from });
    response.end(request.method === 'HEAD' ? undefined : object.body.subarray(from, to));
  };
}

/** The half-open range that a Range header with one range asks for; undefined: whole. */
function rangeOf(header: string, size: number): [number, number] | 'none' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header) ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') return [Math.max(0, size - Number(last)), size];
  if (Number(first) >= size) return 'none';
  return [Number(first), last === '' ? size : Math.min(size, Number(last) + 1)];
}
