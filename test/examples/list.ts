// Every example that the project shows: the blocks of its Markdown files, the commands in their sentences, and what
// --help prints. Taken from the files, so that a new one is run without anybody's doing.

import type { Command } from 'commander';
import { examples as helpExamples } from '../../app/cli/examples.ts';
import { createProgram } from '../../app/cli/program.ts';
import { codeOf, markdownFiles } from '../check/markdown.ts';

/** `language` is that of a block; `command` is one line for a shell. */
export type Example = { where: string; language: string; text: string };

const code = markdownFiles.flatMap(codeOf);
const program = await createProgram();

/** Blocks in which every line is a command of its own; a block that defines a function is a snippet. */
const isCommands = ({ language, text }: { language: string; text: string }) =>
  language === 'sh' && !text.includes('() {');

/** Blocks but for those of commands, and but for `text`, which is drawings. */
export const blocks: readonly Example[] = code
  .filter((one) => one.language !== 'inline' && one.language !== 'text' && !isCommands(one))
  .map(({ file, line, language, text }) => ({ where: `${file}:${line}`, language, text }));

const ofBlocks = code
  .filter(isCommands)
  .flatMap(({ file, line, text }) => commandsOf(`${file}:${line}`, text));
const inSentences = code
  .filter(({ language, text }) => language === 'inline' && /^(sudo )?(tallygate|make) /.test(text))
  .map(({ file, line, text }) => command(`${file}:${line}`, text));
const ofHelp = Object.entries(helpExamples).flatMap(([path, lines]) =>
  lines.map((line) => command(`tallygate ${path} --help`, line)),
);

/** Commands that only name what there is, such as `tallygate serve`. */
export const mentions: readonly Example[] = inSentences.filter(({ text }) => isMention(text));

/** Commands to run, each once however often it is shown. */
export const commands: readonly Example[] = unique([
  ...ofBlocks,
  ...inSentences.filter(({ text }) => !isMention(text)),
  ...ofHelp,
]);

/** The lines of a block, with those joined that a backslash ends. */
function commandsOf(where: string, text: string): Example[] {
  const lines = text.replaceAll('\\\n', ' ').split('\n');
  return lines.map((line) => command(where, line)).filter((one) => one.text !== '');
}

function command(where: string, line: string): Example {
  return { where, language: 'command', text: line.replace(/(^|\s+)# .*$/, '').trim() };
}

/** Whether nothing is said but a command's name: no argument, no option. */
function isMention(text: string): boolean {
  const [, ...words] = text.split(' ');
  return text.startsWith('tallygate ') && words.every((word) => /^[a-z-]+$/.test(word)) && isCommand(words);
}

/** Whether the program has a command of this name, such as `codes create`. */
export function isCommand(words: readonly string[]): boolean {
  let here: Command | undefined = program;
  for (const word of words) here = here?.commands.find((one) => one.name() === word);
  return here !== undefined;
}

function unique(all: readonly Example[]): Example[] {
  return [...new Map(all.map((one) => [one.text, one])).values()];
}
