// The installer. `make install`, `make deploy`, `make rollback`, `make undeploy` and `make releases` run it. Every release
// brings its own, so that a host can go back to it without a checkout.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { UserError } from '../user-error.ts';
import { nginxUser } from './accounts.ts';
import { Changes } from './changes.ts';
import { deploy, installRelease } from './deploy.ts';
import { type Layout, layoutOf } from './layout.ts';
import { readManifest } from './manifest.ts';
import { stageRelease, verifyRelease } from './release.ts';
import { undeploy } from './undeploy.ts';

type Options = { prefix: string; destdir: string; node: string; nginxUser: string };

const say = (text: string) => process.stdout.write(`${text}\n`);
const program = new Command('deploy')
  .option('--prefix <folder>', 'where programs go', absolute, '/usr/local')
  .option('--destdir <folder>', 'put everything below this folder', absolute, '')
  .option('--node <file>', 'the node that the units run', absolute, process.execPath)
  .option('--nginx-user <name>', "the user of NGINX's workers", nginxUser())
  .exitOverride();

program
  .command('stage')
  .argument('<folder>')
  .description('gather a release from a built checkout')
  .action(async (folder: string) => {
    say(await stageRelease(path.join(import.meta.dirname, '..'), path.resolve(folder)));
  });

program
  .command('install')
  .description('put the files of this release in place, and nothing else: for packages')
  .action(async () => {
    const layout = layoutFor('staged');
    const changes = new Changes();
    try {
      const release = import.meta.dirname;
      await installRelease(
        { layout, release, say },
        await verifyRelease(release),
        await readManifest(layout),
        changes,
      );
    } catch (error) {
      await changes.undo();
      throw error;
    }
    say(
      changes.paths.length > 0
        ? `installed ${changes.paths.length} files and folders`
        : 'nothing has changed',
    );
  });

program
  .command('deploy')
  .description('install this release, migrate, reload NGINX, restart the units, and see that the gate holds')
  .option('--config <file>', 'the configuration to begin with, where there is none')
  .option('--services <list>', 'which of serve and agent run here', services, ['serve', 'agent'])
  .option('--keep <number>', 'how many releases to keep', positive, 5)
  .option('--probe <host:port>', 'where the running NGINX is asked; default: the port of origin on loopback')
  .action(async (options: { config?: string; services: string[]; keep: number; probe?: string }) => {
    const { config: seed, ...rest } = options;
    await deploy({
      ...rest,
      layout: layoutFor('lived-in'),
      release: import.meta.dirname,
      seed,
      migrates: true,
      say,
    });
  });

program
  .command('rollback')
  .argument('[release]', 'its id; default: the one before the current one')
  .description('go back to a release that is kept on this host')
  .option('--services <list>', 'which of serve and agent run here', services, ['serve', 'agent'])
  .option('--probe <host:port>', 'where the running NGINX is asked')
  .action(async (id: string | undefined, options: { services: string[]; probe?: string }) => {
    const layout = layoutFor('lived-in');
    const { history } = await readManifest(layout);
    const target = id ?? history.filter((candidate) => candidate !== history.at(-1)).at(-1);
    const release = target && layout.at(`${layout.lib}/releases/${target}`);
    if (!release || !existsSync(release))
      throw new UserError(
        target ? `the release ${target} is not kept here` : 'no earlier release is kept here',
        'List them with: make releases',
      );
    await deploy({ ...options, layout, release, keep: Number.POSITIVE_INFINITY, migrates: false, say });
    say('the database keeps its schema: migrations only add, and earlier releases work on it');
  });

program
  .command('releases')
  .description('the releases kept on this host; the current one is marked')
  .action(async () => {
    const { history } = await readManifest(layoutFor('lived-in'));
    for (const id of new Set(history)) say(`${id === history.at(-1) ? '*' : ' '} ${id}`);
  });

program
  .command('undeploy')
  .description('remove the program and the includes; keys, configuration, logs and database stay')
  .action(() => undeploy(layoutFor('lived-in'), say));

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 2) : 1;
  if (!(error instanceof CommanderError)) report(error);
}

function layoutFor(kind: Layout['kind']): Layout {
  return layoutOf({ ...program.opts<Options>(), kind, service: '127.0.0.1:8377' });
}

function report(error: unknown): void {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`tallygate: ${error.message}\n${error.remedy ? `  ${error.remedy}\n` : ''}`);
}

function absolute(text: string): string {
  if (text !== '' && !path.isAbsolute(text)) throw new InvalidArgumentError('It must be an absolute path.');
  // No slash at the end: paths are appended to it.
  return text.replace(/\/+$/, '');
}

function positive(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 on.');
  return Number(text);
}

function services(text: string): string[] {
  const names = text.split(/[ ,]+/).filter((name) => name !== '');
  if (names.some((name) => name !== 'serve' && name !== 'agent'))
    throw new InvalidArgumentError('Name serve, agent or both.');
  return names;
}
