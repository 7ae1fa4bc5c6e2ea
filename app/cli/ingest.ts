// `tallygate ingest`: counts history (ingest-files.ts) or what comes from standard input (ingest-stdin.ts), and takes imports
// back (ingest-undo.ts). What the options mean is in ingest-options.ts.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Config, configOf } from '../config/load.ts';
import { isZone } from '../config/zone.ts';
import { connect, explainConnection } from '../db/connection.ts';
import { forgetImportSalt } from '../ingest/history/import-salt.ts';
import { UserError } from '../user-error.ts';
import { readTime, repeatable } from './arguments.ts';
import { fromFiles } from './ingest-files.ts';
import type { IngestOptions } from './ingest-options.ts';
import { fromStandardInput } from './ingest-stdin.ts';
import { printImports, undo } from './ingest-undo.ts';
import { formatsHelp } from './log-formats.ts';

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
    .option(
      '-n, --dry-run',
      'say what would be counted (hosts, files, days, the first rejected lines), and change nothing',
    )
    .option('--list', 'show what was imported, each with its number')
    .addOption(
      repeatable(
        '--undo <import>',
        'take an import back, by its number or path, as if it had never been; may be given again',
      ),
    )
    .option('--forget', 'destroy the key that addresses of imported logs were hashed with')
    .addHelpText('after', formatsHelp)
    .action(async (files: string[], options: IngestOptions, command: Command) => {
      const config = configOf(command);
      const stop = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
      try {
        await act(files, options, config, stop.signal);
      } catch (error) {
        throw explainConnection(error, config.databaseUrl);
      }
      if (stop.signal.aborted) {
        process.stderr.write(
          `Stopped. What was ${options.undo ? 'done stays' : 'read is counted'}; run the same command again to go on.\n`,
        );
        process.exitCode = 130;
      }
    });
}

/** Does one thing: imports and taking back are asked for one at a time. */
async function act(
  files: readonly string[],
  options: IngestOptions,
  config: Config,
  signal: AbortSignal,
): Promise<void> {
  const { undo: names, list, forget: forgets, dryRun } = options;
  if (files.length > 0 && (names || list))
    throw new UserError(
      `${names ? '--undo' : '--list'} takes no files`,
      names
        ? 'Name each import by an --undo of its own, and import in a command of its own.'
        : 'Leave them out.',
    );
  if (names && list) throw new UserError('--list and --undo are two things', 'Ask for one at a time.');
  if (names && dryRun)
    throw new UserError(
      '--undo has no --dry-run',
      'It changes nothing where an import cannot be taken back exactly.',
    );
  if (list) await printImports(config);
  else if (names) await undo(names, config, signal);
  else if (files.length === 1 && files[0] === '-') await fromStandardInput(config, options, signal);
  else if (files.length > 0)
    await fromFiles(
      files.map((path) => ({ path })),
      config,
      options,
      signal,
    );
  else if (!forgets) throw new UserError('no files are named', 'See tallygate ingest --help.');
  if (forgets) await forget(config.databaseUrl);
}

function readZone(text: string): string {
  if (!isZone(text)) throw new InvalidArgumentError('It must be a time zone such as Europe/Berlin.');
  return text;
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
