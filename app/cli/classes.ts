// `tallygate classes test`: what a user agent is taken for, and by which rule, under the configuration of today.

import { buffer } from 'node:stream/consumers';
import type { Command } from 'commander';
import { configOf } from '../config/load.ts';
import { type Classified, createClassifier } from '../ingest/record/classify.ts';
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
    .argument('<agents...>', 'user agents, each in quotes; "-" reads them from standard input, one to a line')
    .option('--json', 'print them as JSON')
    .action(async (agents: string[], options: { json?: true }, command: Command) => {
      const classify = createClassifier(configOf(command).classes);
      const texts = agents.length === 1 && agents[0] === '-' ? await readLines() : agents;
      const told = texts.map((agent) => ({ agent, ...shown(classify(agent)) }));
      if (options.json) process.stdout.write(`${JSON.stringify(told, null, 2)}\n`);
      else {
        printTable(
          ['class', 'client', 'rule', 'user agent'],
          told.map((row) => [row.class, row.client, row.rule, row.agent].map(printable)),
        );
      }
    });
}

function shown({ class: visitorClass, client, rule, dropped }: Classified) {
  return { class: dropped ? 'dropped' : visitorClass, client, rule };
}

async function readLines(): Promise<string[]> {
  const text = (await buffer(process.stdin)).toString('utf8');
  return text.replace(/\r?\n$/, '').split(/\r?\n/);
}
