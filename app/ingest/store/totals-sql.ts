// The totals: coarser sums of the tallies (sql/migrations/0002_rollups.sql), changed by the same deltas in the same
// transaction. A batch of a hundred thousand transfers changes a few thousand of their rows. That costs little here, and
// saves every report from reading all buckets.

type TotalsTable = { table: string; keys: readonly string[]; from: readonly string[] };

const totalsTables: readonly TotalsTable[] = [
  { table: 'tally_totals', keys: ['bucket', 'class', 'edge'], from: ['bucket', 'class', 'edge'] },
  {
    table: 'tally_days',
    keys: ['file_id', 'day', 'class', 'edge'],
    from: ['file_id', "(bucket at time zone 'UTC')::date", 'class', 'edge'],
  },
  {
    table: 'tally_months',
    keys: ['file_id', 'month', 'class', 'edge'],
    from: ['file_id', "date_trunc('month', bucket at time zone 'UTC')::date", 'class', 'edge'],
  },
];
const sums = ['requests', 'downloads', 'completed', 'copies', 'bytes', 'size_unknown'];

/** Sorted by key, as every upsert here, so that two agents never deadlock. */
function upsert({ table, keys, from }: TotalsTable): string {
  const places = keys.map((_, index) => index + 1).join(', ');
  return `
    insert into ${table} as t (${[...keys, ...sums].join(', ')})
    select ${from.join(', ')}, ${sums.map((sum) => `sum(${sum})`).join(', ')}
    from deltas
    group by ${places}
    order by ${places}
    on conflict (${keys.join(', ')}) do update set
      ${sums.map((sum) => `${sum} = t.${sum} + excluded.${sum}`).join(', ')}`;
}

/** Deletes the rows of zeros that a moved transfer leaves behind: another order of lines would not have made them. */
function deleteEmpty({ table, keys, from }: TotalsTable): string {
  return `
    delete from ${table} t
    using (select distinct ${from.map((value, index) => `${value} as ${keys[index]}`).join(', ')}
           from deltas where requests < 0) d
    where t.requests = 0 and ${keys.map((key) => `t.${key} = d.${key}`).join(' and ')}`;
}

/** To be run after `deltas` is filled, in any order. */
export const totalsStatements: readonly string[] = totalsTables.flatMap((table) => [
  upsert(table),
  deleteEmpty(table),
]);
