// Batches of printed codes, and the codes of one batch: held, spent, revoked.

import { and, eq, isNotNull } from 'drizzle-orm';
import type { Child } from 'hono/jsx';
import { orm } from '../../../db/orm.ts';
import { codes as codesTable } from '../../../db/schema/service.ts';
import { formatCount } from '../../../reports/format.ts';
import { codesReport } from '../../../reports/queries/operation.ts';
import { type ReportRow, readPage } from '../../../reports/read.ts';
import { Pager, ReportTable, shorten } from './table.tsx';
import { Empty, Figures, Link, operatorPage, type View } from './view.tsx';

export async function codesPage(view: View) {
  const { rows } = await readPage(view.sql, codesReport, {}, { limit: 200 }, view.now);
  return operatorPage({
    view,
    place: 'codes',
    title: 'Codes',
    children: (
      <>
        <h1>Codes</h1>
        <p class="lede">
          Batches of codes for people to type. Redeeming a code holds one of its uses. The use is spent when
          the download completes, and released if it does not complete in time.
        </p>
        <ReportTable
          view={view}
          report={codesReport}
          rows={rows}
          columns={[
            'batch_id',
            'title',
            'created_at',
            'redeem_until',
            'codes',
            'redeemed_codes',
            'uses',
            'held',
            'spent',
          ]}
          caption="Batches of codes, newest first"
          cells={{ batch_id: (row) => <Batch view={view} row={row} /> }}
          empty={
            <>
              No batch was made yet.{' '}
              <code>tallygate codes create --label x --count 500 --files /files/album.zip</code> makes one, as
              CSV or as cards to cut out.
            </>
          }
        />
        <Pager next={undefined} csv={rows.length > 0 ? view.href('csv', { report: 'codes' }) : undefined} />
      </>
    ),
  });
}

function Batch({ view, row }: { view: View; row: ReportRow }) {
  return (
    <>
      <Link to={view.href('codes', { batch: row.batch_id as string })}>
        {row.label === '' ? (
          <code>{row.batch_id as string}</code>
        ) : (
          <bdi class="name">{row.label as string}</bdi>
        )}
      </Link>{' '}
      {row.revoked_at !== null && <span class="tag bad">revoked</span>}
    </>
  );
}

type CodeRow = { serial: number; uses: number; held: number; spent: number; revoked_at: Date | null };
const perPage = 200;

/** One batch, code by code; undefined if there is no such batch. */
export async function batchPage(view: View, batch: string, page: number) {
  const { sql, now } = view;
  const [{ rows }, codes, sealed] = await Promise.all([
    readPage(sql, codesReport, { batch }, { limit: 1 }, now),
    sql<CodeRow[]>`
      select serial, uses, held, spent, revoked_at from codes where batch_id = ${batch}
      order by serial limit ${perPage + 1} offset ${(page - 1) * perPage}`,
    orm(sql).$count(codesTable, and(eq(codesTable.batchId, batch), isNotNull(codesTable.sealed))),
  ]);
  const [row] = rows;
  if (!row) return undefined;
  const action = view.may.deny ? view.href('revoke') : undefined;
  const print = view.may.deny ? view.href('print') : undefined;
  const files = (row.paths as string[]).length;
  const revoke = action === undefined ? undefined : { action, batch, page };
  const titles = { codes: 'Codes', redeemed_codes: 'Redeemed', uses: 'Uses', held: 'Held', spent: 'Spent' };
  return operatorPage({
    view,
    place: 'codes',
    title: 'Batch of codes',
    children: (
      <>
        <h1>
          <bdi class="name">{(row.label || row.batch_id) as string}</bdi>
        </h1>
        <p class="lede">
          <bdi>{row.title as string}</bdi>, {files === 1 ? 'one file' : `${files} files`}.
          {row.revoked_at !== null && (
            <>
              {' '}
              <span class="tag bad">revoked</span>
            </>
          )}
        </p>
        <Figures
          figures={Object.entries(titles).map(([name, title]) => ({
            title,
            value: formatCount(Number(row[name])),
          }))}
        />
        {print !== undefined && sealed > 0 && (
          <details>
            <summary>Print its codes again</summary>
            <p>
              {sealed === 1 ? 'One code' : `${formatCount(sealed)} codes`} can be printed again. Those that
              were redeemed or revoked are left out.
            </p>
            <PrintForm action={print} batch={batch} />
          </details>
        )}
        {revoke && !row.revoked_at && (
          <details>
            <summary>Revoke this batch</summary>
            <p>
              Its codes can no longer be redeemed, and every edge refuses the links from redeemed ones within
              two seconds. This cannot be undone.
            </p>
            <RevokeForm {...revoke}>Revoke the batch</RevokeForm>
          </details>
        )}
        <details>
          <summary>{files === 1 ? 'The file' : 'The files'}</summary>
          <ul class="plain">
            {(row.paths as string[]).map((path) => (
              <li>
                <bdi class="name">{shorten(path)}</bdi>
              </li>
            ))}
          </ul>
        </details>
        <h2>Every code</h2>
        <p>
          By the number on the card{codes[0] && <>, each for {times(codes[0].uses)}</>}. The codes themselves
          are not shown.
        </p>
        {codes.length === 0 ? (
          <Empty>There are no more codes.</Empty>
        ) : (
          <CodeTable codes={codes.slice(0, perPage)} revoke={revoke} />
        )}
        <Pager
          next={codes.length > perPage ? view.href('codes', { batch, page: page + 1 }) : undefined}
          csv={undefined}
        />
      </>
    ),
  });
}

const times = (uses: number) => (uses === 1 ? 'one use' : `${formatCount(uses)} uses`);

/** Which form, on which paper, and the button. */
function PrintForm({ action, batch }: { action: string; batch: string }) {
  return (
    <form class="filters" method="post" action={action}>
      <input type="hidden" name="batch" value={batch} />
      <div>
        <label for="form">As</label>
        <select id="form" name="form">
          <option value="application/pdf">Cards as PDF</option>
          <option value="text/html">Cards as a page</option>
          <option value="text/csv">CSV</option>
        </select>
      </div>
      <div>
        <label for="paper">Paper</label>
        <select id="paper" name="paper">
          <option value="a4">A4</option>
          <option value="letter">Letter</option>
        </select>
      </div>
      <button type="submit">Download</button>
    </form>
  );
}

type Revoke = { action: string; batch: string; page: number };

/** One button. It revokes the code with that serial number, or without one the whole batch. */
function RevokeForm({
  action,
  batch,
  page,
  serial,
  children,
}: Revoke & { serial?: number; children?: Child }) {
  return (
    <form class="inline" method="post" action={action}>
      <input type="hidden" name="batch" value={batch} />
      <input type="hidden" name="page" value={String(page)} />
      {serial !== undefined && <input type="hidden" name="serial" value={String(serial)} />}
      <button class={serial === undefined ? 'danger' : 'quiet'} type="submit">
        {children}
        {serial !== undefined && <span class="visually-hidden"> code {serial}</span>}
      </button>
    </form>
  );
}

function CodeTable({ codes, revoke }: { codes: readonly CodeRow[]; revoke: Revoke | undefined }) {
  return (
    <section class="scroll fit" aria-label="Codes of the batch" tabindex={0}>
      <table>
        <caption class="visually-hidden">Codes by number</caption>
        <thead>
          <tr>
            {['Number', 'Held', 'Spent'].map((title) => (
              <th scope="col" class="n">
                {title}
              </th>
            ))}
            <th scope="col">State</th>
            {revoke && (
              <th scope="col">
                <span class="visually-hidden">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {codes.map((code) => (
            <tr>
              <th scope="row" class="n">
                {code.serial}
              </th>
              <td class="n">{code.held}</td>
              <td class="n">{code.spent}</td>
              <td>
                <State code={code} />
              </td>
              {revoke && (
                <td class="action">
                  {code.revoked_at === null && (
                    <RevokeForm {...revoke} serial={code.serial}>
                      Revoke
                    </RevokeForm>
                  )}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function State({ code }: { code: CodeRow }) {
  if (code.revoked_at) return <span class="tag bad">revoked</span>;
  if (code.spent >= code.uses) return <span class="tag warn">used up</span>;
  if (code.held + code.spent > 0) return <span class="tag good">in use</span>;
  return <span class="tag">not used</span>;
}
