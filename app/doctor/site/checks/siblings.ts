// Addresses of a gated location that another location of the same server takes.

import { type Finding, warning, wrong } from '../../finding.ts';
import { gatedOf, gateOf, opennessOf, passOf } from '../blocks.ts';
import { answering, locate } from '../locate.ts';
import { headOf, type Location, type Site, titleOf } from '../model.ts';
import { resourcesOf } from '../resource.ts';

export function takenAway(site: Site): Finding[] {
  return gatedOf(site)
    .filter((gated) => gateOf(site, gated) === gated)
    .flatMap((gated) => {
      if (gated.kind === 'regex') return earlier(site, gated);
      if (gated.kind === 'exact' || gated.kind === 'named') return [];
      return answering(gated.server, gated.pattern).flatMap((answer) => {
        const { location } = answer;
        if (location.kind === 'rest' || !gated.server.all.includes(location)) return [];
        return location.kind === 'regex'
          ? byExpression(site, gated, location, answer.address)
          : byName(site, gated, location, answer.address);
      });
    });
}

/** A regular expression beside it, or beside a location around it, wins unless the prefix says ^~. */
function byExpression(site: Site, gated: Location, other: Location, address: string): Finding[] {
  const openness = opennessOf(site, other);
  if (openness !== 'open' && openness !== 'counted') return [];
  // A location with count.conf that is for just these addresses is meant to be open.
  if (openness === 'counted' && other.regex?.head.startsWith(gated.pattern)) return [];
  const [title, inner] = [titleOf(site, gated), titleOf(site, other)];
  const remedy = remedyFor(gated, other);
  const pass = passOf(other);
  if (isSame(site, gated, other, address))
    return [wrong(`${inner} sends files of ${title} without a link, such as ${address}`, remedy)];
  if (pass)
    return [
      warning(
        `${inner} hands addresses of ${title} on, link or not, such as ${address}: ${pass.name}`,
        remedy,
      ),
    ];
  return [
    warning(
      `${inner} takes addresses of ${title}, such as ${address}, and looks for them elsewhere: links to them find nothing`,
      remedy,
    ),
  ];
}

function remedyFor(gated: Location, other: Location): string {
  const head = `location ^~ ${gated.pattern} { include tallygate/protect.conf; ... }`;
  if (other.parent === gated.parent) return `Write: ${head}`;
  // A ^~ in an inner location does not stop expressions outside.
  if (around(gated).includes(other.parent))
    return `Write it outside of ${headOf(gated.parent ?? gated)}: ${head}`;
  return `Write into it: include tallygate/protect.conf;`;
}

/** The locations around one, ending with undefined for the server itself. */
function around(location: Location): (Location | undefined)[] {
  return [location.parent, ...(location.parent ? around(location.parent) : [])];
}

/** A longer prefix or an exact location. It matters only if it sends the same files. */
function byName(site: Site, gated: Location, other: Location, address: string): Finding[] {
  // A gate around a whole site has exceptions. Somebody wrote each of them on purpose.
  if (gated.pattern === '/') return [];
  if (opennessOf(site, other) !== 'open' || !isSame(site, gated, other, address)) return [];
  return [
    warning(
      `${titleOf(site, other)} is open to everyone, in the midst of ${titleOf(site, gated)}`,
      'If it is to be open, write into it: include tallygate/count.conf; if not: include tallygate/protect.conf;',
    ),
  ];
}

/** Whether both would send the same file for this address. */
function isSame(site: Site, one: Location, other: Location, address: string): boolean {
  const resources = resourcesOf(site, one, address);
  return resourcesOf(site, other, address).some((resource) => resources.includes(resource));
}

/** NGINX takes the first expression that matches. */
function earlier(site: Site, gated: Location): Finding[] {
  const { server, regex } = gated;
  const beginnings = new Set([regex?.head || '/', '/']);
  const others = new Map<Location, string>();
  for (const other of server.all)
    for (const beginning of beginnings)
      for (const address of [
        ...(regex?.examples(beginning) ?? []),
        ...(other.regex?.examples(beginning) ?? []),
      ])
        if (
          other !== gated &&
          other.regex &&
          !others.has(other) &&
          regex?.test(address) &&
          locate(server, address) === other
        )
          others.set(other, address);
  return [...others].flatMap(([other, address]) => {
    if (opennessOf(site, other) !== 'open' || !isSame(site, gated, other, address)) return [];
    return [
      wrong(
        `${titleOf(site, other)} sends files of ${titleOf(site, gated)} without a link, such as ${address}`,
        `Of expressions the first one counts: put ${headOf(gated)} above it`,
      ),
    ];
  });
}
