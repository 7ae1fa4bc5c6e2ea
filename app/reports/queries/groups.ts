// Counts of many files together: by folder, by release, and of their first days.

import { isReleasePattern } from '../../config/release-pattern.ts';
import type { Sql } from '../../db/connection.ts';
import { markEstimated } from '../estimated.ts';
import { daysOf, files, matching, ofFiles, type Period, period, sums, text, whole } from '../params.ts';
import { type Column, column, defineReport, tallyColumns } from '../report.ts';

const inPeriod = {
  ...period,
  first: period.first.describe('first day; without first and last: since counting began'),
};
const { path: _, ...manyFiles } = files;
const filesColumn: Column = { name: 'files', kind: 'count', title: 'Files', sortable: true };

/** The counts of each file, of a period or of all time; and that period. */
function counts(sql: Sql, params: Period, now: Date) {
  if (params.first === undefined && params.last === undefined)
    return {
      counted: sql`(select f.host, f.path, m.* from files f join tally_months m on m.file_id = f.id) c`,
      days: undefined,
    };
  const days = { zone: params.zone, ...daysOf(params, now) };
  return { counted: sql`report.files_in(${days.zone}, ${days.first}, ${days.last}) c`, days };
}

export const foldersReport = defineReport({
  name: 'folders',
  title: 'Folders',
  summary: 'What was downloaded from each folder, with all folders below it',
  params: {
    ...inPeriod,
    ...manyFiles,
    depth: whole(1, 32).default(1).describe('how many folders deep, 1 by default'),
  },
  columns: [
    column.host,
    { name: 'folder', kind: 'text', title: 'Folder', sortable: true },
    filesColumn,
    ...tallyColumns,
  ],
  key: ['host', 'folder'],
  order: '-downloads',
  query(sql, params, { now }) {
    // The longest beginning of a path that is so many folders at most. A file above that depth counts in its own folder.
    const folder = `^(?:/[^/]*){0,${params.depth}}/`;
    const { counted, days } = counts(sql, params, now);
    return markEstimated(sql, {
      rows: sql`
        select host, substring(path from ${folder}) as folder, count(distinct path) as files, ${sums(sql)}
        from ${counted} where ${matching(sql, params)} group by 1, 2`,
      by: { host: sql`host`, folder: sql`substring(path from ${folder})` },
      where: ofFiles(sql, params),
      days,
    });
  },
});

export const releasesReport = defineReport({
  name: 'releases',
  title: 'Releases',
  summary: 'What was downloaded of each release, which a regular expression finds in the paths',
  params: {
    pattern: text(200)
      .refine(isReleasePattern, 'must be a regular expression with one group, such as /v([0-9.]+)/')
      .describe('a regular expression; its one group is the release, such as /v([0-9.]+)/'),
    ...inPeriod,
    ...manyFiles,
  },
  columns: [
    { name: 'release', kind: 'text', title: 'Release', sortable: true },
    filesColumn,
    ...tallyColumns,
  ],
  key: ['release'],
  order: '-downloads',
  query(sql, params, { now }) {
    const { counted, days } = counts(sql, params, now);
    return markEstimated(sql, {
      rows: sql`
        select release, count(distinct (host, path)) as files, ${sums(sql)}
        from (select *, substring(path from ${params.pattern}) as release from ${counted}) r
        where release is not null and ${matching(sql, params)} group by release`,
      by: { release: sql`substring(path from ${params.pattern})` },
      where: ofFiles(sql, params),
      days,
    });
  },
});

const begun = (name: string, title: string): Column => ({
  name,
  kind: 'count',
  title,
  sortable: true,
  nullMeans: 'not over yet',
});

export const firstDaysReport = defineReport({
  name: 'first-days',
  title: 'First days',
  summary: 'Downloads of each file on its first day, in its first 7 and in its first 30 days, by UTC days',
  params: {
    first: period.first.describe(
      'files that began on this day or later; 364 days before the last unless given',
    ),
    last: period.last.describe('files that began on this day or earlier; today unless given'),
    host: files.host,
    path: files.path,
    prefix: files.prefix,
    class: files.class,
  },
  columns: [
    column.host,
    column.path,
    { name: 'first_day', kind: 'day', title: 'First day (UTC)', sortable: true },
    begun('downloads_1_day', 'On that day'),
    begun('downloads_7_days', 'In 7 days'),
    begun('downloads_30_days', 'In 30 days'),
  ],
  key: ['host', 'path'],
  order: '-first_day',
  query(sql, params, { now }) {
    const { first, last } = daysOf({ ...params, zone: 'UTC' }, now, 365);
    return sql`
      select host, path, first_day, sum(downloads_1_day)::bigint as downloads_1_day,
        sum(downloads_7_days)::bigint as downloads_7_days, sum(downloads_30_days)::bigint as downloads_30_days
      from report.first_days(${first}, ${last}) where ${matching(sql, params)} group by host, path, first_day`;
  },
});
