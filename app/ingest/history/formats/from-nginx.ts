// The format and host of a log from the configuration of the NGINX that wrote it.

import path from 'node:path';
import { readConfiguration } from '../../../nginx/read-files.ts';
import { type Directive, walk } from '../../../nginx/tree.ts';
import { UserError } from '../../../user-error.ts';
import { isHostName } from './host-name.ts';

/** How one log is written: its format as `--format` takes it, and the server's name where only one server writes it. */
export type WrittenAs = { format: string; host?: string };

type AccessLog = { path: string; format: string; host: string | undefined };

/**
 * Reads a configuration. What comes out tells of a log file, under its rotated names too, how it is written.
 * @throws UserError where the configuration cannot be read, or later for a log that it does not name
 */
export async function formatsInNginx(main: string): Promise<(log: string) => WrittenAs> {
  const tree = await readConfiguration(main);
  const logs = accessLogs(tree);
  const formats = logFormats(tree);
  return (log) => {
    const [first, ...others] = closest(
      log,
      logs.filter((candidate) => isLogOf(log, candidate.path)),
    );
    if (!first) throw notNamed(main, log, logs);
    if (others.some(({ format }) => format !== first.format)) {
      throw new UserError(
        `${main} has ${log} written in several formats: ${[...new Set([first, ...others].map(({ format }) => format))].join(', ')}`,
        'Give the one it is in with --format.',
      );
    }
    const format = formats.get(first.format);
    if (format === undefined)
      throw new UserError(`${main} has no log_format ${first.format}`, 'Give the format with --format.');
    const hosts = new Set([first, ...others].map(({ host }) => host));
    return { format, ...(hosts.size === 1 && first.host !== undefined ? { host: first.host } : {}) };
  };
}

/** Those in the same folder, else those that name the log without a variable, else all. */
function closest(log: string, written: readonly AccessLog[]): readonly AccessLog[] {
  const exact = written.filter((candidate) => path.resolve(log).startsWith(candidate.path));
  const plain = written.filter((candidate) => !candidate.path.includes('$'));
  return [exact, plain].find((some) => some.length > 0) ?? written;
}

function logFormats(tree: readonly Directive[]): Map<string, string> {
  const formats = new Map([['combined', 'combined']]);
  for (const { directive } of walk(tree)) {
    if (directive.name !== 'log_format') continue;
    const [name = '', ...rest] = directive.args;
    const isRaw = rest[0] === 'escape=none';
    const text = rest.filter((arg, index) => index > 0 || !arg.startsWith('escape=')).join('');
    formats.set(name, isRaw ? `log_format ${name} escape=none ${quoted(text)};` : text);
  }
  return formats;
}

const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;

function accessLogs(tree: readonly Directive[]): AccessLog[] {
  return [...walk(tree)]
    .filter(
      ({ directive }) =>
        directive.name === 'access_log' && !/^(?:off$|syslog:)/.test(directive.args[0] ?? ''),
    )
    .map(({ directive: { args }, around }) => ({
      path: args[0] ?? '',
      format: args[1] === undefined || args[1].includes('=') || args[1] === 'gzip' ? 'combined' : args[1],
      host: nameOf(around.find(({ name }) => name === 'server')),
    }));
}

/** What a server is called: its first name that is no pattern. */
function nameOf(server: Directive | undefined): string | undefined {
  const names = server?.block?.filter(({ name }) => name === 'server_name').flatMap(({ args }) => args) ?? [];
  return names.find((name) => isHostName(name))?.toLowerCase();
}

/** Whether a file is this log, or what rotation made of it: access.log.1, access.log-20240310.gz. */
function isLogOf(file: string, log: string): boolean {
  const [name, own] = [path.basename(file), path.basename(log)];
  // A name with variables stands for many files.
  const source = own.replace(/[.+^()|[\]\\*?]/g, '\\$&').replace(/\$\{?\w+\}?/g, '[^/]+');
  return new RegExp(`^${source}(?:[.-].+)?$`).test(name);
}

function notNamed(main: string, log: string, logs: readonly AccessLog[]): UserError {
  const known = [...new Set(logs.map((one) => one.path))].slice(0, 10).join(', ') || 'none';
  return new UserError(
    `no access_log in ${main} writes ${log}; it writes ${known}`,
    'Give the format with --format, or the configuration of the server that wrote the log.',
  );
}
