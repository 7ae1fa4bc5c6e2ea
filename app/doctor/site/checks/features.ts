// NGINX modules that do not work behind the gate as they do without it.

import { written } from '../../../nginx/tree.ts';
import { type Finding, ok, warning } from '../../finding.ts';
import {
  effective,
  gatedOf,
  gateOf,
  holdsAnew,
  includedIn,
  isCounted,
  isOn,
  own,
  passOf,
} from '../blocks.ts';
import { isOurs, type Location, type Site, titleOf } from '../model.ts';

export function otherwiseBehindTheGate(site: Site): Finding[] {
  const gated = gatedOf(site);
  const counted = site.servers
    .flatMap(({ all }) => all)
    .filter((location) => !isOurs(site, location.directive) && isCounted(site, location));
  return [
    ...[...gated, ...counted].flatMap((location) => slowDenials(site, location)),
    ...[...new Set([...gated, ...counted])].flatMap((location) => compressed(site, location)),
    ...gated.flatMap((location) => [...writing(site, location), ...seeking(site, location)]),
  ];
}

const isToTell = (site: Site, location: Location, name: string) =>
  !gateOf(site, location) || holdsAnew(site, location, name);

function slowDenials(site: Site, location: Location): Finding[] {
  if (
    !isToTell(site, location, 'open_file_cache_errors') ||
    !isOn(location, 'open_file_cache') ||
    !isOn(location, 'open_file_cache_errors')
  )
    return [];
  const valid = effective(location, 'open_file_cache_valid')[0]?.args[0] ?? '60s';
  return [
    warning(
      `in ${titleOf(site, location)} a revoked link works for up to ${valid} more: open_file_cache_errors is on`,
      'Write into it: open_file_cache_errors off;',
    ),
  ];
}

function compressed(site: Site, location: Location): Finding[] {
  const [directive] = effective(location, 'gzip_static');
  if (!directive || isOurs(site, directive)) {
    const outside = effective({ chain: location.chain.slice(1) }, 'gzip_static')[0];
    const ended = directive && own(location.directive, 'gzip_static').length > 0;
    return ended && outside && !isOurs(site, outside) && outside.args[0] !== 'off'
      ? [ok(`gzip_static is off in ${titleOf(site, location)}: a compressed copy would be another file`)]
      : [];
  }
  if (directive.args[0] === 'off') return [];
  return [
    warning(
      `${titleOf(site, location)} sends compressed copies, which count by another size than the file: ${written(directive)}`,
      'Write into it: gzip_static off;',
    ),
  ];
}

function writing(site: Site, location: Location): Finding[] {
  if (!isToTell(site, location, 'dav_methods') || !isOn(location, 'dav_methods')) return [];
  return [
    warning(
      `${titleOf(site, location)} takes no ${effective(location, 'dav_methods')[0]?.args.join(', ')}: a link is for reading, and other methods get 405`,
      'Let those who write use a location of its own: location ^~ /upload/ { auth_basic ...; dav_methods ...; }',
    ),
  ];
}

function seeking(site: Site, location: Location): Finding[] {
  return own(location.directive, 'mp4', 'flv').map((directive) =>
    warning(
      `${titleOf(site, location)}: no link holds the arguments of ${directive.name} (start, end), and the gate uses them up`,
      `Take away: ${written(directive)} Players seek by ranges.`,
    ),
  );
}

/** What is sent to an origin behind the gate. */
export function toldToOrigins(site: Site): Finding[] {
  return gatedOf(site).flatMap((location) => {
    if (passOf(location)?.name !== 'proxy_pass') return [];
    const gate = gateOf(site, location) as Location;
    const around = location.chain.slice(0, location.chain.indexOf(gate.directive) + 1);
    const holds = around.find(
      (block) => own(block, 'proxy_set_header').length > 0 || includesOrigin(site, block),
    );
    if (holds && includesOrigin(site, holds)) return [];
    return [
      warning(
        `the origin behind ${titleOf(site, location)} is told what opened the gate: cookie, Referer, Authorization`,
        'Write beside proxy_pass: include tallygate/origin.conf;',
      ),
    ];
  });
}

const includesOrigin = (site: Site, block: Location['directive']) =>
  includedIn(site, block).includes('origin.conf');
