// A folder's list or index page is no download; a file that answers at a folder's address is one.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Nginx } from '../../harness/nginx.ts';
import { bucket, type Origin, startOrigin } from '../origins/origin.ts';
import { ask, hello, link, startSite } from '../site.ts';
import { recordedBy } from './recorded.ts';

const iso = 'an image of a disk\n';
const indexes = ['index.html', 'index.htm', 'index.xhtml', 'index.xml', 'index.json', 'index.php'];
const formats = ['html', 'json', 'xml', 'jsonp'];

let nginx: Nginx;
let origin: Origin;
beforeAll(async () => {
  origin = await startOrigin(
    bucket({
      '/far/': { body: Buffer.from('<ListBucketResult/>'), etag: '"l"', type: 'application/xml' },
      '/far/page/': { body: Buffer.from('<html>'), etag: '"p"', type: 'text/html; charset=utf-8' },
      '/far/latest/': { body: Buffer.from(iso), etag: '"i"', type: 'application/x-iso9660-image' },
    }),
  );
  const files: Record<string, string> = { 'tree/list/a.bin': hello, 'tree/latest/x.iso': iso };
  for (const name of indexes) files[`tree/${name.replace('.', '-')}/${name}`] = 'a page\n';
  const inside = (guard: string, prefix: string) => `
    location ^~ ${prefix}/ {
      include tallygate/${guard}.conf;
      alias www/tree/;
      index ${indexes.join(' ')} x.iso;
      ${formats.map((f) => `location ^~ ${prefix}/list/${f}/ { alias www/tree/list/; autoindex on; autoindex_format ${f}; }`).join('\n')}
    }
    location ^~ ${prefix}-far/ { include tallygate/${guard}.conf; proxy_pass ${origin.url}/far/; }`;
  nginx = await startSite({
    http: `types {
      text/html html htm; application/xhtml+xml xhtml; text/xml xml; application/json json; text/html php;
      application/x-iso9660-image iso;
    }`,
    files,
    server: inside('protect', '/gated') + inside('count', '/counted'),
  });
});
afterAll(async () => {
  await nginx.stop();
  await origin.stop();
});

describe.each([
  ['protect.conf', '/gated', (path: string) => link(path, { token: 'tok' })],
  ['count.conf', '/counted', (path: string) => `${path}?from=mail`],
] as const)('%s', (_, prefix, to) => {
  const statusAndRecords = async (path: string, headers: Record<string, string> = {}) => {
    const [{ status }, records] = await recordedBy(nginx, () => ask(nginx, to(prefix + path), { headers }));
    return { status, paths: records.map((record) => record.path) };
  };

  test.each(indexes)('an index page, %s: none; the same file by its name: one', async (name) => {
    const folder = `/${name.replace('.', '-')}/`;
    expect(await statusAndRecords(folder)).toEqual({ status: 200, paths: [] });
    expect(await statusAndRecords(folder + name)).toEqual({ status: 200, paths: [prefix + folder + name] });
    // Whose record would need escaping is none either.
    expect((await statusAndRecords(folder, { 'User-Agent': 'ü' })).paths).toEqual([]);
  });

  test.each(formats)('a list, as %s: none', async (format) => {
    expect(await statusAndRecords(`/list/${format}/`)).toEqual({ status: 200, paths: [] });
    expect((await statusAndRecords(`/list/${format}/a.bin`)).paths).toEqual([
      `${prefix}/list/${format}/a.bin`,
    ]);
  });

  test('of an origin: none', async () => {
    expect(await statusAndRecords('-far/')).toEqual({ status: 200, paths: [] });
    expect(await statusAndRecords('-far/page/')).toEqual({ status: 200, paths: [] });
  });

  test("a file at a folder's address: one", async () => {
    // Without a gate the path is that of what was sent.
    const path = prefix === '/gated' ? '/gated/latest/' : '/counted/latest/x.iso';
    expect(await statusAndRecords('/latest/')).toEqual({ status: 200, paths: [path] });
    expect(await statusAndRecords('-far/latest/')).toEqual({ status: 200, paths: [`${prefix}-far/latest/`] });
    const part = await statusAndRecords('-far/latest/', { Range: 'bytes=3-5' });
    expect(part).toEqual({ status: 206, paths: [`${prefix}-far/latest/`] });
  });
});
