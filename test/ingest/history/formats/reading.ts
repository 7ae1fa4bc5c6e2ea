// Lines read as an import reads them.

import { chooseFormat } from '../../../../app/ingest/history/formats/choose.ts';
import { type ClientFrom, clientOf } from '../../../../app/ingest/history/formats/client.ts';
import type { ReadOptions } from '../../../../app/ingest/history/formats/entry.ts';
import type { Entry, Reading } from '../../../../app/ingest/record/record.ts';

export const options = (
  more: { from?: ClientFrom; trusted?: string[] } & Partial<ReadOptions> = {},
): ReadOptions => {
  const { from = 'auto', trusted = [], ...rest } = more;
  return {
    edge: 'fra1',
    host: 'default.example',
    methods: new Set(['GET']),
    matches: () => true,
    salt: Buffer.alloc(32, 7),
    clientOf: clientOf(from, trusted),
    ...rest,
  };
};

export function readAll(
  lines: readonly string[],
  format = 'auto',
  read: ReadOptions = options(),
): { described: string; readings: Reading[]; entries: Entry[] } {
  const bytes = lines.map((line) => Buffer.from(line));
  const { described, readLine } = chooseFormat('access.log', bytes, { format }, read);
  const readings = bytes.map(readLine);
  return {
    described,
    readings,
    entries: readings.flatMap((one) => (one.kind === 'entry' ? [one.entry] : [])),
  };
}
