// Logs. Ours must not be buffered, and those of the site should hold no signature.

import { type Directive, walk } from '../../../nginx/tree.ts';
import { type Finding, ok, warning, wrong } from '../../finding.ts';
import { gatedOf, own } from '../blocks.ts';
import { isOurs, placeOf, type Site, titleOf } from '../model.ts';

/** Lines in a buffer are lost when the worker dies, and a full buffer tears a line in two. */
export function buffered(site: Site): Finding[] {
  const found = [...walk(site.tree)]
    .map(({ directive }) => directive)
    .find(
      ({ name, args }) =>
        name === 'access_log' &&
        /^tallygate_/.test(args[1] ?? '') &&
        args.some((arg) => /^(buffer|gzip|flush)(=|$)/.test(arg)),
    );
  if (!found) return [ok('the download log is unbuffered')];
  return [
    wrong(
      `the download log is buffered (${placeOf(site, found)})`,
      'Take buffer=, gzip and flush= away: a worker that dies takes its buffer along. Unbuffered costs nothing.',
    ),
  ];
}

/** Logs that the site itself writes behind the gate. */
export function signatures(site: Site): Finding[] {
  return gatedOf(site).flatMap((location) => {
    const log = own(location.directive, 'access_log').find(
      (directive) => !isOurs(site, directive) && directive.args[0] !== 'off' && holdsRequest(site, directive),
    );
    if (!log) return [];
    return [
      warning(
        `${titleOf(site, location)} also writes ${log.args[0]}, and with the request line each signature`,
        'Give it a log_format without $request, $request_uri and $http_cookie: $request_method $uri says as much.',
      ),
    ];
  });
}

function holdsRequest(site: Site, { args }: Directive): boolean {
  const name = args[1] && !/[=]/.test(args[1]) ? args[1] : 'combined';
  const format = own(site.http, 'log_format').find((directive) => directive.args[0] === name);
  return !format || /\$\{?(request|request_uri|http_cookie)\b/.test(format.args.slice(1).join(''));
}
