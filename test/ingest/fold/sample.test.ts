// What is kept of a rejected line: enough to see what it was, nothing that must be kept nowhere.

import { expect, it } from 'vitest';
import { sampleOf } from '../../../app/ingest/fold/sample.ts';

it.each([
  [
    '203.0.113.7 - - [21/Nov/2026:10:00:00 +0000] "GET /a.iso?e=1&s=sEcReT HTTP/1.1" 200 5 "-" "Chrome/131.0.0.0"',
    '(address) - - [21/Nov/2026:10:00:00 +0000] "GET /a.iso?(query) HTTP/1.1" 200 5 "-" "Chrome/131.0.0.0"',
  ],
  ['dl.example.org 2001:db8::7 - - [', 'dl.example.org (address) - - ['],
  ['dl.example.org c5.isp.example - ada [10/Mar', 'dl.example.org (name) - ada [10/Mar'],
  ['::1 - -', '(address) - -'],
  ['203.0.113.7:443 x', '(address) x'],
  ['"GET /a?s=sEcReT', '"GET /a?(query)'],
  ['{"v":1,"at":1795239731.342,"ip":"203.0.113.7",', '{"v":1,"at":1795239731.342,"ip":"(address)",'],
  ['2026-11-21T10:00:00Z 10:00:00 1.2.3 cafe', '2026-11-21T10:00:00Z 10:00:00 1.2.3 cafe'],
  ['a\0b\\ü', 'a\\x00b\\\\\\xc3\\xbc'],
])('%j', (line, sample) => {
  expect(sampleOf(Buffer.from(line))).toBe(sample);
});
