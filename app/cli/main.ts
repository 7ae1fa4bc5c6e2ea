#!/usr/bin/env node
// The `tallygate` program. It runs a command, and turns an error into a message and an exit code.

import { CommanderError } from 'commander';
import { UserError } from '../user-error.ts';
import { unwritable, watchOutput } from './output.ts';
import { createProgram } from './program.ts';

watchOutput(report);
try {
  await (await createProgram(process.argv[2])).parseAsync();
} catch (error) {
  process.exitCode = report(unwritable('a file', error));
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
