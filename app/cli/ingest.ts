// `tallygate ingest FILES...`: counts history. `tallygate ingest -`: counts records from standard input.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { configOf } from '../config/load.ts';
import { isZone } from '../config/zone.ts';
import { zoneClock } from '../config/zone-clock.ts';
import { connect, explainConnection } from '../db/connection.ts';
import { chooseFormat, holdsRecords, linesIn } from '../ingest/history/formats/choose.ts';
import { type ClientFrom, clientOf } from '../ingest/history/formats/client.ts';
import type { ReadOptions } from '../ingest/history/formats/entry.ts';
import { formatsInNginx } from '../ingest/history/formats/from-nginx.ts';
import {
  dryRun,
  type ImportOptions,
  importFile,
  largestAnswers,
  type NamedLog,
} from '../ingest/history/import.ts';
import { forgetImportSalt, importSalt } from '../ingest/history/import-salt.ts';
import { type FileOutcome, isComplete, newOutcome } from '../ingest/history/outcome.ts';
import { type SizeOf, sizesOnDisk } from '../ingest/history/sizes.ts';
import { peek, whileSpooled } from '../ingest/history/spool.ts';
import { ingestStream } from '../ingest/history/stream.ts';
import { whileImporting } from '../ingest/history/while-importing.ts';
import { createClassifier } from '../ingest/record/classify.ts';
import { Writer } from '../ingest/store/writer.ts';
import { createLogger } from '../log.ts';
import { UserError } from '../user-error.ts';
import { readTime, repeatable } from './arguments.ts';
import { formatsHelp, pathMatcher } from './log-formats.ts';
import { printOutcomes } from './outcomes.ts';
import { printTable } from './print.ts';
import { createProgress } from './progress.ts';

type Options = {
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
};

export function registerIngest(program: Command): void {
  program
    .command('ingest')
    .description('count the requests in log files, each line once for ever; "-" reads standard input')
    .argument('[files...]', 'log files, also .gz, .bz2, .xz and .zst')
    .option('-f, --format <format>', 'a name below, or the format string of NGINX or Apache', 'auto')
    .option('--nginx-conf <file>', "take each log's format and host from NGINX's own configuration")
    .addOption(
      new Option('--client-from <which>', 'who asked, where the log has X-Forwarded-For')
        .choices(['auto', 'peer', 'x-forwarded-for'])
        .default('auto'),
    )
    .addOption(
      new Option(
        '--trusted-proxy <range>',
        'believe X-Forwarded-For from this address or range; may be repeated',
      )
        .argParser((text: string, before: string[]) => [...before, ...text.split(',')])
        .default([], 'private networks'),
    )
    .addOption(
      new Option('--time-zone <zone>', 'the zone of times that do not name their offset from UTC')
        .argParser(readZone)
        .default('UTC'),
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
    .option(
      '--sizes <source>',
      'estimate completion: file sizes from this folder, by address, or "largest": the largest whole answer',
    )
    .option('-n, --dry-run', 'say what would be counted, and change nothing')
    .option('--forget', 'destroy the key that addresses of imported logs were hashed with')
    .addHelpText('after', formatsHelp)
    .action(async (files: string[], options: Options, command: Command) => {
      const config = configOf(command);
      const stop = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
      try {
        if (files.length === 0 && !options.forget)
          throw new UserError('no files are named', 'See tallygate ingest --help.');
        if (files.length === 1 && files[0] === '-') await fromStandardInput(config, options, stop.signal);
        else if (files.length > 0) {
          const logs = files.map((path) => ({ path }));
          await fromFiles(logs, config, options, stop.signal);
        }
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

function readZone(text: string): string {
  if (!isZone(text)) throw new InvalidArgumentError('It must be a time zone such as Europe/Berlin.');
  return text;
}

async function fromFiles(
  files: readonly NamedLog[],
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
  const formatFor = await formatsFrom(options);
  const importOptions = (salt: Uint8Array): ImportOptions => ({
    ...importOptionsOf(config, options, salt),
    ...(formatFor && { formatFor }),
    onFormat: (path, described) => process.stderr.write(`${path}: read as ${described}\n`),
    onProgress: progress.update,
  });
  const outcomes: FileOutcome[] = [];
  try {
    if (options.dryRun) {
      const all = importOptions(Buffer.alloc(32));
      for (const file of files) outcomes.push(await orFailed(file, dryRun(file, all)));
    } else {
      const onWait = () =>
        process.stderr.write('Another import is running: this one begins when it has ended.\n');
      await whileImporting(config.databaseUrl, onWait, async () => {
        const plain = importOptions(await importSalt(writer.sql));
        const all = { ...plain, sizeOf: await sizesFor(options.sizes, files, plain, signal) };
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

async function sizesFor(
  source: string | undefined,
  files: readonly NamedLog[],
  options: ImportOptions,
  signal: AbortSignal,
): Promise<SizeOf | undefined> {
  if (source === 'largest') return largestAnswers(files, options, signal);
  return source === undefined ? undefined : sizesOnDisk(source);
}

function importOptionsOf(
  config: Config,
  options: Options,
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
    classify: createClassifier(config.classes),
    identity: JSON.stringify([
      [format, nginxConf, clientFrom, trustedProxy, timeZone],
      [match, [...methods], host, edge, since, until, config.classes.drop],
    ]),
  };
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

const wantedOf = ({ format, timeZone }: Options) => ({
  format,
  ...(timeZone === 'UTC' ? {} : { local: zoneClock(timeZone) }),
});

function readOptions(config: Config, options: Options, salt: Uint8Array): ReadOptions {
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
async function formatsFrom(options: Options): Promise<ImportOptions['formatFor']> {
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

/** Records are counted as they come, by their ids. Another log is spooled, and counted as a file. */
async function fromStandardInput(config: Config, options: Options, signal: AbortSignal): Promise<void> {
  if (options.nginxConf !== undefined)
    throw new UserError('--nginx-conf is for named log files', 'For standard input give --format.');
  if (options.format === 'records') return fromStream(process.stdin, config, options, signal);
  const { head, all } = await peek(process.stdin, signal);
  if (options.format === 'auto' && isOfRecords(head, config, options))
    return fromStream(all, config, options, signal);
  return whileSpooled(all, signal, (file) => fromFiles([{ path: '-', file }], config, options, signal));
}

/** Whether these are records, or what is left of one that was torn. */
function isOfRecords(head: Buffer, config: Config, options: Options): boolean {
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
  options: Options,
  signal: AbortSignal,
): Promise<void> {
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
    const { lines, requests, duplicates, rejects } = await ingestStream(sql, stream, about, signal);
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
