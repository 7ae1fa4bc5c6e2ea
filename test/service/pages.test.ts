// The redeem pages without a browser: what is escaped, what is refused, what a GET does not do. And the outputs of a
// batch: CSV, cards, PDF.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { api, startService, type TestService } from './harness.ts';

const origin = 'http://127.0.0.1:1';
const form = '/tallygate/redeem';
let service: TestService;
let key: string;
beforeAll(async () => {
  service = await startService({ origin });
  key = await service.key('issue', 'read');
});
afterAll(() => service.stop());

const hostile = '</title><script>alert(1)</script> "quoted" \'&';

async function make(body: object = {}): Promise<{ id: string; codes: { code: string }[] }> {
  const response = await service.send('POST', `${api}/codes`, {
    key,
    body: { label: 'LP', paths: ['/lp/a.flac'], count: 1, ...body },
  });
  expect(response.status, await response.clone().text()).toBe(201);
  return (await response.json()) as never;
}
const submit = (fields: Record<string, string>, headers: Record<string, string> = { origin }) =>
  service.app.request(form, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(fields).toString(),
  });

describe('the form', () => {
  test('a GET fills it in, and spends nothing', async () => {
    const { id, codes } = await make();
    const code = codes[0]?.code as string;
    for (let i = 0; i < 3; i++) {
      const response = await service.send('GET', `${form}?c=${code}`);
      expect(response.status).toBe(200);
      expect(await response.text()).toContain(`value="${code}"`);
    }
    expect((await service.send('HEAD', `${form}?c=${code}`)).status).toBe(200);
    const read = await service.send('GET', `${api}/codes/batches/${id}`, { key });
    expect(await read.json()).toMatchObject({ batch: { held: 0, spent: 0 } });
  });

  test('no script, nothing from elsewhere, in no frame, in no cache', async () => {
    const response = await service.send('GET', form);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const page = await response.text();
    expect(page).not.toMatch(/<script|style="|onload=|https?:\/\//);
  });

  test('what was typed comes back escaped', async () => {
    for (const typed of [hostile, 'javascript:alert(1)', '"><img src=x onerror=alert(1)>']) {
      const page = await (await service.send('GET', `${form}?c=${encodeURIComponent(typed)}`)).text();
      expect(page).not.toMatch(/<script|<img/);
      const answer = await submit({ code: typed });
      expect(answer.status).toBe(400);
      expect(await answer.text()).not.toMatch(/<script|<img/);
    }
  });

  test('a form of another site is refused, whatever it leaves out', async () => {
    const code = (await make()).codes[0]?.code as string;
    const elsewhere = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    ];
    for (const headers of elsewhere) expect((await submit({ code }, headers)).status).toBe(403);
    // A request without a content type is sent by scripts of other sites without asking first.
    const bare = await service.app.request(form, {
      method: 'POST',
      headers: { origin: 'https://evil.example' },
      body: new Blob([`code=${code}`]),
    });
    expect(bare.status).toBe(403);
    expect((await submit({ code })).status).toBe(303);
  });

  test('other content types 415, too large 413, another method 405', async () => {
    const json = await service.app.request(form, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin },
      body: '{}',
    });
    expect(json.status).toBe(415);
    expect((await submit({ code: 'x'.repeat(20_000) })).status).toBe(413);
    const put = await service.send('PUT', form, { headers: { origin } });
    expect(put.status).toBe(405);
    expect(put.headers.get('allow')).toBe('GET, HEAD, POST');
  });

  test('wrong, used up and expired codes are said in words, with the status', async () => {
    const used = (await make()).codes[0]?.code as string;
    const expired = (await make({ redeem_until: '2020-01-01T00:00:00Z', force: true })).codes[0]
      ?.code as string;
    expect((await submit({ code: used })).status).toBe(303);
    const cases: [string, number, string][] = [
      [used, 410, 'This code has been used 1 of 1 time.'],
      [expired, 410, 'This code has expired.'],
      ['AAAAA-AAAAA-AAAB', 404, 'That code has a typing mistake.'],
      ['????', 400, 'That is not a code.'],
    ];
    for (const [code, status, words] of cases) {
      const answer = await submit({ code });
      expect(answer.status).toBe(status);
      expect(await answer.text()).toContain(words);
    }
  });
});

test('a slash behind the address of a page leads to the page, and to no other host', async () => {
  const cases: [string, number, string | null][] = [
    ['/tallygate/redeem/', 301, '/tallygate/redeem'],
    ['/tallygate/redeem/?c=ABCDE-12345', 301, '/tallygate/redeem?c=ABCDE-12345'],
    ['/tallygate/redeem//', 301, '/tallygate/redeem'],
    ['/tallygate/api/', 301, '/tallygate/api'],
    ['/tallygate/login/', 301, '/tallygate/login'],
    ['/tallygate/api/v1/tokens/', 404, null],
    ['//evil.example/', 404, null],
    ['/tallygate//evil.example/', 301, '/tallygate//evil.example'],
  ];
  for (const [path, status, location] of cases) {
    const answer = await service.app.request(`${origin}${path}`, { redirect: 'manual' });
    expect([path, answer.status, answer.headers.get('location')]).toEqual([path, status, location]);
  }
  expect((await service.send('POST', '/tallygate/redeem/', { headers: { origin } })).status).toBe(404);
});

test('the page of a redemption comes back to the same browser, and is nobody else’s to find', async () => {
  const { id, codes } = await make({ uses: 2, title: hostile, paths: ['/lp/<b>.flac'] });
  const code = codes[0]?.code as string;
  const first = await submit({ code });
  const address = first.headers.get('location') as string;
  expect(address).toMatch(/^\/tallygate\/redeem\/[\w-]{22}$/);
  const cookie = first.headers.get('set-cookie') as string;
  expect(cookie).toMatch(/HttpOnly/);
  expect(cookie).toMatch(/SameSite=Lax/);
  const page = await (await service.send('GET', address)).text();
  expect(page).toContain('&lt;script&gt;');
  expect(page).toContain('&lt;b&gt;.flac');
  expect(page).not.toMatch(/<script|<b>/);

  const again = await submit({ code }, { origin, cookie: cookie.split(';')[0] as string });
  expect(again.headers.get('location')).toBe(address);
  const other = await submit({ code });
  expect(other.headers.get('location')).not.toBe(address);
  const read = await service.send('GET', `${api}/codes/batches/${id}`, { key });
  expect(await read.json()).toMatchObject({ batch: { uses: 2, held: 2 } });
  for (const guess of [`${address.slice(0, -1)}!`, `${form}/${'A'.repeat(22)}`, `${form}/..%2f`]) {
    expect((await service.send('GET', guess)).status).toBe(404);
  }
});

describe('a batch leaves', () => {
  const body = { label: '=HYPERLINK("x")', title: hostile, paths: ['/a.zip'], count: 12 };
  const leave = (accept: string, more: object = {}, query = '') =>
    service.send('POST', `${api}/codes${query}`, { key, body: { ...body, ...more }, headers: { accept } });

  test('as CSV, with no cell a spreadsheet would run', async () => {
    const response = await leave('text/csv');
    expect(response.headers.get('content-type')).toMatch(/^text\/csv/);
    const lines = (await response.text()).trim().split('\r\n');
    expect(lines[0]).toBe('serial,code,url,title,label,uses,redeem_until');
    expect(lines).toHaveLength(13);
    expect(lines[1]).toContain(`"'=HYPERLINK(""x"")"`);
  });

  test('as cards: ten a sheet, each with its QR code, escaped, under a policy of their own', async () => {
    const response = await leave('text/html');
    const page = await response.text();
    expect(page.match(/class="sheet"/g)).toHaveLength(2);
    expect(page.match(/class="qr"/g)).toHaveLength(12);
    expect(page).not.toMatch(/<script|style="/);
    expect(response.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-/,
    );
    const letter = await (await leave('text/html', {}, '?paper=letter')).text();
    expect(letter).toContain('215.9mm 279.4mm');
  });

  test('as PDF, in the size of the sheet', async () => {
    const response = await leave('application/pdf', { title: 'Héloïse' });
    expect(response.headers.get('content-type')).toBe('application/pdf');
    const { PDFDocument } = await import('@cantoo/pdf-lib');
    const document = await PDFDocument.load(await response.arrayBuffer());
    expect(document.getPageCount()).toBe(2);
    const { width, height } = document.getPage(0).getSize();
    expect([Math.round(width), Math.round(height)]).toEqual([595, 842]);
  });

  test('not as a PDF whose title has no letters there: nothing is made', async () => {
    const count = async () => (await service.database.sql`select count(*)::int as n from code_batches`)[0]?.n;
    const before = await count();
    const response = await leave('application/pdf', { title: '春のアルバム' });
    expect(response.status).toBe(422);
    expect(await count()).toBe(before);
    expect((await leave('text/html', { title: '春のアルバム' })).status).toBe(201);
  });

  test('with a picture that is one, and no other', async () => {
    const pixel =
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>').toString('base64');
    expect((await leave('text/html', { artwork: svg })).status).toBe(422);
    const made = await leave('application/json', { artwork: pixel });
    expect(made.status).toBe(201);
    const { id } = (await made.json()) as { id: string };
    const picture = await service.send('GET', `/tallygate/artwork/${id}`);
    expect(picture.headers.get('content-type')).toBe('image/png');
    expect((await service.send('GET', '/tallygate/artwork/none')).status).toBe(404);
  });
});

test('the documentation describes every route, and its page needs no script', async () => {
  const document = (await (await service.send('GET', '/tallygate/api/openapi.json')).json()) as {
    openapi: string;
    paths: Record<string, unknown>;
  };
  expect(document.openapi).toBe('3.1.0');
  const page = await (await service.send('GET', '/tallygate/api')).text();
  for (const path of Object.keys(document.paths)) expect(page).toContain(path);
  expect(page).not.toMatch(/<script|style="/);
});
