// The whole command line as one object. Every command is a file beside this one. main.ts runs it.

import { Command } from 'commander';
import { registerAgent } from './agent.ts';
import { registerApiKeys } from './api-keys.ts';
import { registerClasses } from './classes.ts';
import { registerCodes } from './codes.ts';
import { registerDistribute } from './distribute.ts';
import { registerDoctor } from './doctor.ts';
import { registerDrained } from './drained.ts';
import { addExamples } from './examples.ts';
import { registerExplain } from './explain.ts';
import { registerExport } from './export.ts';
import { registerIngest } from './ingest.ts';
import { registerKeys } from './keys.ts';
import { registerLink } from './link.ts';
import { registerMigrate } from './migrate.ts';
import { registerRebuild } from './rebuild.ts';
import { registerReport } from './report.ts';
import { registerSalts } from './salts.ts';
import { registerServe } from './serve.ts';
import { registerStatus } from './status.ts';

/** The program with all its commands. It throws CommanderError where commander would end the process. */
export function createProgram(): Command {
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
  registerServe(program);
  registerAgent(program);

  program.commandsGroup('Who may download:');
  registerLink(program);
  registerExplain(program);
  registerKeys(program);
  registerCodes(program);
  registerApiKeys(program);

  program.commandsGroup('What was downloaded:');
  registerIngest(program);
  registerRebuild(program);
  registerClasses(program);
  registerReport(program);
  registerExport(program);

  program.commandsGroup('Looking after it:');
  registerDistribute(program);
  registerDoctor(program);
  registerStatus(program);
  registerMigrate(program);
  registerSalts(program);
  registerDrained(program);
  return addExamples(program);
}
