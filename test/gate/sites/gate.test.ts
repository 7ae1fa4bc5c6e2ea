// The gate in each site of the table: without a link nothing opens, with one what should does; and where doctor says that
// something is open, it is.

import { describe, expect, test } from 'vitest';
import { freePort } from '../../../app/process/ports.ts';
import { type Nginx, startNginx } from '../../harness/nginx.ts';
import { ask, hello, link } from '../site.ts';
import { optionsOf, type SiteRow } from './row.ts';
import { sites } from './table.ts';

/** Starts the site, and asks it at its own port or, where an address names it, at the other one. */
async function run(row: SiteRow) {
  const other = await freePort();
  const nginx = await startNginx(optionsOf(row, other));
  const at = (address: string): Promise<{ status: number; body: string }> => {
    const second = address.startsWith('{other}');
    const place: Nginx = second ? { ...nginx, port: other } : nginx;
    return ask(place, address.replace('{other}', ''));
  };
  return { nginx, at };
}

describe('the gate in', () => {
  test.each(sites.map((row) => [row.name, row] as const))('%s', async (_, row) => {
    const { nginx, at } = await run(row);
    const found: Record<string, string> = {};
    for (const address of row.closed) {
      const { status, body } = await at(address);
      if (body.includes(hello) || body.includes('Index of')) found[address] = `${status} without a link`;
    }
    for (const address of row.leaks ?? []) {
      const { status, body } = await at(address);
      if (!body.includes(hello)) found[address] = `${status} without a link, and doctor calls it open`;
    }
    for (const address of row.open) {
      const { status, body } = await at(link(address));
      if (status !== 200 || !body.includes(hello)) found[address] = `${status} with a link`;
    }
    expect(found).toEqual({});
    expect(row.leaks === undefined).toBe(row.opens === undefined);
    await nginx.stop();
  });
});
