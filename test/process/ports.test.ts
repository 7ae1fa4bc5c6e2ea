// Two that look for a free port at the same time, in one process or in two, must not find the same.

import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { freePort } from '../../app/process/ports.ts';

/** Listens for a moment: on a port of the kernel's choice (0), or on this one. */
function listen(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address() as { port: number };
      server.close(() => resolve(address.port));
    });
  });
}

it('a free port is given to nobody else, and can be listened on', async () => {
  const free = new Set<number>();
  for (let count = 0; count < 300; count += 1) free.add(await freePort());
  expect(free.size).toBe(300);
  // With as many ports as there are to hand out, some of ours would be among these by chance alone.
  const others: number[] = [];
  for (let count = 0; count < 3000; count += 1) others.push(await listen(0));
  expect(others.filter((port) => free.has(port))).toEqual([]);
  for (const port of free) expect(await listen(port)).toBe(port);
});
