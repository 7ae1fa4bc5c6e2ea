// Which paths a link can be for. NGINX signs $uri, the normalised path: a path that normalising would change can have none.

import { isText } from '../../njs/link/forms.ts';
import { UserError } from '../user-error.ts';

/** What is wrong with a decoded `path`. Undefined if a link can be for it. */
export function pathFault(path: string): string | undefined {
  if (!path.startsWith('/')) return 'does not start with /';
  if (path.length > 4096) return 'is longer than 4096 characters';
  if (path.includes('//')) return 'holds an empty segment (//)';
  if (/\/\.\.?(?:\/|$)/.test(path)) return 'holds a . or .. segment';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that are refused
  if (/[\x00-\x1f\x7f]/.test(path)) return 'holds a control character';
  if (!path.isWellFormed() || !isText(path)) return 'is not valid Unicode';
  return undefined;
}

/** @throws UserError when no link can be for `path` */
export function requirePath(path: string): void {
  const fault = pathFault(path);
  if (fault)
    throw new UserError(
      `the path ${JSON.stringify(path)} ${fault}`,
      'Use the path as NGINX sees it, decoded.',
    );
}
