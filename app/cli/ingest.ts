// `tallygate ingest FILES...`: counts history. `tallygate ingest -`: counts records from standard input.

import { type Command, Option } from 'commander';
import { configOf } from '../config/load.ts';
import { connect, explainConnection } from '../db/connection.ts';
import type { Format } from '../ingest/history/clf.ts';
import type { FileOutcome } from '../ingest/history/dry-run.ts';
import {
  dryRun,
  type ImportOptions,
  importFile,
  largestAnswers,
  whileImporting,
} from '../ingest/history/import.ts';
import { forgetImportSalt, importSalt } from '../ingest/history/import-salt.ts';
import { type SizeOf, sizesOnDisk } from '../ingest/history/sizes.ts';
import { ingestStream } from '../ingest/history/stream.ts';
import { createClassifier } from '../ingest/record/classify.ts';
import { Writer } from '../ingest/store/writer.ts';
import { createLogger } from '../log.ts';
import { UserError } from '../user-error.ts';
import { repeatable } from './arguments.ts';
import { printTable } from './print.ts';
import { createProgress } from './progress.ts';

type Options = {
  format: Format | 'auto';
  match?: string[];
  methods: string;
  host?: string;
  edge?: string;
  sizes?: string;
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
      '--sizes <source>',
      'estimate completion: file sizes from this folder, by address, or "largest": the largest whole answer',
    )
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

async function fromFiles(
  files: string[],
  config: Config,
  options: Options,
  signal: AbortSignal,
): Promise<void> {
  const writer = new Writer({
    databaseUrl: config.databaseUrl,
    policy: config.count,
    classify: createClassifier(config.classes),
    records: false,
    stallAfter: config.agent.stallAfter * 1000,
  });
  const matches = pathMatcher(options.match ?? []);
  const progress = createProgress(process.stderr);
  const importOptions = (salt: Uint8Array): ImportOptions => ({
    format: options.format,
    clf: {
      edge: options.edge ?? config.edge,
      host: options.host ?? (config.origin ? new URL(config.origin).hostname : 'localhost'),
      methods: new Set(options.methods.split(',').map((method) => method.trim().toUpperCase())),
      matches,
      salt,
    },
    matches,
    onProgress: progress.update,
  });
  const outcomes: FileOutcome[] = [];
  try {
    if (options.dryRun) {
      for (const file of files) outcomes.push(await dryRun(file, importOptions(Buffer.alloc(32))));
    } else {
      await whileImporting(config.databaseUrl, async () => {
        const plain = importOptions(await importSalt(writer.sql));
        const all = { ...plain, sizeOf: await sizesFor(options.sizes, files, plain, signal) };
        for (const file of files) {
          if (signal.aborted) break;
          outcomes.push(await importFile(file, writer, all, createLogger('ingest'), signal));
        }
      });
    }
  } finally {
    progress.stop();
    await writer.close();
  }
  printOutcomes(outcomes);
}

async function sizesFor(
  source: string | undefined,
  files: readonly string[],
  options: ImportOptions,
  signal: AbortSignal,
): Promise<SizeOf | undefined> {
  if (source === 'largest') return largestAnswers(files, options, signal);
  return source === undefined ? undefined : sizesOnDisk(source);
}

async function fromStream(config: Config, options: Options, signal: AbortSignal): Promise<void> {
  const sql = connect(config.databaseUrl, {
    max: 2,
    connection: { application_name: 'tallygate-ingest', jit: 'off' },
  });
  try {
    const about = {
      edge: options.edge ?? config.edge,
      policy: config.count,
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
    ['file', 'lines', 'requests', 'not counted'],
    outcomes.map(({ path, lines, requests }) => [path, lines, requests, lines - requests]),
  );
  const reasons = new Map<string, number>();
  for (const { rejects } of outcomes) {
    for (const [reason, lines] of rejects) reasons.set(reason, (reasons.get(reason) ?? 0) + lines);
  }
  if (reasons.size === 0) return;
  process.stdout.write('\n');
  printTable(
    ['reason', 'lines'],
    [...reasons].sort(([, a], [, b]) => b - a),
  );
}
