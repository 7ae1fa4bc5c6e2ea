// The Grafana dashboard: every query of it runs, as the reader, over reports alone.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { projectRoot } from '../harness/folders.ts';
import { connectReader, createDatabase } from '../harness/postgres.ts';
import { fillTallies } from './tallies.ts';

type Panel = { title: string; targets: { rawSql: string }[] };

// What Grafana's PostgreSQL source makes of its macros.
function expand(query: string): string {
  const [from, to] = ["'2026-10-01T00:00:00Z'", "'2026-11-01T00:00:00Z'"];
  return query
    .replace(/\$__timeFilter\((\w+)\)/g, `$1 between ${from} and ${to}`)
    .replace(
      /\$__timeGroup\((\w+), \$__interval\)/g,
      'to_timestamp(floor(extract(epoch from $1) / 3600) * 3600)',
    )
    .replace(/\$__timeFrom\(\)/g, from)
    .replace(/\$__timeTo\(\)/g, to);
}

it('asks only what the reader may know, and gets an answer', async () => {
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  await fillTallies(database.sql, { from: '2026-10-01', to: '2026-10-04', files: 2 });
  const text = await readFile(path.join(projectRoot, 'sql/dashboards/grafana.json'), 'utf8');
  const { panels } = JSON.parse(text) as { panels: Panel[] };
  const reader = await connectReader(database);
  for (const { title, targets } of panels) {
    for (const { rawSql } of targets) {
      const query = expand(rawSql);
      expect([title, query]).not.toEqual([title, expect.stringContaining('$__')]);
      const rows = await reader.unsafe(query);
      if (/counts_between|report\.totals/.test(query))
        expect([title, rows.length > 0]).toEqual([title, true]);
    }
  }
});
