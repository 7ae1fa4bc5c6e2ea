// The site's configuration: are our includes where they belong, and does nothing around them undo what they do?

import path from 'node:path';
import { type Finding, ok, warning, wrong } from './finding.ts';
import { type Directive, parseDump, walk } from './nginx-tree.ts';

/** Which block each include belongs in. */
const homes: Readonly<Record<string, string>> = {
  'http.conf': 'http',
  'service.conf': 'server',
};
const defaultHome = 'location';

type Place = { name: string; around: readonly Directive[] };

/** @param includes the folder of our includes, as in `nginx -T` */
export function examineSite(dump: string, includes: string): Finding[] {
  const tree = parseDump(dump);
  const places: Place[] = [];
  for (const { directive, around } of walk(tree)) {
    const name = includedName(directive, includes, dump);
    if (name && !directive.file.startsWith(`${includes}/`)) places.push({ name, around });
  }
  if (!places.some(({ name }) => name === 'http.conf')) {
    const remedy =
      'Put "include tallygate/http.conf;" into the http block: nginx/example.conf shows a whole site.';
    return [wrong("the site's configuration does not include tallygate/http.conf", remedy)];
  }
  const gated = places.filter(({ name }) => /^(protect|count|mint)/.test(name));
  return [
    ...misplaced(places),
    ...(gated.length === 0
      ? [warning('no location is protected or counted', 'Put "include tallygate/protect.conf;" into one.')]
      : [ok(`includes: ${summary(places)}`)]),
    ...(places.some(({ name }) => name === 'service.conf')
      ? []
      : [
          warning(
            'no server includes tallygate/service.conf',
            'Without it the API and the pages are not reached.',
          ),
        ]),
    ...gated.flatMap(opened),
    ...logging(tree),
  ];
}

function includedName({ name, args }: Directive, includes: string, dump: string): string | undefined {
  if (name !== 'include') return undefined;
  const file = args[0] ?? '';
  const main = /^# configuration file (.+):$/m.exec(dump)?.[1] ?? '';
  const absolute = path.resolve(path.dirname(main), file);
  return path.dirname(absolute) === includes ? path.basename(absolute) : undefined;
}

function misplaced(places: readonly Place[]): Finding[] {
  return places.flatMap(({ name, around }) => {
    const home = homes[name] ?? defaultHome;
    const here = around.at(-1)?.name ?? 'the top level';
    return here === home
      ? []
      : [wrong(`tallygate/${name} is included in ${here}`, `It belongs in a ${home} block.`)];
  });
}

/** What a location inside a protected one, or a directive beside the include, opens again. */
function opened({ name, around }: Place): Finding[] {
  const location = around.at(-1);
  if (!location || !name.startsWith('protect')) return [];
  const title = `location ${location.args.join(' ')}`;
  const findings: Finding[] = [];
  const direct = location.block ?? [];
  const own = direct.filter(({ file }) => file === location.file);
  for (const nested of own.filter(({ name: kind }) => kind === 'location')) {
    const gated = nested.block?.some(
      (d) => d.name === 'include' && /\/?tallygate\/protect/.test(d.args[0] ?? ''),
    );
    if (!gated)
      findings.push(
        wrong(
          `location ${nested.args.join(' ')} inside the protected ${title} is open to everyone`,
          'NGINX passes no "if" on to inner locations: include tallygate/protect.conf there too.',
        ),
      );
  }
  const beside = own.filter(({ name: kind, args }) => kind === 'access_log' && args[0] !== 'off');
  if (beside.length > 0)
    findings.push(
      warning(
        `${title} also writes ${beside[0]?.args[0]}`,
        'If its format holds the request line, signatures stand in that log: leave out the query string.',
      ),
    );
  return findings;
}

/** Lines held back in a buffer are lost with the worker, and torn over two records on disk. */
function logging(tree: readonly Directive[]): Finding[] {
  const buffered = [...walk(tree)].filter(
    ({ directive: { name, args } }) =>
      name === 'access_log' &&
      /^tallygate_/.test(args[1] ?? '') &&
      args.some((arg) => /^(buffer|gzip|flush)(=|$)/.test(arg)),
  );
  if (buffered.length === 0) return [ok('the download log is unbuffered')];
  return [
    wrong(
      `the download log is buffered (${buffered[0]?.directive.file})`,
      'Take buffer=, gzip and flush= away: a worker that dies takes its buffer along. Unbuffered costs nothing.',
    ),
  ];
}

function summary(places: readonly Place[]): string {
  const names = [...new Set(places.map(({ name }) => name))];
  return names.map((name) => `${name} x ${places.filter((place) => place.name === name).length}`).join(', ');
}
