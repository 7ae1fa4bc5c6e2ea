// `tallygate classes test`: what a user agent is taken for, and by which rule, under the configuration of today.

import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import { configOf } from '../config/load.ts';
import { type Classified, createClassifier } from '../ingest/record/classify.ts';
import { UserError } from '../user-error.ts';
import { printable, printTable } from './print.ts';

export function registerClasses(program: Command): void {
  const classes = program
    .command('classes')
    .description('who is a person, a tool or a bot: told from the user agent');
  classes
    .command('test')
    .description(
      `say what user agents are taken for, and by which rule

person   a browser, or an app with a browser of its own
tool     a download tool, a library, a podcast app or a player: reports count it
bot      a crawler, a monitor, whoever has no user agent: kept apart
dropped  not counted at all

The first rule that fits decides: drop, deny and allow under [classes] in your configuration; then the names that Tallygate knows, its own and those of published lists; then what the user agent says of itself. Nothing is stored. What was counted before keeps its class until you run tallygate reclassify.`,
    )
    .argument('[agents...]', 'user agents, each in quotes; "-" reads them from standard input, one to a line')
    .option(
      '--file <file>',
      'count the classes of a list, one user agent to a line; lines that begin with # are remarks; again for more lists',
      (file, files: string[]) => [...files, file],
      [],
    )
    .addOption(new Option('--only <class>', 'print those alone').choices(classNames))
    .option('--json', 'print them as JSON')
    .action(async (agents: string[], options: Options, command: Command) => {
      if ((agents.length === 0) === (options.file.length === 0))
        throw new UserError(
          'nothing says which user agents',
          'Give user agents in quotes, "-" for standard input, or --file with a list, and one of these only.',
        );
      const classify = createClassifier(configOf(command).classes);
      const tell = (texts: readonly string[]) => texts.map((agent) => ({ agent, ...shown(classify(agent)) }));
      if (agents.length > 0) {
        print(tell(agents.length === 1 && agents[0] === '-' ? await readLines() : agents), options);
        return;
      }
      const lists = await Promise.all(
        options.file.map(async (file) => ({ file, told: tell(await readList(file)) })),
      );
      if (options.json || options.only)
        print(
          lists.flatMap(({ told }) => told),
          options,
        );
      else printCounts(lists);
    });
}

const classNames = ['person', 'tool', 'bot', 'dropped'];
type Options = { file: string[]; only?: string; json?: true };
type Told = { agent: string } & ReturnType<typeof shown>;

function print(told: readonly Told[], { only, json }: Options): void {
  const rows = told.filter((row) => only === undefined || row.class === only);
  if (json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  else {
    printTable(
      ['class', 'client', 'rule', 'user agent'],
      rows.map((row) => [row.class, row.client, row.rule, row.agent].map(printable)),
    );
  }
}

function printCounts(lists: readonly { file: string; told: readonly Told[] }[]): void {
  printTable(
    ['list', 'user agents', ...classNames, 'bots of 100'],
    lists.map(({ file, told }) => {
      const count = (name: string) => told.filter((row) => row.class === name).length;
      const share = told.length === 0 ? '-' : ((100 * count('bot')) / told.length).toFixed(2);
      return [printable(file), told.length, ...classNames.map(count), share];
    }),
  );
}

async function readList(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new UserError(`cannot read ${file}: ${(cause as Error).message}`, 'Name a file of user agents.', {
      cause,
    });
  });
  return text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));
}

function shown({ class: visitorClass, client, rule, dropped }: Classified) {
  return { class: dropped ? 'dropped' : visitorClass, client, rule };
}

async function readLines(): Promise<string[]> {
  const text = (await buffer(process.stdin)).toString('utf8');
  return text.replace(/\r?\n$/, '').split(/\r?\n/);
}
