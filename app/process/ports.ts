// Free TCP ports on loopback.

import { connect, createServer } from 'node:net';

/**
 * A port that nothing listened on a moment ago, and that nobody else is given for the next minute. The kernel may hand out
 * a closed port again at once, but not one on which the listening end closed a connection: so we make and close one. A
 * server can still listen on it (with SO_REUSEADDR, which all of ours set).
 */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as { port: number };
  await new Promise<void>((resolve, reject) => {
    server.once('connection', (accepted) =>
      accepted
        .once('close', () => resolve())
        .resume()
        .end(),
    );
    connect({ port, host: '127.0.0.1' }).once('error', reject).resume();
  });
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Whether something on loopback accepts connections at a port. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const answer = (yes: boolean) => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}
