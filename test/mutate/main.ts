// `make mutate`: puts one small fault at a time into a copy of the checkout and runs the tests that should notice.
// Not Stryker: its current release needs a newer Node than we support, and what it changes must run in Node; a record is
// written inside NGINX.

import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UserError } from '../../app/user-error.ts';
import { type Mutant, mutantsOf } from './mutants.ts';
import { survivors } from './survivors.ts';
import { type Target, targets } from './targets.ts';

const only = process.argv[2] ?? '';
const folder = mkdtempSync(path.join(tmpdir(), 'tallygate-mutate-'));
const root = path.join(folder, 'checkout');
const say = (text: string) => process.stdout.write(`${text}\n`);
let session: ChildProcess | undefined;

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
process.on('exit', () => {
  end();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});
process.exitCode = await main();

async function main(): Promise<number> {
  // NGINX's workers and PostgreSQL run as users of their own and must reach what lies below.
  chmodSync(folder, 0o755);
  const configs = ['.tsconfig.base.json', 'tsconfig.json', 'package.json'];
  for (const name of ['app', 'dist', 'nginx', 'njs', 'sql', 'test', ...configs])
    cpSync(name, path.join(root, name), { recursive: true });
  symlinkSync(path.resolve('node_modules'), path.join(root, 'node_modules'));
  const open: Mutant[] = [];
  for (const target of targets) {
    const files = target.files.filter((file) => file.includes(only));
    if (files.length > 0) open.push(...(await survivorsOf({ ...target, files })));
  }
  end();
  const unexplained = open.filter((mutant) => !isExplained(mutant));
  say(`${open.length} survived, ${unexplained.length} of them not explained in test/mutate/survivors.ts`);
  return unexplained.length === 0 ? 0 : 1;
}

async function survivorsOf(target: Target): Promise<Mutant[]> {
  const usual = (await begin(target)) * 5 + 10_000;
  const open: Mutant[] = [];
  for (const file of target.files) {
    const code = readFileSync(file, 'utf8');
    const mutants = mutantsOf(file, code);
    let killed = 0;
    for (const mutant of mutants) {
      if (!(await survives(mutant, code, target, usual))) {
        killed += 1;
        continue;
      }
      open.push(mutant);
      say(`${isExplained(mutant) ? 'explained' : 'SURVIVED '} ${file}:${mutant.line}  ${mutant.change}`);
      say(`            ${mutant.source}`);
    }
    writeFileSync(path.join(root, file), code);
    say(`${file}: ${killed} of ${mutants.length} killed`);
  }
  if (target.build) build(target.build);
  end();
  return open;
}

async function survives(mutant: Mutant, code: string, target: Target, patience: number): Promise<boolean> {
  const file = path.join(root, mutant.file);
  writeFileSync(file, code.slice(0, mutant.start) + mutant.replacement + code.slice(mutant.end));
  if (target.build && !build(target.build)) return false;
  const answer = await ask(file, patience);
  if (answer !== 'late') return answer === 'survived';
  // It runs in a circle: noticed. The next one needs a vitest that does not.
  writeFileSync(file, code);
  if (target.build) build(target.build);
  await begin(target);
  return false;
}

/** Starts a vitest; resolves to how long the tests take, in milliseconds. */
async function begin(target: Target): Promise<number> {
  end();
  session = fork(path.join(path.resolve('dist'), 'mutate-session.js'), [root, ...target.tests], {
    cwd: root,
    detached: true,
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await new Promise((resolve, reject) => {
    session?.once('message', resolve).once('exit', () => reject(new Error('vitest ended at its start')));
  });
  const start = performance.now();
  if ((await ask(undefined, 600_000)) !== 'survived')
    throw new UserError(`These tests fail without any mutant: ${target.tests.join(' ')}`, 'Run: make test');
  return performance.now() - start;
}

function ask(changed: string | undefined, patience: number): Promise<string> {
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve('late'), patience);
    const done = (answer: string) => {
      clearTimeout(late);
      resolve(answer);
    };
    session?.removeAllListeners().once('message', done);
    // A mutant may end it, too.
    session?.once('exit', () => done('late'));
    session?.send(changed ?? '');
  });
}

/** Ends vitest and what it started. */
function end(): void {
  session?.removeAllListeners();
  try {
    if (session?.pid) process.kill(-session.pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
  session = undefined;
}

function build(what: 'njs' | 'app'): boolean {
  try {
    execFileSync(process.execPath, [`${what}/build.mjs`], { cwd: root, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function isExplained({ file, source, change }: Mutant): boolean {
  return survivors.some((known) => known.file === file && known.source === source && known.change === change);
}
