#!/usr/bin/env node
// The `tallygate` program: runs a command, and puts what goes wrong into words and an exit code.

import { CommanderError } from 'commander';
import { UserError } from '../user-error.ts';
import { createProgram } from './program.ts';
import { registerAgent } from './agent.ts';
import { registerApiKeys } from './api-keys.ts';
import { registerCodes } from './codes.ts';
import { registerDoctor } from './doctor.ts';
import { registerDrained } from './drained.ts';
import { registerIngest } from './ingest.ts';
import { registerKeys } from './keys.ts';
import { registerMigrate } from './migrate.ts';
import { registerRebuild } from './rebuild.ts';
import { registerReport } from './report.ts';
import { registerSalts } from './salts.ts';
import { registerServe } from './serve.ts';
import { registerStatus } from './status.ts';

const program = new Command('tallygate')
  .description('Signed, expiring download links and honest download counts for NGINX')
  .version(process.env.TALLYGATE_VERSION ?? 'development')
  .option(
    '-c, --config <file>',
    'configuration file (default: $TALLYGATE_CONFIG or /etc/tallygate/tallygate.toml)',
  )
  .showHelpAfterError('(run with --help to see what this command takes)')
  .exitOverride();

registerServe(program);
registerApiKeys(program);
registerCodes(program);
registerKeys(program);
registerAgent(program);
registerDoctor(program);
registerDrained(program);
registerIngest(program);
registerMigrate(program);
registerReport(program);
registerRebuild(program);
registerStatus(program);
registerSalts(program);

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

function report(error: unknown): number {
  // Commander has already printed what was wrong; help and version end with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UserError) {
    process.stderr.write(`tallygate: ${error.message}\n`);
    if (error.remedy) process.stderr.write(`  ${error.remedy}\n`);
    return 1;
  }
  process.stderr.write(
    `tallygate: unexpected fault: ${error instanceof Error ? error.stack : String(error)}\n`,
  );
  return 70;
}
