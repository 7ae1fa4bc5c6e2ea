// `tallygate codes create|print|list|show|revoke|attempts|key`: codes for people to type.

import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { type Config, configOf, requireOrigin } from '../config/load.ts';
import { withDatabase } from '../db/connection.ts';
import { readKeyRing } from '../keys/file.ts';
import { artworkFrom, artworkLimits } from '../service/codes/artwork.ts';
import { type BatchRequest, drawBatch, storeBatch } from '../service/codes/batches.ts';
import { doubtsOf } from '../service/codes/doubts.ts';
import { codesKeyFile, makeCodesKey, readCodesKey } from '../service/codes/key.ts';
import { cardDeck } from '../service/codes/print/deck.ts';
import { openBatch } from '../service/codes/reprint.ts';
import { batchFrom, batchRequest } from '../service/codes/schema.ts';
import { settleAll } from '../service/codes/settle.ts';
import { type FoundFile, findFiles } from '../service/codes/sizes.ts';
import { findBatch, listBatches, listCodes, revokeCodes } from '../service/codes/store.ts';
import { UserError } from '../user-error.ts';
import { readNumber, repeatable } from './arguments.ts';
import { registerCodeAttempts } from './code-attempts.ts';
import { addOutputOptions, type OutputOptions, readPaper, writeCodes } from './codes-output.ts';
import { day, printTable } from './print.ts';

export function registerCodes(program: Command): void {
  const group = program
    .command('codes')
    .description('make codes for people to type, and see what became of them');
  const creating = group
    .command('create')
    .description(
      'make a batch of codes; they are written, by default as CSV to standard output, and then stored',
    )
    .addOption(
      repeatable(
        '--files <path>',
        'what a code gives: a path as in links, such as /files/album.zip; may be given again',
      ).makeOptionMandatory(),
    )
    .requiredOption('--label <text>', 'what you call the batch')
    .option('--title <text>', 'what cards and pages say (default: the label)')
    .option('--count <number>', 'how many codes', readNumber, 1)
    .option('--uses <number>', 'copies that each code gives', readNumber, 1)
    .option('--length <number>', 'random characters of a code, 5 bits each, 8 to 26', readNumber, 13)
    .option('--until <time>', 'the last day (2027-12-31), or a time, at which a code can be redeemed')
    .option('--artwork <file>', 'a square JPEG or PNG for cards and pages')
    .option('--force', 'make it though NGINX has no such file, or refuses it, or --until is over');
  addOutputOptions(creating).action(create);
  const printing = group
    .command('print')
    .description('write the codes of a batch again, without those that were redeemed or revoked')
    .argument('<batch>', 'the batch id, as listed');
  addOutputOptions(printing).action(printAgain);
  group.command('list').description('every batch: codes, uses held and spent').action(list);
  group
    .command('show')
    .description('a batch, code by code')
    .argument('<batch>', 'the batch id, as listed')
    .action(show);
  group
    .command('revoke')
    .description('refuse a batch, or one code of it, from now on, with what was redeemed')
    .argument('<batch>', 'the batch id, as listed')
    .option('--serial <number>', 'only the code with this number on its card', readNumber)
    .action(revoke);
  registerCodeAttempts(group);
  group
    .command('key')
    .description('make the key that codes are stored under, where there is none yet')
    .action(async (_options, command: Command) => {
      const file = codesKeyFile(configOf(command));
      const made = await makeCodesKey(file);
      process.stdout.write(
        made
          ? `Made ${file}. Keep a copy: no code can be redeemed without it.\n`
          : `${file} is there already and stays as it is.\n`,
      );
    });
}

type CreateOptions = OutputOptions & {
  files: string[];
  label: string;
  title?: string;
  count: number;
  uses: number;
  length: number;
  until?: string;
  artwork?: string;
  force?: boolean;
};

async function create(options: CreateOptions, command: Command): Promise<void> {
  const config = configOf(command);
  const { zone } = config.reports;
  const origin = requireOrigin(config);
  const paper = readPaper(options.paper);
  const request = await readRequest(options, zone);
  const key = await keyForCodes(config);
  const { current } = await readKeyRing(config.keysFile, config.keysRing);
  const files = await findFiles(request.paths, current, origin, Date.now());
  if (options.force !== true) refuseDoubts(request, files);
  for (const { path, size } of files)
    if (size === null) process.stderr.write(`Note: ${origin} does not answer for ${path}; is it there?\n`);
  const batch = await drawBatch(request, Date.now());
  const sizes = files.map(({ size }) => size);
  // What would keep the batch from being stored is found before its codes are written.
  await withDatabase(config, (sql) => sql`select sealed from codes limit 0`);
  const deck = cardDeck(batch, request, origin, zone);
  const written = await writeCodes(options, deck, paper, 'No batch was made.');
  await withDatabase(config, (sql) =>
    storeBatch(sql, key, batch, request, sizes, config.codes.reprint),
  ).catch((error: unknown) => {
    process.stderr.write(
      `Batch ${batch.id} may not be stored. If \`tallygate codes show ${batch.id}\` does not find it, its codes are not valid: ${written}.\n`,
    );
    throw error;
  });
  const again = config.codes.reprint
    ? `To write them again: tallygate codes print ${batch.id}`
    : 'They are stored nowhere else: keep them.';
  process.stderr.write(`Batch ${batch.id}: ${batch.codes.length} codes. ${again}\n`);
}

async function printAgain(id: string, options: OutputOptions, command: Command): Promise<void> {
  const config = configOf(command);
  const origin = requireOrigin(config);
  const paper = readPaper(options.paper);
  const keyFile = codesKeyFile(config);
  const key = await readCodesKey(keyFile);
  const found = await withDatabase(config, (sql) => openBatch(sql, key, id));
  if (found.kind === 'missing') throw noBatch(id);
  if (found.kind === 'other_key')
    throw new UserError(
      `the codes of batch ${id} were sealed under another key than ${keyFile}`,
      'Put that key back from its backup.',
    );
  if (found.kind === 'gone')
    throw new UserError(
      `no code of batch ${id} can be written again`,
      'Each was redeemed, revoked, is over, or was made while [codes] reprint was off. Make new ones: tallygate codes create',
    );
  const { batch, terms, omitted } = found;
  await writeCodes(options, cardDeck(batch, terms, origin, config.reports.zone), paper, '');
  process.stderr.write(
    `Batch ${id}: ${batch.codes.length} codes written again, ${omitted} left out because they were redeemed or revoked.\n`,
  );
}

async function keyForCodes(config: Config): Promise<Buffer> {
  const file = codesKeyFile(config);
  if (await makeCodesKey(file)) {
    process.stderr.write(`Made ${file}. Keep a copy: no code can be redeemed without it.\n`);
  }
  return readCodesKey(file);
}

const optionOf: Record<string, string> = { paths: '--files', redeem_until: '--until' };

async function readRequest(options: CreateOptions, zone: string): Promise<BatchRequest> {
  const parsed = batchRequest.safeParse({
    label: options.label,
    ...(options.title !== undefined && { title: options.title }),
    paths: options.files,
    count: options.count,
    uses: options.uses,
    length: options.length,
    ...(options.until !== undefined && { redeem_until: options.until }),
  });
  if (!parsed.success) {
    const lines = parsed.error.issues.map(
      ({ path, message }) => `  ${optionOf[String(path[0])] ?? `--${String(path[0])}`}: ${message}`,
    );
    throw new UserError(`no batch can be made of this:\n${lines.join('\n')}`);
  }
  const request = batchFrom(parsed.data, '', zone);
  if (options.artwork === undefined) return request;
  const artwork = artworkFrom(await readFile(options.artwork));
  if (!artwork) throw new UserError(`${options.artwork} is no JPEG or PNG of up to ${artworkLimits}`);
  return { ...request, artwork };
}

function refuseDoubts(request: BatchRequest, files: readonly FoundFile[]): void {
  const lines = doubtsOf(request, files, Date.now()).map(
    ({ field, detail }) => `  ${optionOf[field]}: ${detail}`,
  );
  if (lines.length > 0)
    throw new UserError(
      `cards of this batch would open nothing:\n${lines.join('\n')}`,
      'To make it all the same: --force',
    );
}

async function list(_options: unknown, command: Command): Promise<void> {
  const batches = await withDatabase(configOf(command), async (sql) => {
    await settleAll(sql, Date.now());
    return listBatches(sql, 1000);
  });
  printTable(
    ['batch', 'label', 'codes', 'uses', 'held', 'spent', 'made', 'until', 'revoked'],
    batches.map((batch) => [
      batch.id,
      batch.label,
      batch.codes,
      batch.uses,
      batch.held,
      batch.spent,
      day(batch.created_at),
      day(batch.redeem_until),
      day(batch.revoked_at),
    ]),
  );
}

async function show(id: string, _options: unknown, command: Command): Promise<void> {
  const { batch, codes } = await withDatabase(configOf(command), async (sql) => {
    await settleAll(sql, Date.now());
    return { batch: await findBatch(sql, id), codes: await listCodes(sql, id, 10_000) };
  });
  if (!batch) throw noBatch(id);
  process.stdout.write(`${batch.label}: ${batch.spent} spent, ${batch.held} held of ${batch.uses} uses\n`);
  for (const path of batch.paths) process.stdout.write(`  ${path}\n`);
  printTable(
    ['number', 'uses', 'held', 'spent', 'revoked'],
    codes.map((code) => [code.serial, code.uses, code.held, code.spent, day(code.revoked_at)]),
  );
}

async function revoke(id: string, options: { serial?: number }, command: Command): Promise<void> {
  const done = await withDatabase(configOf(command), (sql) => revokeCodes(sql, id, options.serial));
  if (!done) throw noBatch(options.serial === undefined ? id : `${id} with a code number ${options.serial}`);
  const what = options.serial === undefined ? `Batch ${id}` : `Code ${options.serial} of batch ${id}`;
  process.stdout.write(`${what} is revoked.\n`);
}

const noBatch = (id: string) =>
  new UserError(`there is no batch ${id}`, 'List them with: tallygate codes list');
