// `tallygate ingest -`: counts what comes from standard input. Records are counted as they come, by their ids. Another log is
// spooled, and counted as a file.

import type { Config } from '../config/load.ts';
import { connect } from '../db/connection.ts';
import { chooseFormat, holdsRecords, linesIn } from '../ingest/history/formats/choose.ts';
import { peek, whileSpooled } from '../ingest/history/spool.ts';
import { ingestStream } from '../ingest/history/stream.ts';
import { createClassifier } from '../ingest/record/classify.ts';
import { storingPolicy } from '../ingest/store/store-batch.ts';
import { UserError } from '../user-error.ts';
import { fromFiles } from './ingest-files.ts';
import { type IngestOptions, readOptions, wantedOf } from './ingest-options.ts';
import { printTable } from './print.ts';

/** Counts standard input until it ends or `signal` is aborted. */
export async function fromStandardInput(
  config: Config,
  options: IngestOptions,
  signal: AbortSignal,
): Promise<void> {
  if (options.nginxConf !== undefined)
    throw new UserError('--nginx-conf is for named log files', 'For standard input give --format.');
  const asFile = (stream: AsyncIterable<Buffer>) =>
    whileSpooled(stream, signal, (file) => fromFiles([{ path: '-', file }], config, options, signal));
  if (options.dryRun) return asFile(process.stdin);
  if (options.format === 'records') return fromStream(process.stdin, config, options, signal);
  const { head, all } = await peek(process.stdin, signal);
  if (options.format === 'auto' && isOfRecords(head, config, options))
    return fromStream(all, config, options, signal);
  return asFile(all);
}

/** Whether these are records, or what is left of one that was torn. */
function isOfRecords(head: Buffer, config: Config, options: IngestOptions): boolean {
  const lines = linesIn(head);
  if (lines.length === 0 || holdsRecords(lines)) return true;
  if (!lines.some((line) => /^\{"v":|"country":"[^"]*"\}\s*$/.test(line.toString('latin1')))) return false;
  try {
    chooseFormat('-', lines, wantedOf(options), readOptions(config, options, Buffer.alloc(32)));
    return false;
  } catch (error) {
    if (error instanceof UserError) return true;
    throw error;
  }
}

async function fromStream(
  stream: AsyncIterable<Buffer>,
  config: Config,
  options: IngestOptions,
  signal: AbortSignal,
): Promise<void> {
  const sql = connect(config.databaseUrl, {
    max: 2,
    connection: { application_name: 'tallygate-ingest', jit: 'off' },
  });
  try {
    const about = {
      edge: options.edge ?? config.edge,
      policy: storingPolicy(config),
      classify: createClassifier(config.classes),
    };
    const { lines, requests, duplicates, rejects } = await ingestStream(sql, stream, about, signal);
    printTable(['lines', 'requests', 'duplicates', 'rejects'], [[lines, requests, duplicates, rejects]]);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
