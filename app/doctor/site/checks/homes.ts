// Is each of our includes in a block of the right kind?

import { walk } from '../../../nginx/tree.ts';
import { type Finding, wrong } from '../../finding.ts';
import { isOurs, ourInclude, placeOf, type Site } from '../model.ts';

const homes: Readonly<Record<string, readonly string[]>> = {
  'http.conf': ['http'],
  'service.conf': ['server'],
  'pages.conf': ['server'],
  'segments.conf': ['server'],
  'mint-upstream.conf': ['server'],
  'missing.conf': ['location', 'server'],
};

/** Where all other includes belong. */
const location = ['location'];

export function misplaced(site: Site): Finding[] {
  return [...walk(site.tree)].flatMap(({ directive, around }) => {
    const name = ourInclude(site, directive);
    if (name === undefined || isOurs(site, directive)) return [];
    const here = around.at(-1)?.name ?? 'the top level';
    const home = homes[name] ?? location;
    if (home.includes(here)) return [];
    return wrong(
      `tallygate/${name} is included in ${here} (${placeOf(site, directive)})`,
      `It belongs in a ${home.join(' or ')} block: ${home[0]} ... { include tallygate/${name}; }`,
    );
  });
}
