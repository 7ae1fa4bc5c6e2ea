// A slow TCP proxy that breaks connections, between the clients and NGINX. It stands at the client's end: what it hands on is
// what the client receives, and it notes that for each request. NGINX sees the address that the visitor was given.

import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Exchange, Observer } from './observer.ts';

export type Line = {
  /** An address of loopback. */
  address: string;
  /** Where NGINX listens. */
  upstream: number;
  /** Bytes a second, for each connection. */
  rate: number;
  /** The first download breaks after so many bytes of its body, the next one after the next number; then none does. */
  cuts?: readonly number[];
};

const pieceLength = 16 * 1024;

export class SlowProxy {
  readonly exchanges: Exchange[] = [];
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  #fault: Error | undefined;

  /** Opens a port through which one visitor comes. */
  async open(line: Line): Promise<number> {
    const cuts = [...(line.cuts ?? [])];
    const server = createServer({ noDelay: true }, (client) => {
      this.#carry(client, line, cuts).catch((error: NodeJS.ErrnoException) => {
        // Either end may leave at any time: that is what is tested.
        if (!['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].includes(error.code ?? ''))
          this.#fault ??= error;
        client.destroy();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.#servers.push(server);
    return (server.address() as { port: number }).port;
  }

  /** @throws what went wrong in the proxy itself */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
    if (this.#fault) throw this.#fault;
  }

  async #carry(client: Socket, { address, upstream: port, rate }: Line, cuts: number[]): Promise<void> {
    this.#keep(client);
    const upstream = this.#keep(connect({ port, host: '127.0.0.1', localAddress: address, noDelay: true }));
    client.once('close', () => upstream.destroy());
    await once(upstream, 'connect');
    const observer = new Observer(`${address}:${upstream.localPort}`, (exchange) => {
      this.exchanges.push(exchange);
      const isDownload = exchange.method === 'GET' && (exchange.status === 200 || exchange.status === 206);
      return (isDownload ? cuts.shift() : undefined) ?? Number.POSITIVE_INFINITY;
    });
    client.on('data', (bytes: Buffer) => {
      observer.request(bytes);
      upstream.write(bytes);
    });
    await pump(upstream, client, observer, rate);
    client.end();
    upstream.destroy();
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // Told where it is awaited.
    socket.on('error', () => {});
    return socket;
  }
}

/** Hands on what NGINX sends, at the rate, until one end leaves or the connection is to break. */
async function pump(upstream: Socket, client: Socket, observer: Observer, rate: number): Promise<void> {
  let due = performance.now();
  for await (const chunk of upstream as AsyncIterable<Buffer>) {
    for (let at = 0; at < chunk.length; at += pieceLength) {
      if (client.destroyed) return;
      const piece = chunk.subarray(at, at + pieceLength);
      const passed = observer.answer(piece);
      if (!client.write(piece.subarray(0, passed)))
        await Promise.race([once(client, 'drain'), once(client, 'close')]);
      if (observer.broken) return;
      due = Math.max(due, performance.now() - 50) + (1000 * passed) / rate;
      const wait = due - performance.now();
      if (wait > 2) await delay(wait);
    }
  }
}
