// The whole command line as one object. Every command is a file beside this one. main.ts runs it.
//
// What serves pages and API, and what reports, is most of the program, and to load it takes longer than most commands run.
// So the commands that need it are loaded when they are asked for.

import { Command } from 'commander';
import { registerAgent } from './agent.ts';
import { registerClasses } from './classes.ts';
import { registerDistribute } from './distribute.ts';
import { registerDrained } from './drained.ts';
import { addExamples } from './examples.ts';
import { registerExplain } from './explain.ts';
import { registerIngest } from './ingest.ts';
import { registerKeys } from './keys.ts';
import { registerLink } from './link.ts';
import { registerMigrate } from './migrate.ts';
import { registerRebuild } from './rebuild.ts';
import { registerSalts } from './salts.ts';
import { registerStatus } from './status.ts';

type Register = (program: Command) => void;

/** The commands that are loaded when they are asked for, by name. */
const apart: Readonly<Record<string, () => Promise<Register>>> = {
  serve: async () => (await import('./serve.ts')).registerServe,
  codes: async () => (await import('./codes.ts')).registerCodes,
  'api-keys': async () => (await import('./api-keys.ts')).registerApiKeys,
  report: async () => (await import('./report.ts')).registerReport,
  export: async () => (await import('./export.ts')).registerExport,
  doctor: async () => (await import('./doctor.ts')).registerDoctor,
};

/**
 * The program. It throws CommanderError where commander would end the process.
 * @param word the first of the command line. If it names a command, this one is there, and others may be missing; if not,
 *   all are
 */
export async function createProgram(word = ''): Promise<Command> {
  const program = assemble(new Map());
  if (program.commands.some((command) => command.name() === word)) return program;
  const wanted = Object.entries(apart).filter(([name]) => !Object.hasOwn(apart, word) || name === word);
  return assemble(
    new Map(await Promise.all(wanted.map(async ([name, load]) => [name, await load()] as const))),
  );
}

function assemble(loaded: ReadonlyMap<string, Register>): Command {
  const program = new Command('tallygate')
    .description('Signed, expiring download links and honest download counts for NGINX')
    .version(process.env.TALLYGATE_VERSION ?? 'development')
    .option(
      '-c, --config <file>',
      'configuration file (default: $TALLYGATE_CONFIG or /etc/tallygate/tallygate.toml)',
    )
    .showHelpAfterError('(run with --help to see what this command takes)')
    .exitOverride();

  program.commandsGroup('What runs all the time:');
  loaded.get('serve')?.(program);
  registerAgent(program);

  program.commandsGroup('Who may download:');
  registerLink(program);
  registerExplain(program);
  registerKeys(program);
  loaded.get('codes')?.(program);
  loaded.get('api-keys')?.(program);

  program.commandsGroup('What was downloaded:');
  registerIngest(program);
  registerRebuild(program);
  registerClasses(program);
  loaded.get('report')?.(program);
  loaded.get('export')?.(program);

  program.commandsGroup('Looking after it:');
  registerDistribute(program);
  loaded.get('doctor')?.(program);
  registerStatus(program);
  registerMigrate(program);
  registerSalts(program);
  registerDrained(program);
  return addExamples(program);
}
