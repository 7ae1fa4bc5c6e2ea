// Where the operator keeps addresses, the leeches page shows them and says where to ask whose they are; where not, no
// address is anywhere, and one that was kept goes.

import { appendFile, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { until } from '../../app/process/until.ts';
import { link } from '../gate/site.ts';
import { temporaryFolder } from '../harness/folders.ts';
import { createDatabase } from '../harness/postgres.ts';
import { spawnTallygate } from '../harness/program.ts';
import { type Edge, startEdge } from '../service/edge.ts';

async function leechesPage(edge: Edge): Promise<string> {
  const response = await fetch(`${edge.nginx.url}/tallygate/reports/leeches?min_requests=1`, {
    headers: { authorization: `Bearer ${edge.apiKey}` },
  });
  return response.text();
}

it.each([
  ['none', undefined],
  ['prefix', '127.0.0.0/24'],
  ['full', '127.0.0.1'],
] as const)('%s: from NGINX to the page', async (address, shown) => {
  const edge = await startEdge({ address });
  onTestFinished(() => edge.stop());
  expect((await fetch(`${edge.nginx.url}${link('/files/a.bin')}`)).status).toBe(200);
  const page = await until(async () => {
    const html = await leechesPage(edge);
    // Told apart by its line; the address may come a moment later.
    return /<th scope="row"/.test(html) && (shown === undefined || html.includes(`>${shown}</a>`)) && html;
  }, 'the visitor, and what is kept of the address');
  if (shown === undefined) {
    expect(page).not.toContain('rdap');
    expect(await edge.database.sql`select from visitor_addresses`).toHaveLength(0);
    expect(await readFile(path.join(edge.nginx.places.log, 'addresses.log'), 'utf8')).toBe('');
  } else {
    expect(page).toContain(
      `href="https://client.rdap.org/?type=ip&amp;object=${encodeURIComponent(shown)}" rel="noreferrer"`,
    );
  }
});

it('follows the log over its rotation, forgets after the days that were set, and all when none are kept', async () => {
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  const { sql } = database;
  const folder = await temporaryFolder('addresses');
  const log = path.join(folder, 'addresses.log');
  const line = (address: string, daysAgo = 0) =>
    `{"id":"${'0'.repeat(32)}","at":${(Date.now() / 1000 - daysAgo * 86_400).toFixed(3)},"visitor":"AAAAAAAAAAA","address":"${address}"}\n`;
  const env = {
    TALLYGATE_DATABASE_URL: database.url,
    TALLYGATE_EDGE: 'fra1',
    TALLYGATE_AGENT_LOGS: path.join(folder, 'downloads.log'),
    TALLYGATE_AGENT_DENY_DIR: path.join(folder, 'deny'),
    TALLYGATE_AGENT_SALTS_FILE: path.join(folder, 'salts.conf'),
    TALLYGATE_AGENT_ADDRESSES_LOG: log,
    TALLYGATE_PRIVACY_ADDRESS: 'full',
  };
  const kept = async () =>
    (await sql<{ address: string }[]>`select address from visitor_addresses order by 1`).map(
      (row) => row.address,
    );
  await sql`
    insert into visitor_addresses
    values (1, 'fra1', '192.0.2.99', now() - interval '8 days'), (1, 'nyc2', '192.0.2.98', now() - interval '80 days')`;
  await writeFile(
    log,
    `garbage\n${line('192.0.2.1')}${line('2001:db8::1')}${line('192.0.2.3').slice(0, 20)}`,
  );
  const agent = await spawnTallygate(['agent'], { env });
  try {
    await until(async () => (await kept()).length === 3, 'what was there to be read');
    await appendFile(log, line('192.0.2.3').slice(20));
    await rename(log, `${log}.1`);
    await appendFile(`${log}.1`, line('192.0.2.4'));
    await writeFile(log, line('192.0.2.5'));
    await until(async () => (await kept()).length === 6, 'both files to be read');
    // Another edge's are its own agent's to forget.
    expect(await kept()).toEqual([
      '192.0.2.1',
      '192.0.2.3',
      '192.0.2.4',
      '192.0.2.5',
      '192.0.2.98',
      '2001:db8::1',
    ]);
  } finally {
    await agent.stop();
  }
  const discreet = await spawnTallygate(['agent'], { env: { ...env, TALLYGATE_PRIVACY_ADDRESS: 'none' } });
  try {
    await until(async () => (await kept()).length === 1, 'the addresses of this edge to go');
    expect(await kept()).toEqual(['192.0.2.98']);
  } finally {
    await discreet.stop();
  }
});
