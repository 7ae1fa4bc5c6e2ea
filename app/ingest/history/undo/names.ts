// Files, versions and origins that only imports have brought, and that nothing uses any more. Only transfers of days with
// imported lines can use such a name: when a day is closed, its names lose their mark (keepNamesOf).

import type postgres from 'postgres';

/** Deletes them. A name that live counting takes up at this moment stays: it loses its mark first, or is made again. */
export async function forgetNames(tx: postgres.TransactionSql): Promise<void> {
  const days = (await tx<{ day: string }[]>`select distinct day::text from import_lines`).map(
    ({ day }) => day,
  );
  const versions = await tx<{ id: string }[]>`
    select id from file_versions where imported
    except select version_id from transfers where day = any(${days}::date[])`;
  await tx`delete from file_versions where imported and id = any(${ids(versions)}::bigint[])`;
  const files = await tx<{ id: string }[]>`
    select id from files where imported except select file_id from file_versions`;
  await tx`delete from files where imported and id = any(${ids(files)}::bigint[])`;
  const origins = await tx<{ id: string }[]>`
    select id from origins where imported
    except select origin_id from transfers where day = any(${days}::date[])
    except select origin_id from transfer_shares`;
  await tx`delete from origins where imported and id = any(${ids(origins)}::bigint[])`;
}

const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);
