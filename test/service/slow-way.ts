// A slow way to a server: a TCP proxy of the test's own. It passes on so many bytes a second and cuts a connection where the
// test says. It reads no more than it passes on. So what is on its way lies in the kernel's buffers, as behind a modem.

import { connect, createServer, type Socket } from 'node:net';

export type SlowWay = { readonly port: number; stop(): Promise<void> };

/**
 * @param rate bytes a second for each connection
 * @param cutAfter after how many bytes to cut the nth connection, from 0; undefined: not
 */
export async function startSlowWay(
  target: number,
  rate: number,
  cutAfter: (connection: number) => number | undefined,
): Promise<SlowWay> {
  const open = new Set<Socket>();
  let connections = 0;
  const server = createServer((client) => {
    const limit = cutAfter(connections++) ?? Number.POSITIVE_INFINITY;
    const onward = connect(target, '127.0.0.1');
    for (const socket of [client, onward]) {
      open.add(socket);
      socket.on('error', () => {}).on('close', () => open.delete(socket));
    }
    client.pipe(onward);
    let passed = 0;
    onward.on('data', (chunk) => {
      client.write(chunk.subarray(0, limit - passed));
      passed += chunk.length;
      if (passed >= limit) {
        client.end();
        onward.destroy();
        return;
      }
      onward.pause();
      setTimeout(() => onward.resume(), (chunk.length / rate) * 1000);
    });
    onward.on('end', () => client.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    async stop() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
