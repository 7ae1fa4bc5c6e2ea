// Requests of a gated or counted location that another location answers. The one that answers must write the record.

import { type Directive, written } from '../../../nginx/tree.ts';
import { type Finding, warning, wrong } from '../../finding.ts';
import { folderOf } from '../address.ts';
import { answersItself, effective, gateOf, isCounted, isRecorded, own, passOf } from '../blocks.ts';
import { locate } from '../locate.ts';
import { headOf, isOurs, type Location, type Site, titleOf } from '../model.ts';
import { resourcesOf } from '../resource.ts';

export function unrecorded(site: Site): Finding[] {
  const watched = site.servers
    .flatMap(({ all }) => all)
    .filter((location) => !isOurs(site, location.directive) && isWatched(site, location));
  const found = new Map<Location, Finding>();
  for (const location of watched)
    for (const { target, by } of targets(site, location)) {
      if (found.has(target) || !mayDeliver(site, target)) continue;
      const what = `downloads from ${titleOf(site, location)} that ${titleOf(site, target)} answers are not recorded: ${by}`;
      found.set(target, warning(what, remedyFor(site, target)));
    }
  return [...watched.flatMap((location) => silence(site, location)), ...found.values()];
}

const isWatched = (site: Site, location: Location) =>
  gateOf(site, location) !== undefined || isCounted(site, location);

/** `access_log off` also switches off our log in the same block. */
function silence(site: Site, location: Location): Finding[] {
  const logs = own(location.directive, 'access_log');
  const off = logs.find((directive) => directive.args[0] === 'off' && !isOurs(site, directive));
  if (!off || !logs.some((directive) => isOurs(site, directive))) return [];
  return [
    wrong(
      `no download from ${titleOf(site, location)} is recorded: access_log off`,
      'Take away: access_log off;',
    ),
  ];
}

type Target = { target: Location; by: string };

function targets(site: Site, location: Location): Target[] {
  const last = (directive: Directive) => ({ directive, to: directive.args.at(-1) ?? '' });
  const led = [
    ...own(location.directive, 'try_files').map(last),
    ...effective(location, 'error_page')
      .filter((directive) => !isOurs(site, directive) && isForMissing(directive))
      .map(last),
    ...behindTheGate(site, location).map((directive) => ({ directive, to: directive.args[1] ?? '' })),
  ].flatMap(({ directive, to }) => {
    const target = targetOf(location, to);
    return target && target !== location ? [{ target, by: written(directive) }] : [];
  });
  return [...led, ...accelerated(location)];
}

/** Whether an error page can be a download: one for a missing or broken file that sets a status of its own. */
function isForMissing({ args }: Directive): boolean {
  const refusals = /^(400|401|403|405|41[0-6]|429|49\d)$/;
  const codes = args.filter((arg) => /^\d{3}$/.test(arg));
  return args.some((arg) => /^=(20[06])?$/.test(arg)) && codes.some((code) => !refusals.test(code));
}

/** Directives that send a visitor whom the gate let in on to another location. */
export function behindTheGate(site: Site, { directive: { block = [] } }: Location): Directive[] {
  const last = block.findLastIndex((directive) => isOurs(site, directive));
  return block
    .slice(last + 1)
    .filter(({ name, args }) => name === 'rewrite' && (args[2] === 'last' || args[2] === undefined))
    .filter(({ args }) => args[1]?.startsWith('/'));
}

/** The location that try_files, error_page or rewrite lead to, if its name or address begins with plain text. */
export function targetOf({ server }: Location, to: string): Location | undefined {
  if (to.startsWith('@')) return server.all.find(({ kind, pattern }) => kind === 'named' && pattern === to);
  const address = to.replace(/\?.*$/s, '').replace(/\$.*$/s, '');
  return address.startsWith('/') && address.length > 1 ? locate(server, address) : undefined;
}

/** A page that a program makes (a front controller) is no download. Nor is one page that everybody gets. */
function mayDeliver(site: Site, target: Location): boolean {
  if (isRecorded(target) || answersItself(target) || isOurs(site, target.directive)) return false;
  if (target.kind !== 'named' && effective(target, 'internal').length === 0) return false;
  const pass = passOf(target)?.name;
  if (pass) return pass === 'proxy_pass';
  const folder = target.kind === 'prefix' || target.kind === 'first' ? folderOf(target.pattern) : '/';
  return resourcesOf(site, target, `${folder}x`)[0] !== resourcesOf(site, target, `${folder}y`)[0];
}

function remedyFor(site: Site, target: Location): string {
  const others = [target.server.rest, ...target.server.all].filter((other) => !isWatched(site, other));
  const isShared = others.some((other) =>
    own(other.directive, 'try_files', 'error_page').some(({ args }) => args.at(-1) === target.pattern),
  );
  if (!isShared) return `Write into ${headOf(target)}: include tallygate/record.conf;`;
  return `As ${target.pattern} answers others, too, lead to a location of its own: location ${target.pattern}_counted { include tallygate/record.conf; ... }`;
}

/** An application's answer may name an internal location (X-Accel-Redirect). */
function accelerated(location: Location): Target[] {
  const pass = passOf(location);
  if (
    !pass ||
    effective(location, 'proxy_ignore_headers').some(({ args }) => args.includes('X-Accel-Redirect'))
  )
    return [];
  return location.server.all
    .filter(({ kind, directive }) => kind !== 'exact' && own(directive, 'internal').length > 0)
    .filter((target) => !holdsPages(target))
    .map((target) => ({ target, by: `X-Accel-Redirect behind ${written(pass)}` }));
}

/** Locations that are internal only because they hold error pages. */
function holdsPages({ server, pattern }: Location): boolean {
  return [server.rest, ...server.all]
    .flatMap(({ chain }) => chain.flatMap((block) => own(block, 'error_page')))
    .some(({ args }) => args.at(-1)?.startsWith(pattern));
}
