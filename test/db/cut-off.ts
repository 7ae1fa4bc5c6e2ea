// A way to PostgreSQL that fails at a chosen moment: between driver and server, where a test cannot reach otherwise.

import net from 'node:net';
import { onTestFinished } from 'vitest';

export type CutOff = {
  /** The database's address, by this way. */
  url: string;
  /** Resets all connections, as a firewall or a failover does. */
  reset(): void;
};

/**
 * Passes everything on but what `stops` says of the bytes that the driver sends: these are kept back. Closed when the
 * test ends.
 */
export async function wayTo(
  database: string,
  stops: (sent: Buffer, way: CutOff) => boolean = () => false,
): Promise<CutOff> {
  const target = new URL(database);
  const url = new URL(database);
  const open = new Set<net.Socket>();
  const server = net.createServer((driver) => {
    const postgres = net.connect(Number(target.port || 5432), target.hostname);
    open.add(driver);
    for (const socket of [driver, postgres]) socket.on('error', () => {});
    driver.on('data', (sent) => stops(sent, way) || postgres.write(sent));
    driver.on('close', () => {
      open.delete(driver);
      postgres.destroy();
    });
    postgres.pipe(driver);
  });
  const way: CutOff = {
    url: '',
    reset() {
      for (const socket of open) socket.resetAndDestroy();
    },
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url.host = `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
  way.url = url.href;
  onTestFinished(() => {
    way.reset();
    server.close();
  });
  return way;
}
