// A client with an address of its own on loopback.

import { request } from 'node:http';
import { connect } from 'node:net';

export type Options = { from?: string; headers?: Record<string, string> };

/** Asks from the address (127.0.0.1 if none is said) and reads the whole answer. */
export function askFrom(
  port: number,
  target: string,
  { from = '127.0.0.1', headers = {} }: Options = {},
): Promise<{ status: number; body: Buffer; cache: string | undefined }> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path: target, localAddress: from, agent: false };
    request({ ...options, headers: { 'User-Agent': 'test', ...headers } }, (response) => {
      const chunks: Buffer[] = [];
      const cache = response.headers['x-cache'];
      response
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            body: Buffer.concat(chunks),
            cache: typeof cache === 'string' ? cache : undefined,
          }),
        )
        .on('error', reject);
    })
      .on('error', reject)
      .end();
  });
}

export type Reader = {
  /** Resolves when so many bytes have come, the answer's head among them. */
  read(bytes: number): Promise<void>;
  leave(): Promise<void>;
};

/** Sends a request and reads nothing until it is told to. */
export async function startReader(port: number, request: string): Promise<Reader> {
  const socket = connect(port, '127.0.0.1').pause();
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  // NGINX may end what nobody reads.
  socket.on('error', () => {});
  socket.write(request);
  return {
    read: (bytes) =>
      new Promise((resolve) => {
        let got = 0;
        socket.on('data', (chunk) => {
          got += chunk.length;
          if (got >= bytes) {
            socket.pause();
            resolve();
          }
        });
        socket.resume();
      }),
    leave: () =>
      new Promise((resolve) => {
        socket.once('close', () => resolve()).destroy();
      }),
  };
}
