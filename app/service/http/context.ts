// What a request carries through the routes, and what the service is built from.

import type { Context } from 'hono';
import type { Config } from '../../config/load.ts';
import type { Sql } from '../../db/connection.ts';
import type { KeyRing, KeyRings } from '../../keys/ring.ts';
import type { Logger } from '../../log.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import type { ApiKey } from '../keys/api-keys.ts';
import type { Attempts } from '../limits/attempts.ts';

/** What the service needs from outside; everything else it holds can be lost at any moment. */
export type Deps = {
  sql: Sql;
  config: Config;
  /** the origin links are built from, such as https://dl.example.org */
  origin: string;
  /** what links are signed with; read anew when the file changes, so that a rotated key is used without a restart */
  keyRing: () => Promise<KeyRing>;
  /** that and the other rings of the file, to be listed */
  keyRings: () => Promise<KeyRings>;
  /** the key codes are digested under */
  codesKey: () => Promise<Buffer>;
  log: Logger;
  /** where a request came from, honouring the trusted proxies */
  clientAddress: (c: Context) => string;
  attempts: Attempts;
  metrics: Metrics;
  /** aborted when the service is told to stop, so that answers without an end come to one */
  stopping?: AbortSignal;
  /** milliseconds since the epoch; handed in so that tests can stand at any time */
  now: () => number;
};

export type Env = {
  Variables: {
    requestId: string;
    /** the API key of an authenticated request */
    apiKey: ApiKey;
  };
};
