// Which file of an export stands for which page. What only a service can show has none: other orders, other spans of
// a chart, CSV, forms.

import { createHash } from 'node:crypto';
import { filesReport } from '../reports/queries/counts.ts';
import { leechesReport } from '../reports/queries/downloads.ts';
import type { Place, Query } from '../service/pages/operator/view.tsx';

const lists: readonly Place[] = ['tokens', 'codes', 'leeches', 'sources', 'keys'];

/** Which leeches an export shows. */
export const exportedLeeches = { hours: 24, min_requests: 100, sort: leechesReport.order };

/** The name of the file of a page; undefined where there is none. */
export function fileOf(place: Place, query: Query = {}): string | undefined {
  const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
  const { page, cursor, ...rest } = given;
  const is = (...names: string[]) => Object.keys(rest).every((name) => names.includes(name));
  // The place where a list goes on is as good a name as its number, and stays while the list grows behind it.
  const more = cursor === undefined ? numbered(page) : `-${nameOf(String(cursor))}`;
  if (place === 'overview') return 'index.html';
  if (place === 'file' && is('host', 'path', 'span')) {
    const other = rest.span !== undefined && rest.span !== 'days';
    return other ? undefined : `file-${nameOf(`${rest.host}\n${rest.path}`)}.html`;
  }
  if (place === 'months' && is('measure', 'last')) {
    const { measure = 'downloads', last } = rest;
    const parts = [...(measure === 'downloads' ? [] : [measure]), ...(last === undefined ? [] : [last])];
    return `${['months', ...parts].join('-')}${more}.html`;
  }
  if (place === 'codes' && rest.batch !== undefined) return `codes-${nameOf(String(rest.batch))}${more}.html`;
  // The order that it has anyway.
  if (place === 'files' && is('sort')) {
    const usual = rest.sort === undefined || rest.sort === filesReport.order;
    return usual ? `files${more}.html` : undefined;
  }
  if (place === 'leeches' && is(...Object.keys(exportedLeeches))) {
    const usual = Object.entries(exportedLeeches).every(([name, value]) => (rest[name] ?? value) === value);
    return usual ? `leeches${more}.html` : undefined;
  }
  // The most frequent alone: there may be as many user agents as there are downloads.
  if (place === 'agents' && is('class'))
    return rest.class === undefined ? 'agents.html' : `agents-${rest.class}.html`;
  return lists.includes(place) && is() ? `${place}${more}.html` : undefined;
}

const numbered = (page: unknown) => (page === undefined || page === 1 ? '' : `-${page}`);

// Names of files are other people's: only their digest becomes one of ours.
function nameOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
