// `tallygate codes create|list|show|revoke|attempts|key`: codes for people to type.

import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { configOf, requireOrigin } from '../config/load.ts';
import { withDatabase } from '../db/connection.ts';
import { readKeyRing } from '../keys/file.ts';
import { type BatchRequest, createBatch } from '../service/codes/batches.ts';
import { codesKeyFile, makeCodesKey, readCodesKey } from '../service/codes/key.ts';
import { type CardDeck, cardDeck, deckCsv } from '../service/codes/output.ts';
import { artworkFrom, batchFrom, batchRequest } from '../service/codes/schema.ts';
import { settleAll } from '../service/codes/settle.ts';
import type { Paper } from '../service/codes/sheet.ts';
import { fileSizes } from '../service/codes/sizes.ts';
import { findBatch, listBatches, listCodes, revokeCodes } from '../service/codes/store.ts';
import { cardsPage } from '../service/pages/cards.tsx';
import { UserError } from '../user-error.ts';
import { readNumber, repeatable } from './arguments.ts';
import { registerCodeAttempts } from './code-attempts.ts';
import { day, printTable } from './print.ts';

export function registerCodes(program: Command): void {
  const group = program
    .command('codes')
    .description('make codes for people to type, and see what became of them');
  group
    .command('create')
    .description('make a batch of codes; they are written this once, by default as CSV to standard output')
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
    .option('--until <time>', 'last moment a code can be redeemed, such as 2027-12-31T23:59:59Z')
    .option('--artwork <file>', 'a square JPEG or PNG for cards and pages')
    .option('--csv <file>', 'write the codes as CSV')
    .option('--cards <file>', 'write a page of cards to print (HTML)')
    .option('--pdf <file>', 'write the cards as PDF')
    .option('--paper <size>', 'a4 or letter', 'a4')
    .action(create);
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

type CreateOptions = {
  files: string[];
  label: string;
  title?: string;
  count: number;
  uses: number;
  length: number;
  until?: string;
  artwork?: string;
  csv?: string;
  cards?: string;
  pdf?: string;
  paper: string;
};

async function create(options: CreateOptions, command: Command): Promise<void> {
  const config = configOf(command);
  const origin = requireOrigin(config);
  const paper = readPaper(options.paper);
  const request = await readRequest(options);
  const keyFile = codesKeyFile(config);
  if (await makeCodesKey(keyFile)) {
    process.stderr.write(`Made ${keyFile}. Keep a copy: no code can be redeemed without it.\n`);
  }
  const key = await readCodesKey(keyFile);
  const { current } = await readKeyRing(config.keysFile, config.keysRing);
  const sizes = await fileSizes(request.paths, current, origin, Date.now());
  request.paths.forEach((path, n) => {
    if (sizes[n] === null)
      process.stderr.write(`Note: ${origin} does not answer for ${path}; is it there?\n`);
  });
  if (options.pdf) await writePdf(sampleDeck(request, origin), paper);
  const batch = await withDatabase(config, (sql) => createBatch(sql, key, request, sizes, Date.now()));
  const deck = cardDeck(batch, request, origin);
  await write(options, deck, request.label, paper);
  process.stderr.write(
    `Batch ${batch.id}: ${deck.cards.length} codes. They are stored nowhere else: keep them.\n`,
  );
}

async function readRequest(options: CreateOptions): Promise<BatchRequest> {
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
    const names: Record<string, string> = { paths: '--files', redeem_until: '--until' };
    const lines = parsed.error.issues.map(
      ({ path, message }) => `  ${names[String(path[0])] ?? `--${String(path[0])}`}: ${message}`,
    );
    throw new UserError(`no batch can be made of this:\n${lines.join('\n')}`);
  }
  const request = batchFrom(parsed.data, '');
  if (options.artwork === undefined) return request;
  const artwork = artworkFrom(await readFile(options.artwork));
  if (!artwork) throw new UserError(`${options.artwork} is no JPEG or PNG of up to 512 KiB`);
  return { ...request, artwork };
}

/** Writes every output that was asked for. It overwrites no file: that could hold other codes. */
async function write(options: CreateOptions, deck: CardDeck, label: string, paper: Paper): Promise<void> {
  const csv = deckCsv(deck, label);
  if (!options.csv && !options.cards && !options.pdf) process.stdout.write(csv);
  const outputs: [string | undefined, () => Promise<string | Uint8Array>][] = [
    [options.csv, async () => csv],
    [options.cards, async () => String(await cardsPage(deck, paper))],
    [options.pdf, () => writePdf(deck, paper)],
  ];
  for (const [file, content] of outputs) {
    if (file === undefined) continue;
    try {
      await writeFile(file, await content(), { flag: 'wx', mode: 0o600 });
    } catch (error) {
      // The codes exist already. Print them, or nobody will ever know them.
      process.stdout.write(csv);
      throw new UserError(
        `cannot write ${file} (${(error as NodeJS.ErrnoException).code}); the codes stand above as CSV`,
        'Name files that do not exist yet.',
        { cause: error },
      );
    }
  }
}

async function writePdf(deck: CardDeck, paper: Paper): Promise<Uint8Array> {
  const { deckPdf } = await import('../service/codes/pdf.ts');
  return deckPdf(deck, paper);
}

// A title or picture that cannot be put into a PDF must be found before the codes are made.
function sampleDeck(request: BatchRequest, origin: string): CardDeck {
  return cardDeck(
    { id: '', createdAt: new Date(0), codes: [{ serial: 1, code: 'SAMPLE' }] },
    request,
    origin,
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

function readPaper(text: string): Paper {
  const paper = text.toLowerCase();
  if (paper === 'a4' || paper === 'letter') return paper;
  throw new UserError(`there is no paper "${text}" here`, 'Use --paper a4 or --paper letter.');
}

const noBatch = (id: string) =>
  new UserError(`there is no batch ${id}`, 'List them with: tallygate codes list');
