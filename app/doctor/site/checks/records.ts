// Requests of a gated or counted location that are answered elsewhere: the record is written by the location that
// answers.

import { type Finding, warning, wrong } from '../../finding.ts';
import { type Directive, written } from '../../nginx-tree.ts';
import { answersItself, effective, gateOf, isCounted, isRecorded, own, passOf } from '../blocks.ts';
import { locate } from '../locate.ts';
import { headOf, isOurs, type Location, type Site, titleOf } from '../model.ts';

const remedy = (location: Location) => `Write into ${headOf(location)}: include tallygate/record.conf;`;

export function unrecorded(site: Site): Finding[] {
  const watched = site.servers
    .flatMap(({ all }) => all)
    .filter((location) => !isOurs(site, location.directive) && isWatched(site, location));
  const silenced = watched.flatMap((location) => silence(site, location));
  const found = new Map<Location, Finding>();
  for (const location of watched)
    for (const { target, by } of targets(site, location)) {
      if (found.has(target) || isRecorded(target) || answersItself(target) || isOurs(site, target.directive))
        continue;
      if (!isWorthIt(site, target)) continue;
      const what = `downloads from ${titleOf(site, location)} that ${titleOf(site, target)} answers are not recorded: ${by}`;
      found.set(target, warning(what, remedy(target)));
    }
  return [...silenced, ...found.values()];
}

const isWatched = (site: Site, location: Location) =>
  gateOf(site, location) !== undefined || isCounted(site, location);

/** access_log off switches off what stands beside it, ours too. */
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
  const direct = [
    ...own(location.directive, 'try_files').map((directive) => ({
      directive,
      to: directive.args.at(-1) ?? '',
    })),
    ...effective(location, 'error_page')
      .filter((directive) => !isOurs(site, directive) && mayDeliver(directive))
      .map((directive) => ({ directive, to: directive.args.at(-1) ?? '' })),
    ...behindTheGate(site, location).map((directive) => ({ directive, to: directive.args[1] ?? '' })),
  ];
  const led = direct.flatMap(({ directive, to }) => {
    const target = targetOf(location, to);
    return target && target !== location ? [{ target, by: written(directive) }] : [];
  });
  return [...led, ...accelerated(location)];
}

/** Whether an error page can make a download of it: one for what is missing or broken, with a status of its own. */
function mayDeliver({ args }: Directive): boolean {
  const codes = args.filter((arg) => /^\d{3}$/.test(arg));
  return args.some((arg) => /^=(20[06])?$/.test(arg)) && codes.some((code) => !refusals.test(code));
}

const refusals = /^(400|401|403|405|41[0-6]|429|49\d)$/;

function behindTheGate(site: Site, { directive: { block = [] } }: Location): Directive[] {
  const last = block.findLastIndex((directive) => isOurs(site, directive));
  return block
    .slice(last + 1)
    .filter(({ name, args }) => name === 'rewrite' && (args[2] === 'last' || args[2] === undefined))
    .filter(({ args }) => args[1]?.startsWith('/'));
}

function targetOf({ server }: Location, to: string): Location | undefined {
  if (to.startsWith('@')) return server.all.find(({ kind, pattern }) => kind === 'named' && pattern === to);
  const address = to.replace(/\?.*$/s, '').replace(/\$.*$/s, '');
  return address.startsWith('/') && address.length > 1 ? locate(server, address) : undefined;
}

/** A program's page (of a front controller) is no download, and what also answers others would count their pages. */
function isWorthIt(site: Site, target: Location): boolean {
  const pass = passOf(target)?.name;
  if (pass && pass !== 'proxy_pass') return false;
  if (target.kind !== 'named') return effective(target, 'internal').length > 0;
  const others = target.server.all.filter((location) => !isWatched(site, location));
  return !others.some((location) =>
    own(location.directive, 'try_files', 'error_page').some(({ args }) => args.at(-1) === target.pattern),
  );
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
    .filter((target) => own(target.directive, 'internal').length > 0 && !isHelper(target))
    .map((target) => ({ target, by: `X-Accel-Redirect behind ${written(pass)}` }));
}

/** What is internal for another purpose: error pages, and what auth_request or mirror ask. */
function isHelper({ server, kind, pattern }: Location): boolean {
  const names = ['auth_request', 'mirror', 'error_page', 'post_action'];
  const blocks = [server.rest, ...server.all].flatMap(({ directive }) => [
    directive,
    ...own(directive, 'if'),
  ]);
  const http = server.rest.chain.at(-1);
  return [...blocks, ...(http ? [http] : [])]
    .flatMap((block) => own(block, ...names))
    .some(({ args }) => {
      const to = args.at(-1) ?? '';
      return kind === 'exact' ? to === pattern : to.startsWith(pattern);
    });
}
