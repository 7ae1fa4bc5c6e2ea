// What a request left in downloads.log, for the tests of this folder and of origins/.

import { expect } from 'vitest';
import type { Nginx } from '../../harness/nginx.ts';

export type Recorded = Record<string, unknown>;

/** What `act` answers, and the records that were written meanwhile: for what is to leave none. */
export async function recordedBy<T>(nginx: Nginx, act: () => Promise<T>): Promise<[T, Recorded[]]> {
  const before = (await nginx.records()).length;
  const answer = await act();
  return [answer, (await nginx.records()).slice(before)];
}

/**
 * What `act` answers, and the record of it, of which there must be exactly one. It is waited for: NGINX writes it when it is done
 * with the request, which may be when it has seen the client's end.
 */
export async function oneRecord<T>(nginx: Nginx, act: () => Promise<T>): Promise<[T, Recorded]> {
  const before = (await nginx.records()).length;
  const answer = await act();
  await nginx.waitForRecords(before + 1);
  const records = (await nginx.records()).slice(before);
  expect(records).toHaveLength(1);
  return [answer, records[0] as Recorded];
}
