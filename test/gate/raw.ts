// Requests byte for byte: what fetch() and Node's client would mend or refuse to send.

import { connect } from 'node:net';
import type { Nginx } from '../harness/nginx.ts';

/**
 * Sends `request` as it stands and answers the status, 0 when the connection is closed without one.
 * @param request text is sent as Latin-1: one byte for each character
 */
export function sendRaw(nginx: Nginx, request: string | Buffer): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(nginx.port, '127.0.0.1', () => {
      socket.end(typeof request === 'string' ? Buffer.from(request, 'latin1') : request);
    });
    socket.on('data', (chunk) => chunks.push(chunk));
    // NGINX resets the connection when it refuses a request before it has read all of it.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    socket.on('close', () => {
      const text = Buffer.concat(chunks).toString('latin1');
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text });
    });
  });
}

/** A GET request for `target` with further header lines. */
export function get(target: string, headers: readonly string[] = []): string {
  return `GET ${target} HTTP/1.1\r\n${['Host: dl.example.org', 'Connection: close', ...headers].join('\r\n')}\r\n\r\n`;
}
