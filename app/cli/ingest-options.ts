// What the options of `tallygate ingest` say: which lines are read, and how.

import type { Config } from '../config/load.ts';
import { zoneClock } from '../config/zone-clock.ts';
import { type ClientFrom, clientOf } from '../ingest/history/formats/client.ts';
import type { ReadOptions } from '../ingest/history/formats/entry.ts';
import { formatsInNginx } from '../ingest/history/formats/from-nginx.ts';
import type { ImportOptions } from '../ingest/history/import.ts';
import { UserError } from '../user-error.ts';
import { pathMatcher } from './log-formats.ts';

export type IngestOptions = {
  format: string;
  nginxConf?: string;
  clientFrom: ClientFrom;
  trustedProxy: string[];
  timeZone: string;
  match?: string[];
  methods: string;
  host?: string;
  edge?: string;
  since: number;
  until: number;
  overlap?: true;
  sizes?: string;
  dryRun?: true;
  forget?: true;
  undo?: string[];
  list?: true;
};

/** All but what is told while a log is read. */
export function importOptionsOf(
  config: Config,
  options: IngestOptions,
  salt: Uint8Array,
): Omit<ImportOptions, 'onFormat' | 'onProgress'> {
  const { since, until, overlap = false } = options;
  const read = readOptions(config, options, salt);
  const { edge, host, methods } = read;
  const { format, match = [], nginxConf, clientFrom, trustedProxy, timeZone } = options;
  return {
    ...wantedOf(options),
    read,
    since,
    until,
    overlap,
    identity: JSON.stringify([
      [format, nginxConf, clientFrom, trustedProxy, timeZone],
      [match, [...methods], host, edge, since, until, config.classes.drop],
    ]),
  };
}

export const wantedOf = ({ format, timeZone }: IngestOptions) => ({
  format,
  ...(timeZone === 'UTC' ? {} : { local: zoneClock(timeZone) }),
});

export function readOptions(config: Config, options: IngestOptions, salt: Uint8Array): ReadOptions {
  return {
    edge: options.edge ?? config.edge,
    host: options.host ?? (config.origin ? new URL(config.origin).hostname : 'localhost'),
    methods: new Set(options.methods.split(',').map((method) => method.trim().toUpperCase())),
    matches: pathMatcher(options.match ?? []),
    salt,
    clientOf: clientOf(options.clientFrom, [...config.service.trustedProxies, ...options.trustedProxy]),
  };
}

/** Each log's format by the configuration of its server; what the command line says of the host goes before. */
export async function formatsFrom(options: IngestOptions): Promise<ImportOptions['formatFor']> {
  if (options.nginxConf === undefined) return undefined;
  if (options.format !== 'auto')
    throw new UserError('--format and --nginx-conf both name the format', 'Give one of them.');
  const writtenAs = await formatsInNginx(options.nginxConf);
  return (path) => ({
    ...wantedOf(options),
    ...writtenAs(path),
    ...(options.host && { host: options.host }),
  });
}
