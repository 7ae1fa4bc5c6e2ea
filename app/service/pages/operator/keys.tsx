// Signing keys: how often each is still used, so that one may be retired without a surprise.

import { keysReport } from '../../../reports/queries/operation.ts';
import { type ReportRow, readPage } from '../../../reports/read.ts';
import { ReportTable } from './table.tsx';
import { operatorPage, type View } from './view.tsx';

/** @param known the ids in the key file, and which signs now; undefined where the file cannot be read */
export async function keysPage(view: View, known: { current: string; ids: readonly string[] } | undefined) {
  const { rows } = await readPage(view.sql, keysReport, {}, { limit: 100 }, view.now);
  const unused = known?.ids.filter((id) => !rows.some((row) => row.key_id === id)) ?? [];
  const all: ReportRow[] = [
    ...rows,
    ...unused.map((id) => ({ key_id: id, requests: 0, requests_30_days: 0, last_at: null })),
  ];
  return operatorPage({
    view,
    place: 'keys',
    title: 'Keys',
    children: (
      <>
        <h1>Signing keys</h1>
        <p class="lede">
          Requests by the key of their link. A key that nothing has used for 30 days, and that does not sign
          new links, may be retired: <code>tallygate keys retire ID</code>.
        </p>
        <ReportTable
          view={view}
          report={keysReport}
          rows={all}
          columns={['key_id', 'requests', 'requests_30_days', 'last_at']}
          caption="Keys, last used first"
          cells={{ key_id: (row) => <Key row={row} known={known} /> }}
          empty="No download was counted yet."
        />
      </>
    ),
  });
}

function Key({
  row,
  known,
}: {
  row: ReportRow;
  known: { current: string; ids: readonly string[] } | undefined;
}) {
  const id = row.key_id as string;
  if (id === '') return <>unsigned downloads</>;
  const quiet = row.requests_30_days === 0;
  return (
    <>
      <code>{id}</code> {known?.current === id && <span class="tag good">signs new links</span>}
      {known && known.current !== id && known.ids.includes(id) && (
        <span class={`tag ${quiet ? 'warn' : ''}`}>{quiet ? 'safe to retire' : 'still used'}</span>
      )}
      {known && !known.ids.includes(id) && <span class="tag">not in the key file</span>}
    </>
  );
}
