// Issued tokens, what was downloaded with each, and the tokens whose link seems to have been passed on.

import { unusualTokensReport } from '../../../reports/queries/downloads.ts';
import { tokensReport } from '../../../reports/queries/operation.ts';
import { type Position, type ReportRow, readPage } from '../../../reports/read.ts';
import { type FileUse, filesOfTokens } from '../../tokens/files.ts';
import { Pager, ReportTable, shorten, Times } from './table.tsx';
import { Link, operatorPage, type View } from './view.tsx';

/** So many files of a token are shown. */
const shownFiles = 5;

export type TokensParams = {
  label?: string | undefined;
  customer?: string | undefined;
  token?: string | undefined;
};

export async function tokensPage(
  view: View,
  params: TokensParams,
  after: Position | undefined,
  nextCursor: (position: Position) => string,
) {
  const { sql, now } = view;
  const [page, unusual] = await Promise.all([
    readPage(sql, tokensReport, params, { limit: 50, after }, now),
    readPage(sql, unusualTokensReport, { hours: 168, min_visitors: 5 }, { limit: 10 }, now),
  ]);
  const limited = page.rows.filter(({ max_copies }) => max_copies !== null);
  const files = await filesOfTokens(
    sql,
    limited.map(({ token_id }) => token_id as string),
    // One more than is shown, to say that there are more.
    shownFiles + 1,
  );
  return operatorPage({
    view,
    place: 'tokens',
    title: 'Tokens',
    children: (
      <>
        <h1>Tokens</h1>
        <p class="lede">
          For whom or what links were issued, newest first, and what was downloaded with each.
        </p>
        {view.may.choose && <Filters view={view} params={params} />}
        <ReportTable
          view={view}
          report={tokensReport}
          rows={page.rows}
          columns={[
            'token_id',
            'label',
            'paths',
            'created_at',
            'spent',
            'visitors',
            'downloads',
            'bytes',
            'last_at',
          ]}
          titles={{ label: 'For', created_at: 'Issued, expires' }}
          dense
          caption="Tokens, newest first"
          cells={{
            token_id: (row) => <Token row={row} now={now} />,
            label: For,
            created_at: (row) => <Times view={view} row={row} names={['created_at', 'expires_at']} minutes />,
            last_at: (row) =>
              row.last_at === null ? undefined : <Times view={view} row={row} names={['last_at']} minutes />,
            spent: (row) => (
              <Spent view={view} row={row} files={files.filter(({ token }) => token === row.token_id)} />
            ),
            paths: Paths,
          }}
          empty={
            Object.values(params).some((value) => value !== undefined) ? (
              'No token matches. Each field must be the whole label, customer or id, not a part of it.'
            ) : (
              <>
                No token was issued yet. <code>POST /tallygate/api/v1/tokens</code> issues one and its link.
              </>
            )
          }
        />
        <Pager
          next={page.next && view.href('tokens', { ...params, cursor: nextCursor(page.next) })}
          first={after && view.href('tokens', params)}
          csv={page.rows.length > 0 ? view.href('csv', { report: 'tokens', ...params }) : undefined}
        />
        <h2>Used by many</h2>
        <p>
          Tokens whose link at least 5 different visitors used on one day of the last week. Somebody passed
          the link on, or published it.
        </p>
        <ReportTable
          view={view}
          report={unusualTokensReport}
          rows={unusual.rows}
          columns={['token_id', 'label', 'day', 'visitors', 'countries', 'downloads', 'bytes', 'last_at']}
          caption="Tokens that many visitors used"
          titles={{ label: 'For' }}
          cells={{ label: For }}
          empty="None, in the last 7 days."
        />
      </>
    ),
  });
}

function Token({ row, now }: { row: ReportRow; now: Date }) {
  const [tone, word] = stateOf(row, now);
  return (
    <>
      <code>{row.token_id as string}</code> <span class={`tag ${tone}`}>{word}</span>
    </>
  );
}

/** The label of a token, and its customer. */
function For(row: ReportRow) {
  const [label, customer] = [row.label as string, row.customer as string];
  if (!label && !customer) return <>–</>;
  return (
    <>
      {label && <bdi class="name for">{shorten(label, 80)}</bdi>}
      {customer && (
        <small class="hint">
          <bdi class="name">{shorten(customer, 60)}</bdi>
        </small>
      )}
    </>
  );
}

function stateOf(row: ReportRow, now: Date): [tone: string, word: string] {
  if (row.revoked_at !== null) return ['bad', 'revoked'];
  if (row.spent_by !== null)
    return Date.parse(row.ends_at as string) > now.getTime() ? ['warn', 'may resume'] : ['warn', 'used up'];
  if (Date.parse(row.expires_at as string) < now.getTime()) return ['', 'expired'];
  return ['good', 'active'];
}

/** How many copies of each file are spent, and since when the link to it is refused. */
function Spent({ view, row, files }: { view: View; row: ReportRow; files: readonly FileUse[] }) {
  if (row.max_copies === null) return <>–</>;
  const isOne = (row.paths as readonly string[]).length === 1 && files.length === 1;
  return (
    <>
      {files.length === 0 && `0 of ${row.max_copies}`}
      {files.slice(0, shownFiles).map(({ path, spent, by, endsAt }) => (
        <div>
          {`${spent} of ${row.max_copies}`}
          {!isOne && (
            <>
              {' '}
              <bdi class="name">{shorten(path.split('/').at(-1) ?? path, 40)}</bdi>
            </>
          )}
          {by !== null && endsAt !== null && (
            <small class="hint">
              {by === 'bytes' ? 'and all bytes, refused from ' : 'refused from '}
              <Times view={view} row={{ ends_at: endsAt.toISOString() }} names={['ends_at']} minutes />
            </small>
          )}
        </div>
      ))}
      {files.length > shownFiles && (
        <Link to={view.href('csv', { report: 'token-files', token: row.token_id as string })}>and more</Link>
      )}
    </>
  );
}

function Paths(row: ReportRow) {
  const paths = row.paths as readonly string[];
  return (
    <span class="name file">
      <bdi>{shorten(paths[0] ?? '', 80)}</bdi>
      {paths.length > 1 && ` and ${paths.length - 1} more`}
    </span>
  );
}

function Filters({ view, params }: { view: View; params: TokensParams }) {
  const fields = [
    ['token', 'Token'],
    ['label', 'Label'],
    ['customer', 'Customer'],
  ] as const;
  return (
    <form class="filters" method="get" action={view.href('tokens')}>
      {fields.map(([name, title]) => (
        <div>
          <label for={name}>{title}</label>
          <input type="text" id={name} name={name} value={params[name]} />
        </div>
      ))}
      <input type="hidden" name="zone" value={view.zone} />
      <button type="submit">Find</button>
    </form>
  );
}
