// `make run` and `make smoke`: everything on loopback, in a folder that goes when it ends.

import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UserError } from '../user-error.ts';
import { follow } from './follow.ts';
import { screen } from './screen.ts';
import { smoke } from './smoke.ts';
import { startStack } from './stack.ts';

const say = (text: string) => process.stdout.write(`${text}\n`);

/** Resolves when a person (or a service manager) wants us to stop. */
const interrupted = new Promise<'interrupted'>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => resolve('interrupted'));
});

process.exitCode = await main(process.argv.includes('--smoke'));

async function main(isSmoke: boolean): Promise<number> {
  const dir = await mkdtemp(path.join(tmpdir(), 'tallygate-run-'));
  // NGINX's workers and PostgreSQL run as users of their own and must reach what lies below.
  await chmod(dir, 0o755);
  try {
    const starting = startStack(dir, {
      databaseUrl: process.env.DATABASE_URL,
      progress: (step) => say(`starting ${step} ...`),
    });
    const stack = await Promise.race([starting, interrupted]);
    if (stack === 'interrupted') {
      await starting.then((started) => started.stop()).catch(() => {});
      return 130;
    }
    if (!isSmoke) say(screen(stack, `Ctrl-C stops it and removes ${dir}.`));
    const followers = isSmoke ? [] : await follow(stack.logs);
    try {
      const work = isSmoke ? smoke(stack, say) : stack.failure;
      const end = await Promise.race([work, stack.failure, interrupted]);
      return end === 'interrupted' ? (isSmoke ? 130 : 0) : end;
    } finally {
      for (const follower of followers) await follower.stop();
      await stack.stop();
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`tallygate: ${error.message}\n${error.remedy ? `  ${error.remedy}\n` : ''}`);
    return 1;
  } finally {
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}
