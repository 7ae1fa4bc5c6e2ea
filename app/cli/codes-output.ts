// Where `tallygate codes create` and `print` write codes: CSV, a page of cards, PDF.

import { type FileHandle, open, rm } from 'node:fs/promises';
import type { Command } from 'commander';
import { deckCsv } from '../service/codes/print/csv.ts';
import type { CardDeck } from '../service/codes/print/deck.ts';
import { printDeck } from '../service/codes/print/print.ts';
import type { Paper } from '../service/codes/print/sheet.ts';
import { UserError } from '../user-error.ts';
import { printAll, unwritable } from './output.ts';

export type OutputOptions = { csv?: string; cards?: string; pdf?: string; paper: string };

export function addOutputOptions(command: Command): Command {
  return command
    .option('--csv <file>', 'write the codes as CSV')
    .option('--cards <file>', 'write a page of cards to print (HTML)')
    .option('--pdf <file>', 'write the cards as PDF')
    .option('--paper <size>', 'a4 or letter', 'a4');
}

export function readPaper(text: string): Paper {
  const paper = text.toLowerCase();
  if (paper === 'a4' || paper === 'letter') return paper;
  throw new UserError(`there is no paper "${text}" here`, 'Use --paper a4 or --paper letter.');
}

/**
 * Writes every output that was asked for, all or none, and waits until the disk or the reader has it.
 * @param otherwise what is said of the codes when they cannot be written
 * @returns where they are
 */
export async function writeCodes(
  options: OutputOptions,
  deck: CardDeck,
  paper: Paper,
  otherwise: string,
): Promise<string> {
  const { csv, cards, pdf } = options;
  const files: [string, () => string | Promise<Uint8Array>][] = [];
  if (csv !== undefined) files.push([csv, () => deckCsv(deck)]);
  if (cards !== undefined) files.push([cards, () => printDeck({ deck, form: 'html', paper })]);
  if (pdf !== undefined) files.push([pdf, () => printDeck({ deck, form: 'pdf', paper })]);
  const made: string[] = [];
  try {
    for (const [file, content] of files) await writeNew(file, await content(), made);
    if (files.length === 0) await printAll(deckCsv(deck));
  } catch (error) {
    for (const file of made) await rm(file, { force: true });
    throw explain(error, otherwise);
  }
  return files.length === 0 ? 'those above' : `those in ${made.join(', ')}`;
}

/** It overwrites no file: that could hold other codes. */
async function writeNew(file: string, content: string | Uint8Array, made: string[]): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'wx', 0o600);
    made.push(file);
    await handle.writeFile(content);
    await handle.sync();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const plain = unwritable(file, error);
    if (plain !== error) throw plain;
    const remedy = code === 'EEXIST' ? 'Name files that do not exist yet.' : 'Name files that you may write.';
    throw new UserError(`cannot write ${file} (${code})`, remedy, { cause: error });
  } finally {
    await handle?.close();
  }
}

function explain(error: unknown, otherwise: string): unknown {
  const plain = unwritable('the codes', error);
  if (!(plain instanceof UserError) || otherwise === '') return plain;
  return new UserError(plain.message, `${otherwise} ${plain.remedy ?? ''}`.trim(), { cause: error });
}
