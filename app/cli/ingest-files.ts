// `tallygate ingest FILES...`: counts the logs, one after the other, or says what would be counted.

import type { Config } from '../config/load.ts';
import { dryRun } from '../ingest/history/dry-run.ts';
import { type ImportOptions, importFile } from '../ingest/history/import.ts';
import { importSalt } from '../ingest/history/import-salt.ts';
import { largestAnswers } from '../ingest/history/largest-answers.ts';
import type { NamedLog } from '../ingest/history/open-log.ts';
import { type FileOutcome, isComplete, newOutcome } from '../ingest/history/outcome.ts';
import { Preview } from '../ingest/history/preview.ts';
import { type SizeOf, sizesOnDisk } from '../ingest/history/sizes.ts';
import { refuseUnfinished } from '../ingest/history/undo/imports.ts';
import { whileImporting } from '../ingest/history/while-importing.ts';
import { createClassifier } from '../ingest/record/classify.ts';
import { storingPolicy } from '../ingest/store/store-batch.ts';
import { Writer } from '../ingest/store/writer.ts';
import { createLogger } from '../log.ts';
import { UserError } from '../user-error.ts';
import { formatsFrom, type IngestOptions, importOptionsOf } from './ingest-options.ts';
import { printOutcomes } from './outcomes.ts';
import { printPreview } from './preview.ts';
import { createProgress } from './progress.ts';

/** The exit code where a line was rejected or a file could not be read, and the rest was counted. */
const notAllCounted = 3;

/** Imports the files; with --dry-run it only reads them. Sets the exit code. */
export async function fromFiles(
  files: readonly NamedLog[],
  config: Config,
  options: IngestOptions,
  signal: AbortSignal,
): Promise<void> {
  const progress = createProgress(process.stderr);
  const formatFor = await formatsFrom(options);
  const optionsWith = (salt: Uint8Array): ImportOptions => ({
    ...importOptionsOf(config, options, salt),
    ...(formatFor && { formatFor }),
    onFormat: (path, described) => process.stderr.write(`${path}: read as ${described}\n`),
    onProgress: progress.update,
  });
  let outcomes: FileOutcome[];
  try {
    outcomes = options.dryRun
      ? await tryFiles(files, config, optionsWith(Buffer.alloc(32)))
      : await importFiles(files, config, optionsWith, options.sizes, signal);
  } finally {
    progress.stop();
  }
  if (outcomes.every(({ failed }) => failed)) process.exitCode = 1;
  else if (!outcomes.every(isComplete)) process.exitCode = notAllCounted;
}

async function tryFiles(
  files: readonly NamedLog[],
  config: Config,
  options: ImportOptions,
): Promise<FileOutcome[]> {
  const all = { ...options, classify: createClassifier(config.classes) };
  const preview = new Preview();
  const outcomes: FileOutcome[] = [];
  for (const file of files) outcomes.push(await orFailed(file, dryRun(file, all, preview)));
  printOutcomes(outcomes);
  printPreview(preview);
  return outcomes;
}

async function importFiles(
  files: readonly NamedLog[],
  config: Config,
  optionsWith: (salt: Uint8Array) => ImportOptions,
  sizes: string | undefined,
  signal: AbortSignal,
): Promise<FileOutcome[]> {
  const writer = new Writer({
    databaseUrl: config.databaseUrl,
    policy: storingPolicy(config),
    classify: createClassifier(config.classes),
    records: false,
    stallAfter: config.agent.stallAfter * 1000,
  });
  const outcomes: FileOutcome[] = [];
  try {
    await whileImporting(config.databaseUrl, tellThatItWaits, async () => {
      await refuseUnfinished(writer.sql);
      const plain = optionsWith(await importSalt(writer.sql));
      const all = { ...plain, sizeOf: await sizesFor(sizes, files, plain, signal) };
      for (const file of files) {
        if (signal.aborted) break;
        outcomes.push(await orFailed(file, importFile(file, writer, all, createLogger('ingest'), signal)));
      }
    });
  } finally {
    await writer.close();
  }
  printOutcomes(outcomes);
  return outcomes;
}

/** Says that another import, or one that is taken back, goes first. */
export function tellThatItWaits(): void {
  process.stderr.write('Another import is running: this one begins when it has ended.\n');
}

async function sizesFor(
  source: string | undefined,
  files: readonly NamedLog[],
  options: ImportOptions,
  signal: AbortSignal,
): Promise<SizeOf | undefined> {
  if (source === 'largest') return largestAnswers(files, options, signal);
  return source === undefined ? undefined : sizesOnDisk(source);
}

/** What became of a file, or why it could not be read: the others are read all the same. */
async function orFailed({ path }: NamedLog, work: Promise<FileOutcome>): Promise<FileOutcome> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { ...newOutcome(path), failed: { message: error.message, remedy: error.remedy } };
  }
}
