// Which file of an export is which page. Some things only a service can show, and they have no file: other orders, other
// spans of a chart, sums by folder and release, CSV, forms.

import { createHash } from 'node:crypto';
import { filesReport } from '../reports/queries/counts.ts';
import { leechesReport } from '../reports/queries/downloads.ts';
import type { Place, Query } from '../service/pages/operator/view.tsx';

const lists: readonly Place[] = ['tokens', 'codes', 'leeches', 'sources', 'keys'];

/** The leeches that an export shows. */
export const exportedLeeches = { hours: 24, min_requests: 100, sort: leechesReport.order };

/** The name of the file of a page; undefined if it has none. */
export function fileOf(place: Place, query: Query = {}): string | undefined {
  const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
  const { page, cursor, ...rest } = given;
  const is = (...names: string[]) => Object.keys(rest).every((name) => names.includes(name));
  // A page is named after the place where it begins, not by number: that place stays when the list grows before it.
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
  // Only the order that the file has anyway.
  if (place === 'files' && is('sort')) {
    const usual = rest.sort === undefined || rest.sort === filesReport.order;
    return usual ? `files${more}.html` : undefined;
  }
  if (place === 'leeches' && is(...Object.keys(exportedLeeches))) {
    const usual = Object.entries(exportedLeeches).every(([name, value]) => (rest[name] ?? value) === value);
    return usual ? `leeches${more}.html` : undefined;
  }
  // Only the page of the most frequent: there may be as many user agents as downloads.
  if (place === 'agents' && is('class'))
    return rest.class === undefined ? 'agents.html' : `agents-${rest.class}.html`;
  return lists.includes(place) && is() ? `${place}${more}.html` : undefined;
}

const numbered = (page: unknown) => (page === undefined || page === 1 ? '' : `-${page}`);

// Other people chose the names of files, so only a digest of them becomes a name of ours.
function nameOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
