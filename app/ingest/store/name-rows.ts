// Stores the names that a batch uses for the first time (files, versions, origins), and its requests by signing key.

import type postgres from 'postgres';
import type { Fold } from '../fold/fold.ts';
import { dateText } from '../record/day.ts';
import { compareIds, toBigint } from '../record/ids.ts';
import { estimatedMark, type Origin, type Version } from '../record/names.ts';

/**
 * Stores the names that PostgreSQL may not hold yet. They are sorted, because every agent may insert the same rows.
 * @param imported whether an import brings them: it marks those that are new. Live counting takes the mark away
 */
export async function storeNames(tx: postgres.TransactionSql, fold: Fold, imported: boolean): Promise<void> {
  const { names } = fold;
  await storeFiles(tx, names.versions.slice(names.storedVersions, fold.versionsMet), imported);
  await storeOrigins(tx, names.origins.slice(names.storedOrigins, fold.originsMet), imported);
}

/** What becomes of a name that is there already. In one statement: a name that is being taken back is made again. */
function whereThere(tx: postgres.TransactionSql, imported: boolean) {
  return imported ? tx`do nothing` : tx`do update set imported = false where n.imported`;
}

async function storeFiles(
  tx: postgres.TransactionSql,
  versions: Version[],
  imported: boolean,
): Promise<void> {
  if (versions.length === 0) return;
  versions.sort((a, b) => compareIds(a.id, b.id));
  const byFile = new Map(versions.map((version) => [toBigint(version.file).toString(), version]));
  const files = [...byFile].sort(([, a], [, b]) => compareIds(a.file, b.file));
  await tx`
    insert into files as n (id, host, path, imported)
    select *, ${imported}::boolean from unnest(${files.map(([id]) => id)}::bigint[], ${files.map(([, v]) => v.host)}::text[],
      ${files.map(([, v]) => v.path)}::text[])
    on conflict (id) ${whereThere(tx, imported)}`;
  await tx`
    insert into file_versions as n (id, file_id, etag, size, imported)
    select *, ${imported}::boolean from unnest(${versions.map((v) => toBigint(v.id).toString())}::bigint[],
      ${versions.map((v) => toBigint(v.file).toString())}::bigint[],
      ${versions.map((v) => v.etag)}::text[], ${versions.map((v) => v.size)}::bigint[])
    on conflict (id) ${whereThere(tx, imported)}`;
}

async function storeOrigins(
  tx: postgres.TransactionSql,
  origins: Origin[],
  imported: boolean,
): Promise<void> {
  if (origins.length === 0) return;
  origins.sort((a, b) => compareIds(a.id, b.id));
  await tx`
    insert into origins as n (id, edge, agent, client, class, rule, referrer_host, country, imported)
    select *, ${imported}::boolean from unnest(${origins.map((o) => toBigint(o.id).toString())}::bigint[],
      ${origins.map((o) => o.edge)}::text[], ${origins.map((o) => o.agent)}::text[],
      ${origins.map((o) => o.client)}::text[], ${origins.map((o) => o.class)}::visitor_class[],
      ${origins.map((o) => o.rule)}::text[],
      ${origins.map((o) => o.referrer)}::text[], ${origins.map((o) => o.country)}::text[])
    on conflict (id) ${whereThere(tx, imported)}`;
}

/** Notes the days of files whose sizes are an estimate: reports say so for as long as the tallies are kept. */
export async function storeEstimatedDays(tx: postgres.TransactionSql, fold: Fold): Promise<void> {
  const { versions } = fold.names;
  const days = new Set<string>();
  for (let index = 0; index < fold.size; index += 1) {
    const version = versions[fold.version[index] as number];
    if (version?.etag.endsWith(estimatedMark))
      days.add(`${toBigint(version.file)} ${dateText(fold.day[index] as number)}`);
  }
  if (days.size === 0) return;
  const rows = [...days].sort().map((row) => row.split(' ') as [file: string, day: string]);
  await tx`
    insert into estimated_days (file_id, day)
    select * from unnest(${rows.map(([file]) => file)}::bigint[], ${rows.map(([, day]) => day)}::date[])
    on conflict do nothing`;
}

/** Adds a batch's requests to the report on keys; those of an import apart. */
export async function storeKeyUses(tx: postgres.TransactionSql, fold: Fold, importId = 0): Promise<void> {
  const { keys, edges } = fold.names;
  const uses = [...fold.keyUses.values()].map((use) => ({
    ...use,
    key: keys[use.key] ?? '',
    edge: edges[use.edge] ?? '',
    day: dateText(use.day),
  }));
  await tx`
    insert into key_usage as k (key_id, day, edge, requests, last_at, import_id)
    select *, ${importId}::bigint from unnest(${uses.map((u) => u.key)}::text[], ${uses.map((u) => u.day)}::date[],
      ${uses.map((u) => u.edge)}::text[], ${uses.map((u) => u.requests)}::bigint[],
      ${uses.map((u) => new Date(u.lastAt).toISOString())}::timestamptz[])
    order by 1, 2, 3
    on conflict (key_id, day, edge, import_id) do update set
      requests = k.requests + excluded.requests, last_at = greatest(k.last_at, excluded.last_at)`;
}

/**
 * Before a day's transfers are dropped: the names in them stay, whatever import is taken back later. Called by
 * whoever closes the day, while no import runs.
 */
export async function keepNamesOf(tx: postgres.TransactionSql, day: string): Promise<void> {
  const versions = await tx<{ id: string }[]>`
    select distinct version_id as id from transfers where day = ${day} and import_id is not null`;
  if (versions.length === 0) return;
  const origins = await tx<{ id: string }[]>`
    select distinct origin_id as id from transfers where day = ${day} and import_id is not null`;
  await tx`
    update file_versions set imported = false
    where imported and id = any(${versions.map(({ id }) => id)}::bigint[])`;
  await tx`
    update origins set imported = false where imported and id = any(${origins.map(({ id }) => id)}::bigint[])`;
}
