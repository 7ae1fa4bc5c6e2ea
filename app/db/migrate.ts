// Brings a database to this release's schema: the numbered files of sql/migrations, each once, then all of sql/reports
// anew. Any number of migrations may run at once: a lock makes the others wait, and then they find nothing left to do.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator';
import { connect, explainConnection } from './connection.ts';

// An arbitrary constant: "tallygat" in ASCII, read as a 64-bit number.
const lock = String(0x74616c6c79676174n);

/**
 * Applies what is missing. The migrations run in one transaction and the reports in another: each is all or nothing.
 * @throws UserError when PostgreSQL cannot be reached
 */
export async function migrate(databaseUrl: string, folder: string = sqlFolder()): Promise<void> {
  // drizzle's migrator needs a connection for itself, so a second one holds the lock. The lock lasts for a transaction
  // and not for a session: PgBouncer may give each transaction another session.
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

/**
 * The files of sql/reports, in the order that its order.txt gives them. A folder without reports has none.
 * @throws Error when order.txt and the folder do not name the same files
 */
export function reportFiles(folder: string): string[] {
  const reports = path.join(folder, 'reports');
  if (!existsSync(reports)) return [];
  const order = path.join(reports, 'order.txt');
  const ordered = readFileSync(order, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const there = readdirSync(reports).filter((name) => name.endsWith('.sql'));
  const unordered = there.filter((name) => !ordered.includes(name));
  if (unordered.length > 0) throw new Error(`${order} does not name ${unordered.join(', ')}: add it there`);
  const missing = ordered.filter((name) => !there.includes(name));
  if (missing.length > 0)
    throw new Error(`${order} names ${missing.join(', ')}, which is not there: write it, or remove the line`);
  return ordered.map((name) => path.join(reports, name));
}
