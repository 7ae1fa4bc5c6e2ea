// Where downloads come from: classes, referring sites, programs, countries; and user agents, with the rule that decided
// on the class of each.

import { z } from 'zod';
import type { Sql } from '../../db/connection.ts';
import { markEstimated } from '../estimated.ts';
import { classChoices, daysOf, files, matching, ofClass, ofFiles, period, sums } from '../params.ts';
import { type Column, column, defineReport, type Fragment, type Report, tallyColumns } from '../report.ts';

export const classesReport = defineReport({
  name: 'classes',
  title: 'Classes',
  summary: 'People, tools and bots beside each other',
  params: { ...period, host: files.host, path: files.path, prefix: files.prefix, edge: files.edge },
  columns: [{ name: 'class', kind: 'text', title: 'Class', sortable: true }, ...tallyColumns],
  key: ['class'],
  order: '-downloads',
  query(sql, params, { now }) {
    const days = { zone: params.zone, ...daysOf(params, now) };
    return markEstimated(sql, {
      rows: countsByClass(sql, params, days),
      by: {},
      where: ofFiles(sql, params),
      days,
    });
  },
});

type OfFiles = Partial<Record<'host' | 'path' | 'prefix' | 'edge', string | undefined>>;

/** For one file, or for all together, one look is enough. Only for some of the files we need the counts of each. */
function countsByClass(
  sql: Sql,
  params: OfFiles,
  { zone, first, last }: { zone: string; first: string; last: string },
): Fragment {
  const edge = params.edge === undefined ? sql`true` : sql`edge = ${params.edge}`;
  if (params.path !== undefined && params.prefix === undefined) {
    return sql`
      select class::text as class, ${sums(sql)}
      from files f
      cross join lateral report.history_in(${zone}, 'year', ${first}, ${last}, f.host, f.path) h
      where f.path = ${params.path} and ${params.host === undefined ? sql`true` : sql`f.host = ${params.host}`}
        and ${edge} group by class`;
  }
  if (params.host === undefined && params.prefix === undefined) {
    return sql`
      select class::text as class, ${sums(sql)}
      from report.totals_in(${zone}, 'year', ${first}, ${last}) where ${edge} group by class`;
  }
  return sql`
    select class::text as class, ${sums(sql)} from report.files_in(${zone}, ${first}, ${last})
    where ${matching(sql, { ...params, class: 'all' })} group by class`;
}

function dimension(name: string, title: string, summary: string, value: Column): Report {
  return defineReport({
    name,
    title,
    summary: `${summary}; by UTC days, because finer counts are not kept`,
    params: { first: period.first, last: period.last, ...files },
    columns: [value, column.downloads, column.bytes],
    key: [value.name],
    order: '-downloads',
    query(sql: Sql, params, { now }) {
      const { first, last } = daysOf({ ...params, zone: 'UTC' }, now);
      return sql`
        select ${sql(value.name)}, sum(downloads)::bigint as downloads, sum(bytes)::bigint as bytes
        from ${sql(`report.${name}`)}
        where day between ${first} and ${last} and ${matching(sql, params)}
        group by 1`;
    },
  });
}

export const referrersReport = dimension(
  'referrers',
  'Referrers',
  'Hosts of the pages that downloads came from',
  {
    name: 'referrer_host',
    kind: 'text',
    title: 'Referring site',
    sortable: true,
  },
);
export const clientsReport = dimension('clients', 'Programs', 'Browsers, download tools and other programs', {
  name: 'client',
  kind: 'text',
  title: 'Program',
  sortable: true,
});
export const countriesReport = dimension('countries', 'Countries', 'Countries, where NGINX knows them', {
  name: 'country',
  kind: 'text',
  title: 'Country',
  sortable: true,
});

/** How many days are read unless others are asked for. */
export const userAgentDays = 7;

export const userAgentsReport = defineReport({
  name: 'agents',
  title: 'User agents',
  summary:
    'Whether each user agent counts as a person, a tool or a bot, and the rule that decided; by UTC days, while transfers are kept',
  params: {
    // This reads the transfers themselves: a week is fast, a month of many sites is not.
    first: period.first.describe(`first day; ${userAgentDays - 1} days before the last unless given`),
    last: period.last,
    // With bots: who wonders why something was not counted needs to see them.
    class: z
      .enum(classChoices)
      .default('all')
      .describe('person, tool, bot, counted (people and tools), or all (the default)'),
  },
  columns: [
    { name: 'agent', kind: 'text', title: 'User agent', sortable: true },
    { name: 'class', kind: 'text', title: 'Class', sortable: true },
    { name: 'client', kind: 'text', title: 'Program', sortable: true },
    { name: 'rule', kind: 'text', title: 'Rule', sortable: true },
    column.downloads,
    { name: 'requests', kind: 'count', title: 'Requests', sortable: true },
    column.bytes,
    { name: 'last_at', kind: 'time', title: 'Last seen', sortable: true },
  ],
  key: ['agent', 'class', 'client', 'rule'],
  order: '-downloads',
  query(sql, params, { now }) {
    const { first, last } = daysOf({ ...params, zone: 'UTC' }, now, userAgentDays);
    return sql`
      select agent, class::text as class, client, rule, downloads, requests, bytes, last_at
      from report.agents_in(${first}, ${last}) where ${ofClass(sql, params.class)}`;
  },
});
