// Values in a request for a link that are valid each but not together.

import { coveredPrefix } from '../../../njs/link/covered.ts';
import type { LinkForm } from '../../link/sign.ts';
import { isFolder } from '../links/path.ts';

export type AskedTerms = {
  path?: string | undefined;
  paths?: readonly string[] | undefined;
  ttl: number;
  finish_ttl?: number | undefined;
  filename?: string | undefined;
  prefix?: number | undefined;
  form: LinkForm;
};

export type TermsIssue = { code: 'custom'; path: (keyof AskedTerms)[]; message: string; input: unknown };

/** What signing would refuse (app/link/sign.ts), and what is nearly always a mistake. It names the request's fields. */
export function mistakesIn(asked: AskedTerms): TermsIssue[] {
  const { ttl, finish_ttl, filename, prefix, form } = asked;
  const paths = asked.paths ?? (asked.path === undefined ? [] : [asked.path]);
  const outside = prefix === undefined ? undefined : paths.find((path) => coveredPrefix(path, prefix) === '');
  const wrong: [wrong: boolean, field: keyof AskedTerms, message: string][] = [
    [finish_ttl !== undefined && finish_ttl < ttl, 'finish_ttl', 'must be at least ttl'],
    [
      outside !== undefined,
      'prefix',
      `${outside} does not lie below ${prefix} segments: name a path inside the folder, or end it with /`,
    ],
    [
      filename !== undefined && (prefix !== undefined || paths.some(isFolder)),
      'filename',
      'names a file, and the link is for a folder: leave it out',
    ],
    [
      filename !== undefined && form !== 'query' && form !== 'page',
      'filename',
      `does not go into a link of the form "${form}": leave it out, or use "query"`,
    ],
    [
      form === 'page' && (prefix !== undefined || paths.some(isFolder)),
      'form',
      'a page is for a file, and the link is for a folder: use another form',
    ],
    [
      form === 'cookie' && prefix === undefined && !paths.every(isFolder),
      'form',
      'a cookie opens a folder: end the path with /, set prefix, or use "path"',
    ],
  ];
  return wrong
    .filter(([isWrong]) => isWrong)
    .map(([, field, message]) => ({ code: 'custom', path: [field], message, input: asked[field] }));
}
