// Requests byte for byte, as raw.ts sends them, by a client that keeps its end open: behind proxy_pass NGINX takes the
// end of what a client sends for the client's end.

import { connect } from 'node:net';

/**
 * What was answered: all but zeros, of which the tests' files are made and nothing else, and how many of these there were.
 * @param request text is sent as Latin-1: one byte for each character
 * @param enough closes when so many zeros have come
 */
export function exchange(
  port: number,
  request: string,
  enough = Infinity,
): Promise<{ head: string; bytes: number }> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.from(request, 'latin1')));
    let head = '';
    let bytes = 0;
    socket.on('data', (chunk) => {
      const rest = chunk.filter((byte) => byte !== 0);
      head += Buffer.from(rest).toString('latin1');
      bytes += chunk.length - rest.length;
      if (bytes >= enough) socket.destroy();
    });
    socket.on('error', reject).on('close', () => resolve({ head, bytes }));
  });
}
