// What a request left in downloads.log, for the tests of this folder and of origins/.

import { expect } from 'vitest';
import type { Nginx } from '../../harness/nginx.ts';

export type Record_ = Record<string, unknown>;

/** What `act` answers, and the records that were written meanwhile: NGINX has then written all there will be. */
export async function recordedBy<T>(nginx: Nginx, act: () => Promise<T>): Promise<[T, Record_[]]> {
  const before = (await nginx.records()).length;
  const answer = await act();
  return [answer, (await nginx.records()).slice(before)];
}

/** As recordedBy, where there must be exactly one record. */
export async function oneRecord<T>(nginx: Nginx, act: () => Promise<T>): Promise<[T, Record_]> {
  const [answer, records] = await recordedBy(nginx, act);
  expect(records).toHaveLength(1);
  return [answer, records[0] as Record_];
}

/** As oneRecord, for what a client breaks off: the record comes when NGINX has noticed. */
export async function oneLateRecord(nginx: Nginx, act: () => Promise<unknown>): Promise<Record_> {
  const before = (await nginx.records()).length;
  await act();
  await nginx.waitForRecords(before + 1);
  const records = (await nginx.records()).slice(before);
  expect(records).toHaveLength(1);
  return records[0] as Record_;
}
