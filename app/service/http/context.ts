// What a request carries through the routes, and what the service is built from.

import type { Context } from 'hono';
import type { Config } from '../../config/load.ts';
import type { Sql } from '../../db/connection.ts';
import type { KeyRing, KeyRings } from '../../keys/ring.ts';
import type { Logger } from '../../log.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import type { DatabaseWatch } from '../db/watch.ts';
import type { ApiKey } from '../keys/api-keys.ts';
import type { Attempts } from '../limits/attempts.ts';

/** What the service needs from outside. All else that it holds may be lost at any moment. */
export type Deps = {
  sql: Sql;
  /** for requests that only read, and the pages; so neither holds up the other. The same as `sql` where there is one pool */
  reading: Sql;
  /** refuses requests while PostgreSQL is away; without it they wait */
  watch?: DatabaseWatch;
  config: Config;
  /** the origin links are built from, such as https://dl.example.org */
  origin: string;
  /** the keys that sign links; read again when the file changes, so a rotated key needs no restart */
  keyRing: () => Promise<KeyRing>;
  /** this and the other rings of the file, for listing */
  keyRings: () => Promise<KeyRings>;
  /** the key codes are digested under */
  codesKey: () => Promise<Buffer>;
  log: Logger;
  /** the client address of a request, as the trusted proxies tell it */
  clientAddress: (c: Context) => string;
  attempts: Attempts;
  metrics: Metrics;
  /** aborted when the service stops, so that endless answers end */
  stopping?: AbortSignal;
  /** milliseconds since the epoch; tests hand in any time they like */
  now: () => number;
};

export type Env = {
  Variables: {
    requestId: string;
    /** the API key of an authenticated request */
    apiKey: ApiKey;
  };
};
