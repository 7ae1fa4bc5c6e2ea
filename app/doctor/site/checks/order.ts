// What a gated location does before the gate. NGINX runs return, rewrite, break and if in their order.

import { type Directive, written } from '../../../nginx/tree.ts';
import { type Finding, warning, wrong } from '../../finding.ts';
import { gateOf, isCatchAll, own } from '../blocks.ts';
import { isOurs, type Location, ourInclude, type Site, titleOf } from '../model.ts';

export function aboveTheGate(site: Site): Finding[] {
  return site.servers
    .flatMap(({ all }) => all)
    .filter((location) => gateOf(site, location) === location && !isOurs(site, location.directive))
    .flatMap((location) => examine(site, location));
}

function examine(site: Site, location: Location): Finding[] {
  const block = location.directive.block ?? [];
  const at = block.findIndex((directive) => ourInclude(site, directive)?.startsWith('protect'));
  const include = written(block[at] as Directive);
  const above = block.slice(0, at).filter((directive) => !isOurs(site, directive));
  const title = titleOf(site, location);
  const answer = above.find(({ name }) => name === 'return');
  if (answer)
    return [
      wrong(`${title} answers before the gate is reached: ${written(answer)}`, `Put it above: ${include}`),
    ];
  const steps = above.flatMap((directive) =>
    directive.name === 'if' ? own(directive, 'rewrite', 'break') : [directive],
  );
  const away = steps.find(goesAway);
  const ends = steps.find(
    ({ name, args }) => name === 'break' || (name === 'rewrite' && args[2] === 'break'),
  );
  return [
    ...(away
      ? [
          warning(
            `${title} goes elsewhere before the gate is asked: ${written(away)}`,
            `Unless that is meant, put it above: ${include}`,
          ),
        ]
      : []),
    ...(ends
      ? [
          warning(
            `${title} shows NGINX's bare 401 page to whom the gate refuses, because of what stands above it: ${written(ends)}`,
            `Put it above: ${include}`,
          ),
        ]
      : []),
  ];
}

/** A redirect of some old addresses does no harm above the gate. */
function goesAway({ name, args: [from = '', to = '', flag] }: Directive): boolean {
  if (name !== 'rewrite' || flag === 'break') return false;
  const redirects = flag === 'redirect' || flag === 'permanent' || /^(https?:\/\/|\$scheme)/.test(to);
  return !redirects || isCatchAll(from);
}
