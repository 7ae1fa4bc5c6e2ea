// Visitors with the most requests, what they fetch, and the button that blocks them at every edge.

import type { Sql } from '../../../db/connection.ts';
import { formatCount } from '../../../reports/format.ts';
import { leechesReport } from '../../../reports/queries/downloads.ts';
import { denialsReport } from '../../../reports/queries/operation.ts';
import {
  type Position,
  type ReportRow,
  readPage,
  visitorNumber,
  visitorText,
} from '../../../reports/read.ts';
import { FileName, Pager, ReportTable, shorten, Times } from './table.tsx';
import { Choices, operatorPage, type View } from './view.tsx';

export type LeechesParams = { hours: number; min_requests: number; sort: string };

// How many rows a page has, and how many characters of names that others chose: hostile names cannot make it large.
const shown = { visitors: 25, files: 5, path: 60, userAgent: 120 };

export async function leechesPage(
  view: View,
  params: LeechesParams,
  after: Position | undefined,
  nextCursor: (position: Position) => string,
  done?: string,
) {
  const { sql, now } = view;
  const { sort, ...limits } = params;
  const [leeches, denials] = await Promise.all([
    readPage(sql, leechesReport, limits, { limit: shown.visitors, order: sort, after }, now),
    readPage(sql, denialsReport, { kind: 'v' }, { limit: 100 }, now),
  ]);
  const [taken, clients] = await Promise.all([
    filesTaken(sql, leeches.rows),
    clientAddressesOf(sql, leeches.rows),
  ]);
  const denied = new Set(denials.rows.map((row) => row.subject as string));
  const href = (more: object) => view.href('leeches', { ...params, ...more });
  return operatorPage({
    view,
    place: 'leeches',
    title: 'Leeches',
    children: (
      <>
        <h1>Leeches</h1>
        <p class="lede">
          Visitors with {atLeast(params.min_requests)} in the last {params.hours} hours.
        </p>
        {done && (
          <p class="notice" role="status">
            {done}
          </p>
        )}
        <Choices
          label="How far back"
          choices={[24, 48, 72].map((hours) => ({
            title: `${hours} hours`,
            to: href({ hours }),
            chosen: hours === params.hours,
          }))}
        />
        {view.may.choose && (
          <div class="filters">
            <LowerLimit view={view} params={params} />
            {view.may.deny && leeches.rows.length > 0 && <BlockForm view={view} params={params} />}
          </div>
        )}
        <ReportTable
          view={view}
          report={leechesReport}
          rows={leeches.rows}
          columns={['visitor', 'requests', 'per_second', 'seconds', 'first_at', 'files', 'bytes']}
          caption="Visitors by requests"
          order={sort}
          orderHref={(order) => href({ sort: order })}
          titles={{ first_at: 'First and last' }}
          cells={{
            first_at: (row) => <Times view={view} row={row} names={['first_at', 'last_at']} />,
            visitor: (row) => <Visitor row={row} clients={clients.get(row.visitor as string) ?? []} />,
            files: (row) => <Taken view={view} row={row} taken={taken.get(row.visitor as string) ?? []} />,
          }}
          {...(view.may.deny && {
            action: (row: ReportRow) => <Block visitor={row.visitor as string} denied={denied} />,
          })}
          empty={
            params.min_requests === 1
              ? `Nobody downloaded anything in ${params.hours} hours.`
              : `Nobody made ${atLeast(params.min_requests)} in ${params.hours} hours. A lower limit shows more visitors.`
          }
        />
        <Pager
          next={leeches.next && href({ cursor: nextCursor(leeches.next) })}
          first={after && href({})}
          csv={leeches.rows.length > 0 ? view.href('csv', { report: 'leeches', ...params }) : undefined}
        />
        <p class="hint">
          A visitor is known by a hash that changes at midnight UTC, so a block ends then at the latest. A
          blocked visitor gets 410 in every location with signed links or counted downloads.
          {clients.size === 0 &&
            ' Client addresses of these visitors are not known: they are kept only if [privacy] address says so.'}
        </p>
        <h2>Refused now</h2>
        <ReportTable
          view={view}
          report={denialsReport}
          rows={denials.rows}
          columns={['subject', 'reason', 'starts_at', 'until']}
          caption="Visitors that every edge refuses"
          cells={{ subject: (row) => <code>{row.subject as string}</code> }}
          {...(view.may.deny && {
            action: (row: ReportRow) => <Unblock view={view} subject={row.subject as string} />,
          })}
          empty="No visitor is refused."
        />
      </>
    ),
  });
}

function LowerLimit({ view, params }: { view: View; params: LeechesParams }) {
  return (
    <form class="filters" method="get" action={view.href('leeches')}>
      <div>
        <label for="min_requests">Requests, at least</label>
        <input type="number" id="min_requests" name="min_requests" min={1} value={params.min_requests} />
      </div>
      <input type="hidden" name="hours" value={params.hours} />
      <input type="hidden" name="zone" value={view.zone} />
      <button type="submit">Show</button>
    </form>
  );
}

function Visitor({ row, clients }: { row: ReportRow; clients: readonly string[] }) {
  return (
    <>
      <code>{row.visitor as string}</code> <span class="tag">{row.class as string}</span>
      {clients.map((client) => (
        <a
          class="line mono"
          href={whoisOf(client)}
          rel="noreferrer"
          title={`Whose client address ${client} is`}
        >
          {client}
        </a>
      ))}
      <small class="user-agent hint">
        <bdi>{shorten((row.agent as string) || 'no user agent', shown.userAgent)}</bdi>
      </small>
    </>
  );
}

type TakenFile = { host: string; path: string; requests: string };

function Taken({ view, row, taken }: { view: View; row: ReportRow; taken: readonly TakenFile[] }) {
  const [first, ...more] = taken;
  if (!first) return <>{row.files as number}</>;
  return (
    <details>
      <summary>{row.files as number}</summary>
      {[first, ...more].map(({ host, path, requests }) => (
        <div>
          {requests} × <FileName view={view} host={host} path={path} length={shown.path} />
        </div>
      ))}
      {Number(row.files) > taken.length && <div class="hint">and others, each with fewer requests</div>}
    </details>
  );
}

/** The URL of a page that asks the registries whose an IP address or network is. RDAP replaced whois. */
function whoisOf(client: string): string {
  return `https://client.rdap.org/?${new URLSearchParams({ type: 'ip', object: client })}`;
}

/** The latest client addresses of these visitors; none unless the operator keeps them. */
async function clientAddressesOf(sql: Sql, rows: readonly ReportRow[]): Promise<Map<string, string[]>> {
  const visitors = rows.map((row) => String(visitorNumber(row.visitor as string)));
  const found = await sql<{ visitor: string; addresses: string[] }[]>`
    select visitor::text as visitor, (array_agg(address order by seen_at desc, address))[1:3] as addresses
    from visitor_addresses where visitor = any(${visitors}::bigint[]) group by visitor`;
  return new Map(found.map(({ visitor, addresses }) => [visitorText(visitor), addresses]));
}

/** The few files that each of these visitors asked for most. */
async function filesTaken(sql: Sql, rows: readonly ReportRow[]): Promise<Map<string, TakenFile[]>> {
  const visitors = rows.map((row) => String(visitorNumber(row.visitor as string)));
  const days = [...new Set(rows.map((row) => row.day as string))];
  if (visitors.length === 0) return new Map();
  const found = await sql<(TakenFile & { visitor: string })[]>`
    select visitor::text as visitor, host, path, requests
    from (
      select t.visitor, f.host, f.path, sum(t.requests) as requests,
        row_number() over (partition by t.visitor order by sum(t.requests) desc, f.path) as place
      from transfers t join files f on f.id = t.file_id
      where t.visitor = any(${visitors}::bigint[]) and t.day = any(${days}::date[])
      group by t.visitor, f.id, f.host, f.path
    ) t
    where place <= ${shown.files}
    order by visitor, place`;
  const taken = new Map<string, TakenFile[]>();
  for (const { visitor, ...file } of found) {
    const name = visitorText(visitor);
    taken.set(name, [...(taken.get(name) ?? []), file]);
  }
  return taken;
}

const blockForm = 'block';

/** How long a block lasts, chosen once for all buttons of the table. */
function BlockForm({ view, params }: { view: View; params: LeechesParams }) {
  return (
    <form class="filters no-print" id={blockForm} method="post" action={view.href('block')}>
      <input type="hidden" name="hours" value={params.hours} />
      <input type="hidden" name="min_requests" value={params.min_requests} />
      <div>
        <label for="seconds">A block lasts</label>
        <select id="seconds" name="seconds">
          <option value="3600">1 hour</option>
          <option value="21600">6 hours</option>
          <option value="86400">until midnight UTC</option>
        </select>
      </div>
    </form>
  );
}

function Block({ visitor, denied }: { visitor: string; denied: ReadonlySet<string> }) {
  if (denied.has(visitor)) return <span class="tag bad">refused</span>;
  return (
    <button class="quiet danger" type="submit" form={blockForm} name="visitor" value={visitor}>
      Block<span class="visually-hidden"> {visitor}</span>
    </button>
  );
}

function Unblock({ view, subject }: { view: View; subject: string }) {
  return (
    <form class="inline" method="post" action={view.href('unblock')}>
      <input type="hidden" name="visitor" value={subject} />
      <button class="quiet" type="submit">
        Unblock<span class="visually-hidden"> {subject}</span>
      </button>
    </form>
  );
}

const atLeast = (requests: number) =>
  requests === 1 ? 'one request or more' : `${formatCount(requests)} or more requests`;
