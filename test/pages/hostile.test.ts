// Names as long as a file system and NGINX let them be, of what grows most when it is escaped: every page stays small,
// and every link on it is an address that NGINX takes.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RecordFields, visitor } from '../ingest/records.ts';
import { type FilledSite, startFilledService } from '../reports/site.ts';

const long = (text: string, length: number) => text.repeat(Math.ceil(length / text.length)).slice(0, length);
const pathOf = (index: number) => `/${long('"<\u202e&', 2000)}${index}.zip`;

function records(): Partial<RecordFields>[] {
  const now = Date.now() / 1000 - 10;
  return Array.from({ length: 480 }, (_, index) => ({
    path: pathOf(index % 80),
    // A visitor's day ends at midnight UTC: of two days, both are shown.
    at: now - index / 100,
    visitor: visitor(`v${index % 60}`),
    agent: `Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0 ${long('"<&\'', 300)}${index % 60}`,
    referrer: `${long('a-very-long-name.', 240)}${index % 60}`,
    token: index % 3 === 0 ? `t${index % 60}` : '',
  }));
}

let site: FilledSite;
beforeAll(async () => {
  site = await startFilledService(records());
  await site.database.sql`
    insert into tokens (id, label, customer, paths, expires_at)
    select 't' || n, ${long('"&', 255)}, ${long("'<", 255)}, array[${pathOf(1)}], now() from generate_series(1, 60) n`;
});
afterAll(() => site.stop());

const get = (address: string) => site.send('GET', address, { key: site.reader });

/** The addresses of our own that a page leads to, as a browser reads them. */
async function addressesOn(page: Response): Promise<string[]> {
  const html = await page.text();
  return [...html.matchAll(/ href="(\/tallygate\/[^"]*)"/g)].map(([, address]) =>
    (address as string).replaceAll('&amp;', '&'),
  );
}

it.each([
  ['', 15],
  ['/months', 50],
  ['/files', 50],
  ['/tokens', 50],
  ['/leeches?min_requests=1', 25],
  ['/agents', 50],
  ['/live', 50],
])('%s is below 100 KB with %i rows, and leads nowhere too long', async (place, rows) => {
  const page = await get(`/tallygate/reports${place}`);
  expect(page.status).toBe(200);
  expect((await page.clone().arrayBuffer()).byteLength).toBeLessThan(100_000);
  expect((await page.clone().text()).split('<tr').length).toBeGreaterThan(rows);
  for (const address of await addressesOn(page)) expect(address.length).toBeLessThan(8000);
});

it('a file whose name is too long for an address has a page all the same, with its CSV', async () => {
  const links = (await addressesOn(await get('/tallygate/reports/files'))).filter((address) =>
    address.startsWith('/tallygate/reports/file?'),
  );
  expect(links).toHaveLength(50);
  const page = await get(links[0] as string);
  expect(page.status).toBe(200);
  expect((await page.clone().arrayBuffer()).byteLength).toBeLessThan(100_000);
  const [, downloads] = /<dt>Downloads<\/dt><dd>(\d+)/.exec(await page.clone().text()) ?? [];
  expect(downloads).toBe('3');
  const csv = (await addressesOn(page)).filter((address) => address.includes('/csv/'));
  expect(csv).toHaveLength(2);
  for (const address of csv) {
    const answer = await get(address);
    expect([address, answer.status]).toEqual([address, 200]);
    expect((await answer.text()).split('\n').length).toBeGreaterThan(2);
  }
  expect((await get('/tallygate/reports/file?file=AAAAAAAAAAA')).status).toBe(404);
  expect((await get('/tallygate/reports/file?file=nonsense')).status).toBe(404);
});

it('leeches go on on a next page, none twice', async () => {
  const seen = new Set<string>();
  let address: string | undefined = '/tallygate/reports/leeches?min_requests=1';
  let pages = 0;
  while (address !== undefined) {
    const page = await get(address);
    const html = await page.clone().text();
    for (const [, name] of html.matchAll(/<th scope="row" class="nowrap"><code>([^<]{11})/g)) {
      expect(seen).not.toContain(name);
      seen.add(name as string);
    }
    address = (await addressesOn(page)).find((one) => one.includes('cursor='));
    pages++;
  }
  expect([pages, seen.size]).toEqual([3, 60]);
});
