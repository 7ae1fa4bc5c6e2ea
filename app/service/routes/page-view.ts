// The view of a request: its time zone, its reader, and the addresses of pages; and the page for what goes wrong.

import type { Context } from 'hono';
import { isUnreachable } from '../../db/connection.ts';
import { isZone } from '../../reports/zone.ts';
import type { Deps, Env } from '../http/context.ts';
import { Problem } from '../http/problem.ts';
import { problemPage } from '../pages/operator/login.tsx';
import type { Place, Query, View } from '../pages/operator/view.tsx';
import { mayDeny } from '../session/session.ts';

const base = '/tallygate/reports';
const paths: Partial<Record<Place, string>> = {
  overview: base,
  logout: '/tallygate/logout',
  block: `${base}/leeches/block`,
  unblock: `${base}/leeches/unblock`,
  revoke: `${base}/codes/revoke`,
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
    may: { deny: mayDeny(key), choose: true },
    reader: key.name,
    href: (place, query = {}) => address(place, { ...kept, ...query }),
  };
}

function address(place: Place, { report, ...query }: Query): string {
  const path = place === 'csv' ? `${base}/csv/${report}.csv` : (paths[place] ?? `${base}/${place}`);
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const search = new URLSearchParams(
    given.map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  return search === '' ? path : `${path}?${search}`;
}

const back = { to: base, title: 'Overview' };

/** A problem as a page, with its status; what is our fault goes to the log. */
export function answerProblem(c: Context<Env>, deps: Deps, error: Error): Response | Promise<Response> {
  const problem = error instanceof Problem ? error : undefined;
  if (problem?.code === 'not_found') return c.html(problemPage('Not here', problem.message, back), 404);
  if (problem && problem.status < 500) {
    for (const [name, value] of Object.entries(problem.headers)) c.header(name, value);
    return c.html(problemPage('This cannot be shown', problem.message, back), problem.status);
  }
  if ('getResponse' in error) return (error as { getResponse(): Response }).getResponse();
  deps.log.error({ err: error, request_id: c.get('requestId') }, 'page failed');
  if (isUnreachable(error)) {
    return c.html(problemPage('Try again in a moment', 'The database cannot be reached now.', back), 503);
  }
  return c.html(
    problemPage('Something went wrong', `The fault is in our log under ${c.get('requestId')}.`, back),
    500,
  );
}
