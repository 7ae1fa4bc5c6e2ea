// Structured logs on stderr, one JSON line each, for the long-running commands.

import { destination, type Logger, pino } from 'pino';

export type { Logger };

// What must never reach a log, whatever object it sits in. In `detail` PostgreSQL quotes the row that it refused.
const secrets = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'signature',
  'database_url',
  'databaseUrl',
  'detail',
];

/** A logger for one long-running command; `TALLYGATE_LOG_LEVEL` is a pino level (default `info`). */
export function createLogger(name: string): Logger {
  return pino(
    {
      name,
      level: process.env.TALLYGATE_LOG_LEVEL ?? 'info',
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: secrets.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '[redacted]' },
    },
    // Synchronous: the last lines before a crash are the ones that matter.
    destination({ fd: 2, sync: true }),
  );
}
