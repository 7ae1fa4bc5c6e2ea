// Listening and stopping. On stopping it takes no new connection but still answers the requests under way, so a load
// balancer may stop any instance at any time.

import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { UserError } from '../user-error.ts';
import type { Deps } from './http/context.ts';
import type { Router } from './http/router.ts';

const drainMs = 10_000;

export type RunningService = { port: number; stop: () => Promise<void> };

/**
 * Starts listening on the configured host and port.
 * @throws UserError when the port is taken or may not be used
 */
export async function listen(app: Router, deps: Deps): Promise<RunningService> {
  const { host, port } = deps.config.service;
  const server = await new Promise<Server>((resolve, reject) => {
    const starting = serve({ fetch: app.fetch, hostname: host, port }, () => resolve(starting)) as Server;
    starting.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, host, port)));
  });
  // Otherwise a client that sends its request byte by byte could hold a connection for ever.
  server.headersTimeout = 15_000;
  server.requestTimeout = 60_000;
  // The proxy must be the one to close an idle connection: a request that it sends while we close ours is lost. NGINX and
  // most load balancers keep a connection for 60 s, so we keep ours longer. Node's default is 5 s.
  server.keepAliveTimeout = 75_000;
  const bindings = server.address();
  const bound = typeof bindings === 'object' && bindings !== null ? bindings.port : port;
  deps.log.info({ host, port: bound, origin: deps.origin }, 'listening');
  return { port: bound, stop: () => drain(server, deps) };
}

async function drain(server: Server, deps: Deps): Promise<void> {
  deps.log.info('draining');
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // Node closes only the connections that are idle now. The others become idle when their answer is sent.
  const idle = setInterval(() => server.closeIdleConnections(), 20);
  const tooLong = setTimeout(() => server.closeAllConnections(), drainMs);
  await closed;
  clearInterval(idle);
  clearTimeout(tooLong);
  deps.log.info('stopped');
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const remedy = 'Set [service] port in the configuration file, or TALLYGATE_SERVICE_PORT.';
  if (error.code === 'EADDRINUSE') return new UserError(`port ${port} on ${host} is in use`, remedy);
  if (error.code === 'EACCES') return new UserError(`port ${port} may not be used without root`, remedy);
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
    return new UserError(`this machine has no address ${host}`, 'Set [service] host to one it has.');
  }
  return error;
}
