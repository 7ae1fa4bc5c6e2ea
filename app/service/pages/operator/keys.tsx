// Signing keys: how much each is still used, so that one can be retired without a surprise.

import { nextKey } from '../../../keys/change.ts';
import type { KeyRings } from '../../../keys/ring.ts';
import { keysReport } from '../../../reports/queries/operation.ts';
import { type ReportRow, readPage } from '../../../reports/read.ts';
import { ReportTable } from './table.tsx';
import { operatorPage, type View } from './view.tsx';

/** @param rings what is in the key file; undefined if it cannot be read */
export async function keysPage(view: View, rings: KeyRings | undefined) {
  const { rows } = await readPage(view.sql, keysReport, {}, { limit: 100 }, view.now);
  const ids = rings?.flatMap(({ keys }) => keys.map(({ id }) => id)) ?? [];
  const unused = ids.filter((id) => !rows.some((row) => row.key_id === id));
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
          Requests by the key of their link. A key that nothing has used for 30 days, and that signs no new
          links, is safe to retire: <code>tallygate keys retire ID</code>.
        </p>
        <ReportTable
          view={view}
          report={keysReport}
          rows={all}
          columns={['key_id', 'requests', 'requests_30_days', 'last_at']}
          caption="Keys, last used first"
          cells={{ key_id: (row) => <Key row={row} rings={rings} /> }}
          empty="No download was counted yet."
        />
      </>
    ),
  });
}

function Key({ row, rings }: { row: ReportRow; rings: KeyRings | undefined }) {
  const id = row.key_id as string;
  if (id === '') return <>unsigned downloads</>;
  const ring = rings?.find(({ keys }) => keys.some((key) => key.id === id));
  const isNext = ring !== undefined && nextKey(ring)?.id === id;
  const quiet = row.requests_30_days === 0;
  return (
    <>
      <code>{id}</code> {ring && ring.name !== '' && <span class="tag">ring {ring.name}</span>}{' '}
      {ring?.current.id === id && <span class="tag good">signs new links</span>}
      {isNext && <span class="tag">accepted, signs next</span>}
      {ring && ring.current.id !== id && !isNext && (
        <span class={`tag ${quiet ? 'warn' : ''}`}>{quiet ? 'safe to retire' : 'still used'}</span>
      )}
      {rings && !ring && <span class="tag">not in the key file</span>}
    </>
  );
}
