// `tallygate doctor`: does everything on this host fit together?

import type { Command } from 'commander';
import { examine } from '../doctor/examine.ts';
import { formatFindings } from '../doctor/finding.ts';

type Options = { config?: string; nginxConf?: string; probe?: string; json?: true };

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('examine this host: NGINX, keys, logs, database, clock; ends with 1 if anything is wrong')
    .option('--nginx-conf <file>', "NGINX's configuration, where it is not its default")
    .option(
      '--probe <host:port>',
      'where the running NGINX listens (default: the port of origin, on loopback)',
    )
    .option('--json', 'print the findings as JSON')
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const findings = await examine(options);
      process.stdout.write(
        options.json ? `${JSON.stringify(findings, null, 2)}\n` : formatFindings(findings),
      );
      if (findings.some(({ status }) => status === 'wrong')) process.exitCode = 1;
    });
}
