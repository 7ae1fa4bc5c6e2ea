// Is `tallygate serve` ready, where this host runs it?

import type { Config } from '../config/load.ts';
import { type Finding, ok, warning, wrong } from './finding.ts';

export async function examineService({ service }: Config): Promise<Finding> {
  const host = service.host === '0.0.0.0' || service.host === '::' ? '127.0.0.1' : service.host;
  const address = `http://${host.includes(':') ? `[${host}]` : host}:${service.port}`;
  try {
    const answer = await fetch(`${address}/readyz`, { signal: AbortSignal.timeout(10_000) });
    if (answer.ok) return ok(`tallygate serve is ready at ${address}`);
    return wrong(
      `tallygate serve at ${address} is not ready (${answer.status})`,
      'Its log says what it waits for: journalctl --unit tallygate-serve --lines 20',
    );
  } catch {
    return warning(
      `no tallygate serve answers at ${address}`,
      'Start it: systemctl start tallygate-serve. A host that only delivers files needs none.',
    );
  }
}
