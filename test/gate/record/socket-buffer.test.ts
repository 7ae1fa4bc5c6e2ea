// NGINX has "sent" what the kernel's socket buffer holds: how much that is, and that `listen ... sndbuf=` makes it little
// (nginx/README.md). The client reads nothing at all.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../../app/process/ports.ts';
import type { Nginx } from '../../harness/nginx.ts';
import { startReader } from '../origins/client.ts';
import { get } from '../raw.ts';
import { link, startSite } from '../site.ts';
import { oneRecord } from './recorded.ts';

const size = 2_000_000;
const setting = (name: string) =>
  readFileSync(`/proc/sys/net/ipv4/${name}`, 'utf8').trim().split(/\s+/).map(Number);
/** A host that was told to hold little holds little. */
const holdsMuch = (setting('tcp_wmem').at(-1) ?? 0) > size && (setting('tcp_notsent_lowat')[0] ?? 0) > size;

let nginx: Nginx;
let small: number;
beforeAll(async () => {
  small = await freePort();
  nginx = await startSite({
    files: { 'files/big.bin': new Uint8Array(size) },
    http: `server { listen 127.0.0.1:${small} sndbuf=65536; root www; location ^~ /files/ { include tallygate/protect.conf; } }`,
  });
});
afterAll(() => nginx.stop());

test.runIf(holdsMuch)('without sndbuf a file of 2 MB is sent to who has read nothing', async () => {
  const [reader, record] = await oneRecord(nginx, async () => {
    const started = await startReader(nginx.port, get(link('/files/big.bin')));
    await nginx.waitForRecords(1);
    return started;
  });
  expect(record).toMatchObject({ status: 200, sent: size, size });
  await reader.leave();
});

test('with sndbuf=65536 no more than both ends hold', async () => {
  const [, record] = await oneRecord(nginx, async () => {
    const reader = await startReader(small, get(link('/files/big.bin')));
    // The worker has then sent what it can: in the test above it is done by now.
    for (let i = 0; i < 3; i++) await nginx.records();
    await reader.leave();
  });
  expect(record).toMatchObject({ status: 200, from: 0, size });
  expect(record.sent).toBeGreaterThan(0);
  expect(record.sent).toBeLessThan(size / 4);
});
