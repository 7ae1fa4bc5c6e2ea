import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { createProgram } from '../../app/cli/program.ts';
import { tallygate } from '../harness/program.ts';

const program = await createProgram();

function everyCommand(command: Command = program): Command[] {
  return [command, ...command.commands.flatMap((sub) => everyCommand(sub))];
}

test('every command says what it is for', () => {
  for (const command of everyCommand()) expect(command.description(), command.name()).not.toBe('');
});

test('a command is loaded alone as it is among all', async () => {
  const all = program.commands.map((command) => command.name());
  expect(all.length).toBeGreaterThan(15);
  for (const name of all) {
    const alone = (await createProgram(name)).commands.find((command) => command.name() === name);
    const among = program.commands.find((command) => command.name() === name);
    const help = (command?: Command) => command && everyCommand(command).map((one) => one.helpInformation());
    expect(help(alone), name).toEqual(help(among));
  }
  for (const word of ['', '--help', 'help', '-c', 'constructor', 'migarte'])
    expect((await createProgram(word)).commands.map((command) => command.name())).toEqual(all);
});

test('no option takes more than its own value: one that did would swallow the files behind it', () => {
  const greedy = everyCommand().flatMap((command) => command.options.filter(({ variadic }) => variadic));
  expect(greedy.map(({ flags }) => flags)).toEqual([]);
});

test('an unknown command ends with 2 and names the one that was meant', async () => {
  const outcome = await tallygate(['migarte']);
  expect(outcome.code).toBe(2);
  expect(outcome.stderr).toContain("unknown command 'migarte'");
  expect(outcome.stderr).toContain('Did you mean migrate?');
  expect(outcome.stderr).toContain('--help');
});

test('what must be a number is refused where it is none', async () => {
  const options = everyCommand().flatMap((command) =>
    command.options.filter(({ flags }) =>
      /[<[](number|minutes|seconds|bytes|segments|rows)[>\]]/.test(flags),
    ),
  );
  expect(options.length).toBeGreaterThan(10);
  for (const { flags, parseArg } of options)
    for (const text of ['x', '1x', '-1', '1.5', ''])
      expect(() => parseArg?.(text, undefined), flags).toThrow('It must be a whole number');
  const outcome = await tallygate(['drained', '--quiet-for', 'x']);
  expect(outcome.code).toBe(2);
  expect(outcome.stderr).toContain("option '--quiet-for <minutes>' argument 'x' is invalid");
  expect(outcome.stderr).toContain('--help');
});

test('--version is the version of package.json', async () => {
  const { version } = await import('../../package.json', { with: { type: 'json' } });
  expect((await tallygate(['--version'])).stdout.trim()).toBe(version);
});
