// NGINX's log_format: $variables and the text between them.

import { words } from '../../../nginx/words.ts';
import { UserError } from '../../../user-error.ts';
import { meaningOf } from './fields.ts';
import { type Field, joinTokens, type Layout, type Token, usual } from './format.ts';

/** Whether this is a format in NGINX's language. */
export function isNginxFormat(text: string): boolean {
  return /\$\{?[a-z_]/i.test(text);
}

/**
 * The layout of a log_format string, or of the whole directive as it stands in a configuration.
 * @throws UserError where it cannot be told where one field ends and the next begins
 */
export function nginxLayout(text: string): Layout {
  const { format, escaping } = directiveOf(text);
  const tokens: Token[] = [];
  let end = 0;
  for (const found of format.matchAll(/\$(?:\{([A-Za-z0-9_]+)\}|([A-Za-z0-9_]+))/g)) {
    tokens.push(format.slice(end, found.index), nginxField(found[1] ?? found[2] ?? ''));
    end = found.index + found[0].length;
  }
  tokens.push(format.slice(end));
  return {
    ...usual,
    tokens: joinTokens(tokens.filter((token) => token !== '')),
    escaping: escaping === 'none' ? 'none' : 'backslash',
  };
}

/** NGINX's $uri is decoded; in other logs a field of that name is not. */
export function nginxField(name: string): Field {
  const variable = name.toLowerCase();
  if (variable === 'uri') return { name: '$uri', kind: 'path', rank: 0 };
  const { kind, rank } = meaningOf(variable) ?? { kind: 'other' as const, rank: 0 };
  // The headers that a client sent are $http_NAME; $sent_http_NAME and $upstream_http_NAME are others.
  return { name: `$${name}`, kind, rank };
}

/** The string of a log_format directive; a string stays as it is. */
export function formatString(text: string): string {
  return directiveOf(text).format;
}

function directiveOf(text: string): { format: string; escaping: string } {
  const trimmed = text.trim();
  if (!/^log_format\s/.test(trimmed)) return { format: trimmed, escaping: '' };
  const args = [...words(trimmed)].filter(({ mark }) => !mark).map((word) => word.text);
  const escaping = args[2]?.startsWith('escape=') ? args[2].slice('escape='.length) : '';
  const format = args.slice(escaping === '' ? 2 : 3).join('');
  if (format === '')
    throw new UserError('the log_format names no variables', 'Give the whole directive, or its string.');
  return { format, escaping };
}
