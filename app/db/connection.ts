// Connections to PostgreSQL, alike for every command. What the Makefile mends in postgres.js after `npm ci`, and why, is
// in patches/README.md.

import postgres from 'postgres';
import { UserError } from '../user-error.ts';

export type Sql = postgres.Sql;

/** A pool as every command uses it: in UTC whatever the server's time zone, with a name in pg_stat_activity. */
export function connect(databaseUrl: string, options: postgres.Options<Record<string, never>> = {}): Sql {
  return postgres(databaseUrl, {
    onnotice: () => {},
    connect_timeout: 10,
    ...options,
    connection: { application_name: 'tallygate', TimeZone: 'UTC', ...options.connection },
  }) as Sql;
}

/**
 * Runs the work of one command with a pool of its own, of at most `max` connections, which is closed afterwards.
 * @throws UserError when the connection fails; any other error as it is
 */
export async function withDatabase<T>(
  { databaseUrl }: { readonly databaseUrl: string },
  work: (sql: Sql) => Promise<T>,
  max = 2,
): Promise<T> {
  const sql = connect(databaseUrl, { max });
  try {
    return await work(sql);
  } catch (error) {
    throw explainConnection(error, databaseUrl);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

// Network codes of Node and postgres.js, and the SQLSTATEs of a server that is starting, stopping or full.
const unreachable =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ENOENT|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|CONNECT_TIMEOUT|CONNECTION_\w+|57P0[123]|53300|08...)$/;

/** Whether the error means that the server cannot be reached now. Then it makes sense to try again later. */
export function isUnreachable(error: unknown): boolean {
  return unreachable.test(errorCode(error));
}

// A lock that was not given in time, a statement that ran too long, a deadlock, a transaction that waited too long for us.
const busy = /^(55P03|57014|40P01|25P03)$/;

/** Whether PostgreSQL gave the statement up because others stood in its way. Later it may succeed. */
export function isBusy(error: unknown): boolean {
  return busy.test(errorCode(error));
}

/** The first `code` of an error or of its causes: a SQLSTATE or a network code. '' when there is none. */
export function errorCode(error: unknown): string {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown };
  if (typeof code === 'string') return code;
  return cause === undefined ? '' : errorCode(cause);
}

/** Makes a UserError of an error that a failed connection throws. Any other error comes back as it is. */
export function explainConnection(error: unknown, databaseUrl: string): unknown {
  const code = errorCode(error);
  const at = whereabouts(databaseUrl);
  if (code === '08P01' && /unsupported startup parameter/.test(String(error))) {
    const remedy =
      'In pgbouncer.ini: ignore_startup_parameters = lock_timeout, statement_timeout. Set both on the role instead.';
    return new UserError(`PgBouncer at ${at} refuses a setting of the connection`, remedy, { cause: error });
  }
  if (isUnreachable(error)) {
    const remedy = 'Is it running? Set database_url in the configuration file or TALLYGATE_DATABASE_URL.';
    return new UserError(`cannot reach PostgreSQL at ${at} (${code})`, remedy, { cause: error });
  }
  if (code === '3D000') {
    const remedy = 'Create it with createdb, then run: tallygate migrate';
    return new UserError(`PostgreSQL has no database ${at}`, remedy, { cause: error });
  }
  if (code === '28P01' || code === '28000') {
    const remedy = 'Check database_url, and pg_hba.conf on the server.';
    return new UserError(`PostgreSQL at ${at} refused the user or the password`, remedy, { cause: error });
  }
  if (code === '26000' || code === '42P05') {
    const remedy = 'Behind PgBouncer in transaction mode, add ?prepare=false to database_url.';
    return new UserError(`PostgreSQL at ${at} lost a prepared statement (${code})`, remedy, { cause: error });
  }
  if (code === '42P01' || code === '3F000') {
    return new UserError(`the database ${at} lacks Tallygate's tables`, 'Run: tallygate migrate', {
      cause: error,
    });
  }
  return error;
}

/** Host and database of a connection address. Never the user or the password: they would reach logs. */
function whereabouts(databaseUrl: string): string {
  if (!URL.canParse(databaseUrl)) return 'the configured address';
  const url = new URL(databaseUrl);
  return `${url.searchParams.get('host') ?? (url.host || 'localhost')}${url.pathname}`;
}
