// The key that client addresses of imported logs are hashed with. Live requests are hashed with the salt of their day, which
// is destroyed when the day is over. The days of an old log are over, so an import draws a random key of its own. It is
// kept in the table `settings`: an import that is interrupted and goes on, or that reads the second of two files of one
// day, must know visitors again. It is destroyed a day after the last import began, or at once by
// `tallygate ingest --forget`. After that nobody can link or reverse the hashes.

import { randomBytes } from 'node:crypto';
import type { Sql } from '../../db/connection.ts';

const name = 'import_salt';
/** Hours after which the agent destroys it. */
const keepFor = 24;

export async function importSalt(sql: Sql): Promise<Uint8Array> {
  const fresh = { salt: randomBytes(32).toString('base64'), used_at: new Date().toISOString() };
  const rows = await sql<{ value: typeof fresh }[]>`
    insert into settings as s (name, value) values (${name}, ${sql.json(fresh)})
    on conflict (name) do update
      set value = jsonb_set(s.value, '{used_at}', excluded.value -> 'used_at')
    returning value`;
  return Buffer.from(rows[0]?.value.salt ?? '', 'base64');
}

/** Destroys the key, or with `onlyOld` the key of an import that began more than a day ago. */
export async function forgetImportSalt(sql: Sql, onlyOld: boolean): Promise<boolean> {
  const rows = await sql`
    delete from settings where name = ${name}
      and (not ${onlyOld} or (value ->> 'used_at')::timestamptz < now() - make_interval(hours => ${keepFor}))`;
  return rows.count > 0;
}
