// Which keys has the NGINX of this host loaded? It is asked itself: the file may hold keys that it was not told of yet. The
// agent cannot read the file anyway.

import type { Config } from '../config/load.ts';
import type { Told } from '../edges/report.ts';
import { parseLoaded } from '../keys/loaded.ts';
import { askNginx } from '../nginx/ask.ts';

/** In service.conf. It answers only to this host. */
const target = '/tallygate/internal/keys';
const patienceMs = 5000;

export async function loadedKeys({ origin = 'http://127.0.0.1', agent }: Config): Promise<Told> {
  const { port, protocol } = new URL(origin);
  const place = agent.nginx ?? `127.0.0.1:${port || (protocol === 'https:' ? 443 : 80)}`;
  try {
    const { status, body } = await askNginx(target, { origin, connectTo: place }, patienceMs);
    if (status !== 200)
      return {
        error: `NGINX at ${place} answers ${status} when it is asked for its keys: does that server include tallygate/service.conf?`,
      };
    const keys = parseLoaded(body);
    return keys ? { keys } : { error: `what answers at ${place} is not our NGINX` };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { error: `NGINX cannot be asked at ${place} (${code ?? message}): set [agent] nginx there` };
  }
}
