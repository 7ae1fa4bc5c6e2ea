// What the live view's source tells to whom, on a real PostgreSQL.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../../app/process/until.ts';
import { type LiveDownload, liveFeed } from '../../app/service/live/feed.ts';
import { startService, type TestService } from './harness.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService();
  const { sql } = service.database;
  await sql`create table transfers_test partition of transfers default`;
  await sql`insert into files (id, host, path) values (1, 'h', '/a.iso')`;
  await sql`
    insert into origins (id, edge, agent, client, class, referrer_host, country)
    values (1, 'fra1', 'curl/8.5.0', 'curl', 'tool', '', '')`;
});
afterAll(() => service.stop());

/** A transfer that has just ended. */
async function download(visitor: number): Promise<void> {
  await service.database.sql`
    insert into transfers (visitor, version_id, token_id, file_id, origin_id, class, day, edge, first_at, last_at, size,
      sent, covered_to, requests, state)
    values (${visitor}, 1, '', 1, 1, 'tool', now()::date, 'fra1', now(), now(), 100, ${visitor}, 0, 1, 3)`;
}

it('tells whoever comes later the latest first and then what is new, and nobody anything twice', async () => {
  const feed = liveFeed(service.deps.sql, service.deps.log);
  const watch = () => {
    const told: number[] = [];
    const end = feed.subscribe((downloads: readonly LiveDownload[]) =>
      told.push(...downloads.map(({ bytes }) => bytes)),
    );
    return { told, end };
  };
  await download(1);
  await download(2);
  const first = watch();
  await until(() => first.told.length > 0, 'the latest');
  const second = watch();
  await until(() => second.told.length > 0, 'the latest, told to the second');
  expect([first.told, second.told]).toEqual([
    [1, 2],
    [1, 2],
  ]);
  await download(3);
  await until(() => first.told.length > 2 && second.told.length > 2, 'the news');
  expect([first.told, second.told]).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ]);
  first.end();
  second.end();
});
