// Reads the configuration: one TOML file, and the environment, which wins. All mistakes are reported at once, each with
// its line and what would be right.

import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { parse, TomlError } from 'smol-toml';
import { UserError } from '../user-error.ts';
import { readVariable, settings } from './environment.ts';
import { describeMistake } from './mistakes.ts';
import { type Config, configSchema } from './schema.ts';

export type { Config } from './schema.ts';

const defaultFile = '/etc/tallygate/tallygate.toml';

type Environment = Readonly<Record<string, string | undefined>>;
type Tree = { [key: string]: unknown };

/**
 * The settings from `file` (or $TALLYGATE_CONFIG, or /etc/tallygate/tallygate.toml where there is one) and
 * the environment, which wins. `DATABASE_URL` is read where TALLYGATE_DATABASE_URL is not set.
 * @throws UserError that names every mistake
 */
export function loadConfig(options: { file?: string | undefined; env?: Environment } = {}): Config {
  const env = options.env ?? process.env;
  const named = options.file ?? env.TALLYGATE_CONFIG;
  const file = named ?? defaultFile;
  const text = readText(file, named !== undefined);
  const tree = parseToml(text, file);
  const variables = applyEnvironment(tree, env);

  const result = configSchema.safeParse(tree);
  if (result.success) return freeze(camelCase(result.data)) as Config;
  const mistakes = result.error.issues.flatMap((issue) => describeMistake(issue, { file, text, variables }));
  const [count, them] = mistakes.length === 1 ? ['a mistake', 'it'] : [`${mistakes.length} mistakes`, 'them'];
  throw new UserError(
    `the configuration has ${count}:\n${mistakes.map((mistake) => `  ${mistake}`).join('\n')}`,
    `Mend ${them} there and run the command again.`,
  );
}

/** The configuration for a command of the command line, honouring the program's --config. */
export function configOf(command: Command): Config {
  return loadConfig({ file: command.optsWithGlobals<{ config?: string }>().config });
}

/**
 * The origin that links are built from.
 * @throws UserError when it is not set
 */
export function requireOrigin(config: Config): string {
  if (config.origin !== undefined) return config.origin;
  throw new UserError(
    'origin is not set, and links are built from it',
    'Set origin = "https://your.host" in the configuration file, or TALLYGATE_ORIGIN in the environment.',
  );
}

function readText(file: string, mustExist: boolean): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' && !mustExist) return '';
    throw new UserError(
      `cannot read the configuration file ${file} (${code})`,
      code === 'ENOENT'
        ? 'Name an existing file with --config or TALLYGATE_CONFIG.'
        : 'Check its permissions.',
      { cause: error },
    );
  }
}

function parseToml(text: string, file: string): Tree {
  try {
    return parse(text) as Tree;
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const reason = error.message.split('\n')[0]?.replace(/^Invalid TOML document: /, '');
    throw new UserError(
      `${file}:${error.line}: not valid TOML: ${reason}`,
      'Text stands in quotes, lists in square brackets: see https://toml.io.',
    );
  }
}

/** Puts the environment's settings over those of the file. Returns which variable each setting came from. */
function applyEnvironment(tree: Tree, env: Environment): Map<string, string> {
  const used = new Map<string, string>();
  for (const { path, variable, kind } of settings()) {
    const name =
      variable === 'TALLYGATE_DATABASE_URL' && env[variable] === undefined ? 'DATABASE_URL' : variable;
    const text = env[name];
    if (text === undefined) continue;
    let table = tree;
    for (const section of path.slice(0, -1)) table = sectionOf(table, section);
    table[path.at(-1) as string] = readVariable(text, kind);
    used.set(path.join('.'), name);
  }
  return used;
}

/** A section of the file. A missing one is made. One that is no table is left as it is: the schema refuses it. */
function sectionOf(tree: Tree, name: string): Tree {
  tree[name] ??= {};
  const section = tree[name];
  return typeof section === 'object' && section !== null ? (section as Tree) : {};
}

function camelCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCase);
  if (typeof value !== 'object' || value === null) return value;
  const camel = (key: string) => key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [camel(key), camelCase(inner)]));
}

function freeze(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
}
