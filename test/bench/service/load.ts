// Requests over kept connections, as many as a server answers. Raw sockets and prepared bytes: an HTTP client in the
// same two cores would cost more than the server, and measure itself.

import { connect, type Socket } from 'node:net';

export type Load = {
  port: number;
  connections: number;
  /** ends after so long, or when `next` has nothing more */
  seconds: number;
  /** the next request's bytes */
  next: () => Buffer | undefined;
};

export type Outcome = { perSecond: number; requests: number; statuses: Record<string, number> };

export async function load({ port, connections, seconds, next }: Load): Promise<Outcome> {
  const statuses: Record<string, number> = {};
  let requests = 0;
  const startedAt = performance.now();
  const until = startedAt + seconds * 1000;
  await Promise.all(Array.from({ length: connections }, () => run(port, until, next, count)));
  const elapsed = (performance.now() - startedAt) / 1000;
  return { perSecond: requests / elapsed, requests, statuses };

  function count(status: string): void {
    requests++;
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
}

/** A request as bytes. */
export function request(method: string, path: string, headers: Record<string, string>, body = ''): Buffer {
  const lines = Object.entries({ host: '127.0.0.1', ...headers, 'content-length': Buffer.byteLength(body) })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines}\r\n${body}`);
}

function run(
  port: number,
  until: number,
  next: Load['next'],
  count: (status: string) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let status = '';
    // Bytes of the answer that are still to come; its head arrives in one piece, as the server writes it so.
    let missing = 0;
    const send = () => {
      const bytes = performance.now() < until ? next() : undefined;
      if (bytes) socket.write(bytes);
      else socket.end(() => resolve());
    };
    socket.on('connect', send);
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      if (missing === 0) {
        const end = chunk.indexOf('\r\n\r\n');
        const head = chunk.toString('latin1', 0, end);
        status = head.slice(9, 12);
        const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
        if (end < 0 || length === undefined) throw new Error(`not an answer this client reads: ${head}`);
        missing = Number(length) + end + 4;
      }
      missing -= chunk.length;
      if (missing > 0) return;
      count(status);
      send();
    });
  });
}
