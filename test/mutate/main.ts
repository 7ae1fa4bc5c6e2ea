// `make mutate`: puts one small fault at a time into a copy of the checkout and runs the tests that should notice.
// Not Stryker: its current release needs a newer Node than we support, and what it changes must run in Node; a record is
// written in njs's engine.

import { type ChildProcess, fork } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UserError } from '../../app/user-error.ts';
import { type Found, hashOf, keep, recall, type Survived } from './kept.ts';
import { type Mutant, mutantsOf } from './mutants.ts';
import { processorSeconds } from './processor-seconds.ts';
import { survivors } from './survivors.ts';
import { type Target, targets } from './targets.ts';

// A part of a file's path, and if wanted its lines: njs/link/forms.ts:12,40
const [only = '', lines] = (process.argv[2] ?? '').split(':');
const onlyLines = lines?.split(',').map(Number);
const folder = mkdtempSync(path.join(tmpdir(), 'tallygate-mutate-'));
const root = path.join(folder, 'checkout');
const explained = survivors.flatMap(({ file, lines: explainedLines }) =>
  Object.entries(explainedLines).flatMap(([source, changes]) =>
    changes.map((change) => ({ file, source, change })),
  ),
);
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
  const open: Survived[] = [];
  const looked = new Set<string>();
  for (const target of targets) {
    const files = target.files.filter((file) => file.includes(only));
    if (files.length === 0) continue;
    open.push(...(await survivorsOf({ ...target, files }, await hashOf(target))));
    for (const file of files) looked.add(file);
  }
  end();
  return judge(open, looked);
}

/** Says what is not settled: the exit code. */
function judge(open: readonly Survived[], looked: ReadonlySet<string>): number {
  const named = explained.filter(({ file }) => looked.has(file));
  const unexplained = open.filter((mutant) => {
    const at = named.findIndex((known) => isSame(known, mutant));
    if (at >= 0) named.splice(at, 1);
    return at < 0;
  });
  // A part of a file does not tell.
  const stale = onlyLines ? [] : named;
  for (const { file, source, change } of stale)
    say(`killed or gone, take it out of test/mutate/survivors.ts: ${file}  ${source}  ${change}`);
  say(`${open.length} survived, ${unexplained.length} of them not explained in test/mutate/survivors.ts`);
  return unexplained.length + stale.length === 0 ? 0 : 1;
}

async function survivorsOf(target: Target, hash: string): Promise<Survived[]> {
  const open: Survived[] = [];
  let usual = 0;
  for (const file of target.files) {
    let found = onlyLines ? undefined : recall(file, hash);
    if (found) for (const mutant of found.survived) tell(mutant);
    else {
      usual ||= (await begin(target)) * 5 + 5;
      found = await run(file, target, usual);
      if (!onlyLines) keep(file, hash, found);
    }
    open.push(...found.survived);
    say(`${file}: ${found.mutants - found.survived.length} of ${found.mutants} killed`);
  }
  end();
  return open;
}

async function run(file: string, target: Target, patience: number): Promise<Found> {
  const code = readFileSync(file, 'utf8');
  const mutants = mutantsOf(file, code).filter(({ line }) => onlyLines?.includes(line) ?? true);
  const survived: Survived[] = [];
  for (const mutant of mutants) {
    if (!(await survives(mutant, code, target, patience))) continue;
    const { line, source, change } = mutant;
    survived.push({ file, line, source, change });
    tell(mutant);
  }
  writeFileSync(path.join(root, file), code);
  await expectGreen(target);
  return { mutants: mutants.length, survived };
}

function tell(mutant: Survived): void {
  say(`${isExplained(mutant) ? 'explained' : 'SURVIVED '} ${mutant.file}:${mutant.line}  ${mutant.change}`);
  say(`            ${mutant.source}`);
}

async function survives(mutant: Mutant, code: string, target: Target, patience: number): Promise<boolean> {
  const file = path.join(root, mutant.file);
  writeFileSync(file, code.slice(0, mutant.start) + mutant.replacement + code.slice(mutant.end));
  const answer = await ask(file, patience);
  if (answer !== 'late') return answer === 'survived';
  // It runs in a circle: noticed. The next one needs a vitest that does not.
  writeFileSync(file, code);
  await begin(target);
  return false;
}

/** Starts a vitest; resolves to how much of a processor the tests take, in seconds. */
async function begin(target: Target): Promise<number> {
  end();
  session = fork(
    path.join(path.resolve('dist'), 'mutate-session.js'),
    [root, target.servers ? 'servers' : 'pure', ...target.tests],
    {
      cwd: root,
      detached: true,
      env: { ...process.env, TMPDIR: folder },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
  );
  await new Promise((resolve, reject) => {
    session?.once('message', resolve).once('exit', () => reject(new Error('vitest ended at its start')));
  });
  const before = processorSeconds(session?.pid);
  await expectGreen(target);
  return processorSeconds(session?.pid) - before;
}

/** What fails without a mutant too has noticed none. */
async function expectGreen(target: Target): Promise<void> {
  if ((await ask(undefined, 600)) !== 'survived')
    throw new UserError(`These tests fail without any mutant: ${target.tests.join(' ')}`, 'Run: make test');
}

/** @param patience seconds of a processor: on a busy machine a clock would call the slow ones endless */
function ask(changed: string | undefined, patience: number): Promise<string> {
  const { pid } = session ?? {};
  const before = processorSeconds(pid);
  return new Promise((resolve) => {
    const looking = setInterval(() => {
      if (processorSeconds(pid) - before > patience) done('late');
    }, 1000);
    const done = (answer: string) => {
      clearInterval(looking);
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

function isExplained(mutant: Survived): boolean {
  return explained.some((known) => isSame(known, mutant));
}

function isSame(a: Omit<Survived, 'line'>, b: Survived): boolean {
  return a.file === b.file && a.source === b.source && a.change === b.change;
}
