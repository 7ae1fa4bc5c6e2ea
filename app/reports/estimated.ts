// Which rows of a report are partly an estimate, because an import took sizes from elsewhere (tallygate ingest --sizes).
// It is known by file and UTC day, so a row is marked where one of its days may have such downloads, of whichever class
// and edge.

import type { Sql } from '../db/connection.ts';
import type { Fragment } from './report.ts';

type Days = { zone: string; first: string; last: string };

type Marked = {
  /** The rows of a report without `estimated`. */
  rows: Fragment;
  /** What tells them apart, by the names of their columns: each as SQL over `host`, `path` and `at` (a moment of the day). */
  by: Readonly<Record<string, Fragment>>;
  /** A condition over `host` and `path`. */
  where?: Fragment | undefined;
  /** The period; undefined: since counting began. */
  days?: Days | undefined;
};

/** The rows with a last column `estimated`. */
export function markEstimated(sql: Sql, { rows, by, where, days }: Marked): Fragment {
  const joined = (parts: readonly Fragment[]) =>
    parts.reduce((all, part) => sql`${all}${part}`, sql`` as Fragment);
  const keys = joined(Object.entries(by).map(([name, value]) => sql`, ${value} as ${sql(name)}`));
  const same = joined(Object.keys(by).map((name) => sql` and m.${sql(name)} = e.${sql(name)}`));
  // A day of UTC may be part of two days of a zone: of those that its first and its last moment are in.
  const inPeriod = days
    ? sql`(at at time zone ${days.zone})::date between ${days.first} and ${days.last}`
    : sql`true`;
  return sql`
    select m.*, e.found is not null and m.downloads > 0 as estimated from (${rows}) m
    left join (
      select distinct 1 as found${keys}
      from report.estimated_days d
      cross join lateral (values
        (d.day::timestamp at time zone 'UTC'), ((d.day + 1)::timestamp at time zone 'UTC' - interval '1 second')
      ) moments (at)
      where ${where ?? sql`true`} and ${inPeriod}
    ) e on true${same}`;
}
