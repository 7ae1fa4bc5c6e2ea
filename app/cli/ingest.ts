// `tallygate ingest FILES...`: counts history. `tallygate ingest -`: counts records from standard input.

import { type Command, Option } from 'commander';
import { configOf } from '../config/load.ts';
import { connect, explainConnection } from '../db/connection.ts';
import type { Format } from '../ingest/history/clf.ts';
import { dryRun, type ImportOptions, importFile } from '../ingest/history/import.ts';
import { forgetImportSalt, importSalt } from '../ingest/history/import-salt.ts';
import { type FileOutcome, isComplete, newOutcome, sumOf } from '../ingest/history/outcome.ts';
import { ingestStream } from '../ingest/history/stream.ts';
import { whileImporting } from '../ingest/history/while-importing.ts';
import { createClassifier } from '../ingest/record/classify.ts';
import { Writer } from '../ingest/store/writer.ts';
import { createLogger } from '../log.ts';
import { UserError } from '../user-error.ts';
import { readTime, repeatable } from './arguments.ts';
import { printTable } from './print.ts';
import { createProgress } from './progress.ts';

type Options = {
  format: Format | 'auto';
  match?: string[];
  methods: string;
  host?: string;
  edge?: string;
  since: number;
  until: number;
  overlap?: true;
  dryRun?: true;
  forget?: true;
};

export function registerIngest(program: Command): void {
  program
    .command('ingest')
    .description(
      'count the requests in log files, each line once for ever; "-" reads records from standard input',
    )
    .argument('[files...]', 'log files, also .gz and .zst')
    .addOption(
      new Option('-f, --format <format>', 'what the lines are')
        .choices(['auto', 'records', 'combined', 'common', 'vhost_combined'])
        .default('auto'),
    )
    .addOption(
      repeatable(
        '-m, --match <glob>',
        'count only paths like this, such as "*.iso" (* stands for / too); may be given again',
      ),
    )
    .option('--methods <list>', 'count requests with these methods', 'GET')
    .option('--host <name>', 'the host of logs that do not name one')
    .option('--edge <name>', 'the edge that reports show (default: the configured one)')
    .option(
      '--since <time>',
      'count only requests from this time on, such as 2026-11-01 (UTC) or 2026-11-01T12:00Z',
      readTime,
      0,
    )
    .option('--until <time>', 'count only requests before this time', readTime, Number.POSITIVE_INFINITY)
    .option('--overlap', 'count lines of a time in which their host was counted live, too')
    .option('-n, --dry-run', 'say what would be counted, and change nothing')
    .option('--forget', 'destroy the key that addresses of imported logs were hashed with')
    .action(async (files: string[], options: Options, command: Command) => {
      const config = configOf(command);
      const stop = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
      try {
        if (files.length === 0 && !options.forget)
          throw new UserError('no files are named', 'See tallygate ingest --help.');
        if (files.length === 1 && files[0] === '-') await fromStream(config, options, stop.signal);
        else if (files.length > 0) await fromFiles(files, config, options, stop.signal);
        if (options.forget) await forget(config.databaseUrl);
      } catch (error) {
        throw explainConnection(error, config.databaseUrl);
      }
      if (stop.signal.aborted) {
        process.stderr.write('Stopped. What was read is counted; run the same command again to go on.\n');
        process.exitCode = 130;
      }
    });
}

type Config = ReturnType<typeof configOf>;

/** The exit code where a line was rejected or a file could not be read, and the rest was counted. */
const notAllCounted = 3;

async function fromFiles(
  files: string[],
  config: Config,
  options: Options,
  signal: AbortSignal,
): Promise<void> {
  const writer = new Writer({
    databaseUrl: config.databaseUrl,
    policy: { ...config.count, retryGrace: config.tokens.retryGrace },
    classify: createClassifier(config.classes),
    records: false,
    stallAfter: config.agent.stallAfter * 1000,
  });
  const progress = createProgress(process.stderr);
  const importOptions = (salt: Uint8Array): ImportOptions =>
    importOptionsOf(config, options, salt, progress.update);
  const outcomes: FileOutcome[] = [];
  try {
    if (options.dryRun) {
      const all = importOptions(Buffer.alloc(32));
      for (const file of files) outcomes.push(await orFailed(file, dryRun(file, all)));
    } else {
      const onWait = () =>
        process.stderr.write('Another import is running: this one begins when it has ended.\n');
      await whileImporting(config.databaseUrl, onWait, async () => {
        const all = importOptions(await importSalt(writer.sql));
        for (const file of files) {
          if (signal.aborted) break;
          outcomes.push(await orFailed(file, importFile(file, writer, all, createLogger('ingest'), signal)));
        }
      });
    }
  } finally {
    progress.stop();
    await writer.close();
  }
  printOutcomes(outcomes);
  if (outcomes.every(({ failed }) => failed)) process.exitCode = 1;
  else if (!outcomes.every(isComplete)) process.exitCode = notAllCounted;
}

function importOptionsOf(
  config: Config,
  options: Options,
  salt: Uint8Array,
  onProgress: ImportOptions['onProgress'],
): ImportOptions {
  const { format, since, until, overlap = false } = options;
  const edge = options.edge ?? config.edge;
  const host = options.host ?? (config.origin ? new URL(config.origin).hostname : 'localhost');
  const methods = options.methods.split(',').map((method) => method.trim().toUpperCase());
  const matches = pathMatcher(options.match ?? []);
  return {
    format,
    clf: { edge, host, methods: new Set(methods), matches, salt },
    matches,
    since,
    until,
    overlap,
    classify: createClassifier(config.classes),
    identity: JSON.stringify([
      format,
      options.match ?? [],
      methods,
      host,
      edge,
      since,
      until,
      config.classes.drop,
    ]),
    onProgress,
  };
}

/** What became of a file, or why it could not be read: the others are read all the same. */
async function orFailed(path: string, work: Promise<FileOutcome>): Promise<FileOutcome> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { ...newOutcome(path), failed: { message: error.message, remedy: error.remedy } };
  }
}

async function fromStream(config: Config, options: Options, signal: AbortSignal): Promise<void> {
  const sql = connect(config.databaseUrl, {
    max: 2,
    connection: { application_name: 'tallygate-ingest', jit: 'off' },
  });
  try {
    const about = {
      edge: options.edge ?? config.edge,
      policy: { ...config.count, retryGrace: config.tokens.retryGrace },
      classify: createClassifier(config.classes),
    };
    const { lines, requests, duplicates, rejects } = await ingestStream(sql, process.stdin, about, signal);
    printTable(['lines', 'requests', 'duplicates', 'rejects'], [[lines, requests, duplicates, rejects]]);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function forget(databaseUrl: string): Promise<void> {
  const sql = connect(databaseUrl, { max: 1 });
  try {
    const forgot = await forgetImportSalt(sql, false);
    process.stdout.write(forgot ? 'The key of past imports is destroyed.\n' : 'There was no such key.\n');
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** Whether a path matches one of the globs. A glob without a slash is matched against the path's last part. */
function pathMatcher(globs: readonly string[]): (path: string) => boolean {
  if (globs.length === 0) return () => true;
  const patterns = globs.map((glob) => {
    const source = glob
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    return new RegExp(glob.includes('/') ? `^${source}$` : `(?:^|/)${source}$`, 's');
  });
  return (path) => patterns.some((pattern) => pattern.test(path));
}

function printOutcomes(outcomes: readonly FileOutcome[]): void {
  printTable(
    ['file', 'lines', 'new', 'known', 'left out', 'rejected'],
    outcomes.map((outcome) => [
      outcome.path,
      outcome.lines + outcome.before,
      outcome.requests,
      sumOf(outcome, 'known'),
      sumOf(outcome, 'left out'),
      sumOf(outcome, 'rejected'),
    ]),
  );
  const reasons = new Map<string, number>();
  for (const { rejects } of outcomes) {
    for (const [reason, lines] of rejects)
      if (reason !== 'known') reasons.set(reason, (reasons.get(reason) ?? 0) + lines);
  }
  if (reasons.size > 0) {
    process.stdout.write('\n');
    printTable(
      ['reason', 'lines'],
      [...reasons].sort(([, a], [, b]) => b - a),
    );
  }
  for (const { path, unfinished } of outcomes)
    if (unfinished > 0)
      process.stderr.write(
        `${path} ends in a line without its end (${unfinished} bytes): not counted. Import it again when it is complete.\n`,
      );
  for (const { path, failed } of outcomes)
    if (failed)
      process.stderr.write(
        `tallygate: nothing of ${path} was counted: ${failed.message}\n  ${failed.remedy ?? ''}\n`,
      );
}
