// A balancer in front that says in the PROXY protocol who the client is.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../../app/process/ports.ts';
import type { Nginx } from '../../harness/nginx.ts';
import { get } from '../raw.ts';
import { oneRecord } from '../record/recorded.ts';
import { hello, link, startSite } from '../site.ts';
import { askFrom } from './client.ts';
import { exchange } from './exchange.ts';

let nginx: Nginx;
let believed: number;
let strange: number;
beforeAll(async () => {
  believed = await freePort();
  strange = await freePort();
  const behind = (port: number, from: string) => `
    server {
      listen 127.0.0.1:${port} proxy_protocol; root www;
      set_real_ip_from ${from}; real_ip_header proxy_protocol;
      location ^~ /files/ { include tallygate/protect.conf; }
    }`;
  nginx = await startSite({ http: behind(believed, '127.0.0.1') + behind(strange, '192.0.2.1') });
});
afterAll(() => nginx.stop());

const through = (port: number, address: string, target: string) => {
  const kind = address.includes(':') ? 'TCP6' : 'TCP4';
  const to = kind === 'TCP6' ? '2001:db8::ff' : '192.0.2.255';
  return exchange(port, `PROXY ${kind} ${address} ${to} 4711 443\r\n${get(target, ['User-Agent: test'])}`);
};

test('the visitor is the client', async () => {
  const target = link('/files/a.txt', { token: 'tok' });
  const visitors = new Map<string, unknown>();
  for (const address of [
    '127.0.0.9',
    '127.0.0.8',
    '2001:db8:1:2::3',
    '2001:db8:1:2:ffff::1',
    '2001:db8:1:3::3',
  ]) {
    const [{ head }, record] = await oneRecord(nginx, () => through(believed, address, target));
    expect(head).toContain(hello);
    visitors.set(address, record.visitor);
  }
  const [, direct] = await oneRecord(nginx, () => askFrom(nginx.port, target, { from: '127.0.0.9' }));
  expect(visitors.get('127.0.0.9')).toBe(direct.visitor);
  expect(visitors.get('2001:db8:1:2::3')).toBe(visitors.get('2001:db8:1:2:ffff::1'));
  expect(new Set(visitors.values()).size).toBe(4);
});

test('a bound link is bound to the client', async () => {
  for (const [bound, other] of [
    ['203.0.113.9', '203.0.113.10'],
    ['2001:db8:1:2::3', '2001:db8:1:3::3'],
  ] as const) {
    const target = link('/files/a.txt', { address: bound });
    expect((await through(believed, bound, target)).head).toMatch(/^HTTP\/1\.1 200 /);
    expect((await through(believed, other, target)).head).toMatch(/^HTTP\/1\.1 403 /);
    // From a balancer that is not ours it is nobody's word.
    expect((await through(strange, bound, target)).head).toMatch(/^HTTP\/1\.1 403 /);
  }
});
