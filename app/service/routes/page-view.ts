// The view of a request: its time zone, its reader, and the URLs of pages.

import { eq } from 'drizzle-orm';
import type { Context } from 'hono';
import { isZone } from '../../config/zone.ts';
import type { Sql } from '../../db/connection.ts';
import { orm } from '../../db/orm.ts';
import { files } from '../../db/schema/counting.ts';
import { fileId, toBigint } from '../../ingest/record/ids.ts';
import { visitorNumber, visitorText } from '../../reports/read.ts';
import type { Deps, Env } from '../http/context.ts';
import { Problem } from '../http/problem.ts';
import type { Place, Query, View } from '../pages/operator/view.tsx';
import { mayDeny } from '../session/session.ts';

const base = '/tallygate/reports';
/** In characters. A file whose name makes a URL longer than this goes by its id: NGINX takes no URL over 8 KB. */
const longestName = 300;
const paths: Partial<Record<Place, string>> = {
  overview: base,
  logout: '/tallygate/logout',
  block: `${base}/leeches/block`,
  unblock: `${base}/leeches/unblock`,
  revoke: `${base}/codes/revoke`,
  print: `${base}/codes/print`,
  events: `${base}/live/events`,
};

export function viewOf(c: Context<Env>, deps: Deps): View {
  const usual = deps.config.reports.zone;
  const wanted = c.req.query('zone') || usual;
  if (!isZone(wanted)) throw new Problem('malformed', 'zone: must be a time zone such as Europe/Berlin');
  const key = c.get('apiKey');
  // A reader who chose another zone keeps it on every link.
  const kept: Query = wanted === usual ? {} : { zone: wanted };
  return {
    sql: deps.sql,
    now: new Date(deps.now()),
    zone: wanted,
    releases: deps.config.reports.releases,
    may: { deny: mayDeny(key), choose: true },
    reader: key.name,
    href: (place, query = {}) => urlOf(place, { ...kept, ...query }),
  };
}

function urlOf(place: Place, { report, ...query }: Query): string {
  if (place === 'file' || place === 'csv') query = withShortName(query);
  const path = place === 'csv' ? `${base}/csv/${report}.csv` : (paths[place] ?? `${base}/${place}`);
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const search = new URLSearchParams(
    given.map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  return search === '' ? path : `${path}?${search}`;
}

function withShortName({ host, path, ...query }: Query): Query {
  if (path === undefined || encodeURIComponent(path).length <= longestName) return { host, path, ...query };
  return { file: visitorText(toBigint(fileId(String(host), String(path))).toString()), ...query };
}

/** The name of the file with this id from a URL; `not_found` where there is none. */
export async function nameOfFile(sql: Sql, id: string): Promise<{ host: string; path: string }> {
  const [file] = await orm(sql)
    .select({ host: files.host, path: files.path })
    .from(files)
    .where(eq(files.id, visitorNumber(id)));
  if (!file) throw new Problem('not_found', 'There is no such file.');
  return file;
}
