// The list of tokens by label or customer reads an index that leaves out tokens without one. PostgreSQL uses it only
// where the query's text says so, as a prepared query may be planned without its parameters.

import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { connect } from '../../app/db/connection.ts';
import { listTokens } from '../../app/service/tokens/list.ts';
import { createDatabase, type TestDatabase } from '../harness/postgres.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
  await database.sql`
    insert into tokens (id, paths, expires_at, label, customer)
    select 't' || n, '{/a}', now(), case n % 1000 when 0 then 'rare' else '' end, case n % 1000 when 1 then 'rare' else '' end
    from generate_series(1, 20000) n`;
  await database.sql`analyze tokens`;
});
afterAll(() => database.drop());

it.each(['label', 'customer'] as const)('by %s', async (column) => {
  const sql = connect(database.url, { max: 1, connection: { plan_cache_mode: 'force_generic_plan' } });
  onTestFinished(() => sql.end({ timeout: 5 }));
  const query = { limit: 10, before: undefined, now: Date.now(), [column]: 'rare' };
  expect((await listTokens(sql, query)).tokens).toHaveLength(10);
  const [prepared] = await sql<{ name: string }[]>`
    select name from pg_prepared_statements where statement like ${`select %"${column}" = $1%`}`;
  const plan = await sql.unsafe(`explain execute "${prepared?.name}" ('rare', 11)`);
  expect(JSON.stringify(plan)).toContain(`tokens_${column}`);
});
