// Settings of the site that our includes hide, and settings of ours that inner locations hide. NGINX inherits some
// directives only into a block that has none of its own.

import { type Directive, written } from '../../../nginx/tree.ts';
import { type Finding, warning } from '../../finding.ts';
import { effective, gateOf, isCounted, own } from '../blocks.ts';
import { headOf, isOurs, type Location, ourInclude, placeOf, type Site, titleOf } from '../model.ts';

/** Those directives, and what a location must have for them to matter. access_log is replaced on purpose. */
const listed: Readonly<Record<string, RegExp>> = {
  add_header: /./,
  add_trailer: /./,
  error_page: /./,
  limit_conn: /./,
  limit_req: /./,
  allow: /./,
  deny: /./,
  sub_filter: /./,
  auth_request: /./,
  proxy_set_header: /^proxy_pass$/,
  proxy_hide_header: /^proxy_pass$/,
  proxy_pass_header: /^proxy_pass$/,
  fastcgi_param: /^fastcgi_pass$/,
  fastcgi_hide_header: /^fastcgi_pass$/,
  uwsgi_param: /^uwsgi_pass$/,
  uwsgi_hide_header: /^uwsgi_pass$/,
  scgi_param: /^scgi_pass$/,
  grpc_set_header: /^grpc_pass$/,
  grpc_hide_header: /^grpc_pass$/,
};

export function hiddenByOurs(site: Site): Finding[] {
  // The same lines may be lost in many locations. They are reported once.
  const lost = new Map<string, { directive: string; locations: Location[]; include: string }>();
  for (const location of site.servers.flatMap(({ all }) => all)) {
    if (isOurs(site, location.directive)) continue;
    for (const name of Object.keys(listed)) {
      const lines = hiddenLines(site, location, name);
      if (lines.length === 0) continue;
      const key = lines.map(written).join(' ');
      const entry = lost.get(key) ?? {
        directive: name,
        locations: [],
        include: includeOf(site, location, name),
      };
      entry.locations.push(location);
      lost.set(key, entry);
    }
  }
  return [...lost].map(([lines, { directive, locations, include }]) =>
    warning(
      `the ${directive} around ${listOf(site, locations)} is lost there, because ${include} has its own`,
      directive === 'auth_request'
        ? `There is one auth_request in a location: without limits to the request, write include tallygate/protect.conf; instead.`
        : `Repeat behind the include: ${lines}`,
    ),
  );
}

function listOf(site: Site, locations: readonly Location[]): string {
  return locations.map((location) => titleOf(site, location)).join(', ');
}

function hiddenLines(site: Site, location: Location, name: string): Directive[] {
  const here = own(location.directive, name);
  if (here.length === 0 || !here.every((directive) => isOurs(site, directive))) return [];
  if (!matters(location, name) || isMerged(location, name)) return [];
  const outer = effective({ chain: location.chain.slice(1) }, name);
  const ours = new Set(here.map(written));
  return outer.filter((directive) => !isOurs(site, directive) && !ours.has(written(directive)));
}

function matters(location: Location, name: string): boolean {
  const needed = listed[name] as RegExp;
  const names = (one: Location): string[] => [
    ...(one.directive.block ?? []).flatMap(({ name, block = [] }) => [
      name,
      ...block.map((inner) => inner.name),
    ]),
    ...one.locations.flatMap(names),
  ];
  return needed.source === '.' || names(location).some((one) => needed.test(one));
}

/** Whether the site has NGINX inherit them all the same: NGINX 1.29.3 and later can. */
function isMerged(location: Pick<Location, 'chain'>, name: string): boolean {
  return effective(location, `${name}_inherit`)[0]?.args[0] === 'merge';
}

/** Which include of the location brought the lines in. */
function includeOf(site: Site, { directive: { block = [] } }: Location, name: string): string {
  let include = '';
  for (const directive of block) {
    const found = ourInclude(site, directive);
    if (found && !isOurs(site, directive)) include = found;
    if (directive.name === name && isOurs(site, directive)) break;
  }
  return `tallygate/${include}`;
}

/** The other way round: settings of ours that an inner block of the site hides. */
export function hidingOurs(site: Site): Finding[] {
  return site.servers
    .flatMap(({ all }) => all)
    .filter((location) => !isOurs(site, location.directive))
    .filter((location) => gateOf(site, location) || isCounted(site, location))
    .flatMap((location) => [
      ...hiding(site, location.directive, location.chain.slice(1), titleOf(site, location)),
      ...own(location.directive, 'if')
        .filter((block) => own(block, 'return').length === 0)
        .flatMap((block) =>
          hiding(
            site,
            block,
            location.chain,
            `if ${block.args.join(' ')} in ${headOf(location)} (${placeOf(site, block)})`,
          ),
        ),
    ]);
}

function hiding(site: Site, block: Directive, outer: readonly Directive[], title: string): Finding[] {
  if (isOurs(site, block)) return [];
  const names = [...Object.keys(listed).filter((name) => name !== 'auth_request'), 'access_log'];
  return names.flatMap((name) => {
    const here = own(block, name);
    if (here.length === 0 || here.some((directive) => isOurs(site, directive))) return [];
    if (isMerged({ chain: [block, ...outer] }, name)) return [];
    const ours = effective({ chain: outer }, name).filter((directive) => isOurs(site, directive));
    if (ours.length === 0) return [];
    if (name === 'access_log')
      return [
        warning(
          `downloads from ${title} are not recorded: it has an access_log of its own`,
          'Write into it: include tallygate/record.conf;',
        ),
      ];
    return [
      warning(
        `${title} has its own ${name}, and so not what the gate sets`,
        `Repeat there: ${ours.map(written).join(' ')}`,
      ),
    ];
  });
}
