// `tallygate report NAME`: every report in the terminal, as a table, JSON or CSV. The options of each are the
// parameters of the report.

import { setTimeout as delay } from 'node:timers/promises';
import Table from 'cli-table3';
import { type Command, Option } from 'commander';
import type { z } from 'zod';
import { configOf } from '../config/load.ts';
import { errorCode, type Sql, withDatabase } from '../db/connection.ts';
import { csvHead, csvRows } from '../reports/csv.ts';
import { formatValue, isNumeric } from '../reports/format.ts';
import { reports } from '../reports/index.ts';
import { ordersOf, type ReportRow, readAll, readPage } from '../reports/read.ts';
import type { Report } from '../reports/report.ts';
import { UserError } from '../user-error.ts';
import { readCount } from './arguments.ts';

type Options = Record<string, string | boolean | number | undefined> & {
  json?: boolean;
  csv?: boolean;
  watch?: number;
  sort: string;
  limit?: number;
};
type Wanted = { report: Report; params: Record<string, unknown>; options: Options; zone: string };

const tableRows = 50;

export function registerReport(program: Command): void {
  const group = program
    .command('report')
    .description('print a report: files, monthly, leeches and many more');
  for (const report of reports) {
    const command = group.command(report.name).description(report.summary);
    for (const [name, schema] of Object.entries(report.params.shape))
      command.addOption(optionOf(name, schema as z.ZodType));
    // A report that is not about days still shows times.
    if (!('zone' in report.params.shape))
      command.option('--tz <name>', 'time zone of times, such as Europe/Berlin');
    command
      .addOption(
        new Option('--sort <order>', 'column, "-" before it for descending')
          .choices(ordersOf(report))
          .default(report.order),
      )
      .option('--limit <rows>', `rows of a table (default: ${tableRows}); of --json and --csv all`, readCount)
      .addOption(new Option('--json', 'an array of objects').conflicts('csv'))
      .option('--csv', 'comma-separated, safe to open in a spreadsheet')
      .addOption(
        new Option('--watch [seconds]', 'show the table again and again')
          .argParser(readCount)
          .preset(2)
          .conflicts(['json', 'csv']),
      )
      .action((options: Options, self: Command) => print(report, options, self));
  }
}

const flag = (name: string) => (name === 'zone' ? 'tz' : name.replaceAll('_', '-'));
const key = (name: string) => flag(name).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

function optionOf(name: string, schema: z.ZodType): Option {
  const option = new Option(
    `--${flag(name)} <${name === 'path' ? 'file' : 'value'}>`,
    schema.description ?? '',
  );
  const needed = !schema.safeParse(undefined).success;
  return needed ? option.makeOptionMandatory() : option;
}

async function print(report: Report, options: Options, command: Command): Promise<void> {
  const config = configOf(command);
  const given = Object.keys(report.params.shape).map((name) => [name, options[key(name)]]);
  if ('zone' in report.params.shape) given.push(['zone', options.tz ?? config.reports.zone]);
  const result = report.params.safeParse(
    Object.fromEntries(given.filter(([, value]) => value !== undefined)),
  );
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new UserError(
      `--${flag(String(issue?.path[0] ?? ''))}: ${issue?.message}`,
      `tallygate report ${report.name} --help lists the options.`,
    );
  }
  const zone = String(options.tz ?? config.reports.zone);
  const wanted: Wanted = { report, params: result.data, options, zone };
  await withDatabase(config, async (sql) => {
    if (options.csv) await printCsv(sql, wanted);
    else if (options.json) await printJson(sql, wanted);
    else if (options.watch) await watch(sql, wanted, options.watch);
    else process.stdout.write(await table(sql, wanted));
  }).catch((error: unknown) => {
    if (/^22/.test(errorCode(error)))
      throw new UserError('PostgreSQL refuses a value', (error as Error).message);
    throw error;
  });
}

/** The rows of the report, in batches. */
async function* rowsOf(sql: Sql, { report, params, options }: Wanted): AsyncGenerator<ReportRow[]> {
  let left = options.limit ?? Number.POSITIVE_INFINITY;
  for await (const rows of readAll(sql, report, params, options.sort)) {
    yield rows.slice(0, left);
    left -= rows.length;
    if (left <= 0) return;
  }
}

async function printCsv(sql: Sql, wanted: Wanted): Promise<void> {
  process.stdout.write(csvHead(wanted.report));
  for await (const rows of rowsOf(sql, wanted)) process.stdout.write(csvRows(wanted.report, rows));
}

async function printJson(sql: Sql, wanted: Wanted): Promise<void> {
  let before = '[\n';
  for await (const rows of rowsOf(sql, wanted)) {
    for (const row of rows) {
      process.stdout.write(`${before}  ${JSON.stringify(row)}`);
      before = ',\n';
    }
  }
  process.stdout.write(before === '[\n' ? '[]\n' : '\n]\n');
}

async function watch(sql: Sql, wanted: Wanted, seconds: number): Promise<void> {
  for (;;) {
    const text = await table(sql, wanted);
    const clear = process.stdout.isTTY ? '\u001b[H\u001b[2J' : '';
    process.stdout.write(`${clear}${wanted.report.title}, ${new Date().toISOString()}\n\n${text}`);
    await delay(seconds * 1000);
  }
}

const plain = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
    'middle',
  ].map((part) => [part, part === 'middle' ? '  ' : '']),
);

/** What says nothing where it stands in every row. */
const untold: Readonly<Record<string, string>> = { size_unknown: '0', estimated: 'no' };

async function table(sql: Sql, { report, params, options, zone }: Wanted): Promise<string> {
  const { rows, next } = await readPage(sql, report, params, {
    order: options.sort,
    limit: options.limit ?? tableRows,
  });
  if (rows.length === 0) return `${report.title}: nothing.\n`;
  const cell = (text: string) => (text.length > 72 ? `${text.slice(0, 71).toWellFormed()}…` : text);
  const columns = report.columns
    .map((column) => ({
      column,
      texts: rows.map((row) => cell(formatValue(column, row[column.name] ?? null, zone))),
    }))
    // An empty column would only make the others harder to read. So would one that says of no download that its size is
    // not known, or estimated.
    .filter(({ column, texts }) => texts.some((text) => text !== '' && text !== untold[column.name]));
  const drawn = new Table({
    head: columns.map(({ column }) => column.title),
    colAligns: columns.map(({ column }) => (isNumeric(column.kind) ? 'right' : 'left')),
    chars: plain,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
  });
  drawn.push(...rows.map((_, index) => columns.map(({ texts }) => texts[index] as string)));
  const text = drawn.toString().replace(/ +$/gm, '');
  const more = next ? `\nThere is more: --limit, or --csv for all.` : '';
  return `${text}${more}\n`;
}
