// The service without a socket, on a database of its own.

import { pino } from 'pino';
import { loadConfig } from '../../app/config/load.ts';
import type { Sql } from '../../app/db/connection.ts';
import type { KeyRing } from '../../app/keys/ring.ts';
import { createMetrics } from '../../app/metrics/metrics.ts';
import { createApp } from '../../app/service/app.ts';
import { clientAddress } from '../../app/service/http/client-address.ts';
import type { Deps } from '../../app/service/http/context.ts';
import type { Router } from '../../app/service/http/router.ts';
import { createApiKey, type Scope } from '../../app/service/keys/api-keys.ts';
import { attemptLimits } from '../../app/service/limits/attempts.ts';
import { createDatabase, type TestDatabase } from '../harness/postgres.ts';

export const origin = 'https://dl.example.org';
export const api = '/tallygate/api/v1';

const current = {
  kind: 'hs256' as const,
  id: 'a1',
  secret: 'kU0R3nq1mW7m3cJ2u4v8yB6pXwTzLd5s',
  since: '2026-11-21',
};
export const keyRing: KeyRing = { name: '', current, keys: [current] };

const codesKey = Buffer.alloc(32, 7);

export type TestService = {
  app: Router;
  deps: Deps;
  database: TestDatabase;
  stop: () => Promise<void>;
  /** everything logged so far, one JSON line each */
  logged: string[];
  /** a new API key's secret */
  key: (...granted: Scope[]) => Promise<string>;
  /** a request with a JSON body and this key */
  send: (method: string, path: string, options?: SendOptions) => Promise<Response>;
};

export type SendOptions = { key?: string; body?: unknown; headers?: Record<string, string> };

/** What the service is built from; nothing here asks the database before a request does. */
export function dependencies(databaseUrl: string, sql: Sql): Deps {
  const config = loadConfig({ env: { TALLYGATE_DATABASE_URL: databaseUrl } });
  return {
    sql,
    reading: sql,
    config,
    origin,
    keyRing: async () => keyRing,
    keyRings: async () => [keyRing],
    log: pino({ level: 'silent' }),
    codesKey: async () => codesKey,
    clientAddress: clientAddress(config.service.trustedProxies),
    attempts: attemptLimits(sql),
    metrics: createMetrics(sql, pino({ level: 'silent' })),
    now: Date.now,
  };
}

export async function startService(overrides: Partial<Deps> = {}): Promise<TestService> {
  const db = await createDatabase();
  const logged: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) });
  const deps = { ...dependencies(db.url, overrides.sql ?? db.sql), log, ...overrides };
  const app = createApp(deps);
  return {
    app,
    deps,
    database: db,
    stop: () => db.drop(),
    logged,
    key: async (...granted) => (await createApiKey(deps.sql, 'test', granted)).secret,
    send: async (method, path, { key, body, headers = {} } = {}) => {
      const response = await app.request(path, {
        method,
        headers: {
          ...(key !== undefined && { authorization: `Bearer ${key}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      // What the client is not told is what a failing test needs.
      if (response.status === 500) process.stderr.write(`${logged.at(-1)}\n`);
      return response;
    },
  };
}
