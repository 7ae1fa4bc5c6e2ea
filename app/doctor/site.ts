// The site's configuration: are our includes where they belong, and does nothing around them undo what they do?

import { walk } from '../nginx/tree.ts';
import { type Finding, ok, warning, wrong } from './finding.ts';
import { checks } from './site/checks.ts';
import { isOurs, ourInclude, readSite, type Site } from './site/model.ts';

/**
 * @param dump what `nginx -T` prints
 * @param includes the folder of our includes, as in the dump
 * @param prefix NGINX's prefix: relative names of root and alias are below it
 */
export function examineSite(dump: string, includes: string, prefix?: string): Finding[] {
  const site = readSite(dump, includes, prefix);
  const names = includesOf(site);
  if (!names.includes('http.conf'))
    return [
      wrong(
        "the site's configuration does not include tallygate/http.conf",
        'Put "include tallygate/http.conf;" into the http block: nginx/example.conf shows a whole site.',
      ),
    ];
  return [...summary(names), ...checks.flatMap((check) => check(site))];
}

/** The names of our includes, once for each time the site's own files name them. */
function includesOf(site: Site): string[] {
  return [...walk(site.tree)].flatMap(({ directive }) =>
    isOurs(site, directive) ? [] : (ourInclude(site, directive) ?? []),
  );
}

function summary(names: readonly string[]): Finding[] {
  const times = (name: string) => names.filter((other) => other === name).length;
  const list = [...new Set(names)].map((name) => `${name} x ${times(name)}`).join(', ');
  return [
    names.some((name) => /^(protect|count|mint)/.test(name))
      ? ok(`includes: ${list}`)
      : warning('no location is protected or counted', 'Put "include tallygate/protect.conf;" into one.'),
    ...(names.includes('service.conf')
      ? []
      : [
          warning(
            'no server includes tallygate/service.conf',
            'Without it the API and the pages are not reached.',
          ),
        ]),
  ];
}
