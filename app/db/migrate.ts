// Brings a database to this release's schema: the numbered files of sql/migrations once each, then the
// report views. Any number may run at once: a lock makes the others wait, and find nothing left to do.

import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator';
import { connect, explainConnection } from './connection.ts';

// An arbitrary constant: "tallygat" in ASCII, read as a 64-bit number.
const lock = String(0x74616c6c79676174n);

/**
 * Applies what is missing. The migrations are one transaction, the reports another: each all or nothing.
 * @throws UserError when PostgreSQL cannot be reached
 */
export async function migrate(databaseUrl: string, folder: string = sqlFolder()): Promise<void> {
  // drizzle's migrator wants a connection of its own, so the lock is held on a second one: for the length of
  // a transaction rather than of a session, because PgBouncer may give each transaction another session.
  const locker = connect(databaseUrl, { max: 1 });
  const client = connect(databaseUrl, { max: 1 });
  try {
    await locker.begin(async (holding) => {
      await holding`select pg_advisory_xact_lock(${lock})`;
      await applyMigrations(drizzle(client), {
        migrationsFolder: path.join(folder, 'migrations'),
        migrationsSchema: 'public',
        migrationsTable: 'tallygate_migrations',
      });
      await client.begin(async (transaction) => {
        for (const file of reportFiles(folder)) await transaction.file(file);
      });
    });
  } catch (error) {
    throw explainConnection(error, databaseUrl);
  } finally {
    await Promise.all([client.end({ timeout: 5 }), locker.end({ timeout: 5 })]);
  }
}

/** The folder `sql/` of this installation: beside the bundled program, or at the project's root. */
export function sqlFolder(): string {
  const candidates = ['sql', '../sql', '../../sql'].map((relative) =>
    path.join(import.meta.dirname, relative),
  );
  const found = candidates.find((folder) => existsSync(path.join(folder, 'migrations')));
  if (!found)
    throw new Error(`sql/migrations is missing near ${import.meta.dirname}: the installation is incomplete`);
  return found;
}

function reportFiles(folder: string): string[] {
  const reports = path.join(folder, 'reports');
  if (!existsSync(reports)) return [];
  return readdirSync(reports)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => path.join(reports, name));
}
