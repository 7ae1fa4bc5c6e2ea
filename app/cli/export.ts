// `tallygate export DIR`: writes the pages as files, for sites that do not run the service.

import { mkdir } from 'node:fs/promises';
import { SingleBar } from 'cli-progress';
import type { Command } from 'commander';
import { configOf } from '../config/load.ts';
import { withDatabase } from '../db/connection.ts';
import { exportPages } from '../export/export.ts';
import { UserError } from '../user-error.ts';

export function registerExport(program: Command): void {
  program
    .command('export')
    .description('write the pages as plain HTML files: DIR/private, and DIR/public where folders are public')
    .argument('<dir>', 'where to; made if it is not there')
    .action(async (dir: string, _options: unknown, command: Command) => {
      const config = configOf(command);
      await mkdir(dir, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
        throw new UserError(
          `cannot make the folder ${dir} (${error.code})`,
          'Name one that you may write to.',
        );
      });
      const bar = new SingleBar({
        format: 'pages {bar} {value}/{total}',
        noTTYOutput: false,
        stream: process.stderr,
      });
      let begun = false;
      const progress = (written: number, total: number) => {
        if (!begun) bar.start(total, 0);
        begun = true;
        bar.setTotal(total);
        bar.update(written);
      };
      const work = withDatabase(config, (sql) => exportPages(sql, config, dir, progress), 4);
      const pages = await work.finally(() => begun && bar.stop());
      process.stdout.write(`${pages.private} private pages in ${dir}/private\n`);
      if (pages.public > 0) process.stdout.write(`${pages.public} public pages in ${dir}/public\n`);
    });
}
