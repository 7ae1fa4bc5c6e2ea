// What is in force in a block: its own directives, those it inherits, our includes, and who may come in.

import type { Directive } from '../../nginx/tree.ts';
import { isOurs, type Location, ourInclude, type Site } from './model.ts';

/** The directives of these names directly in a block, in their order. */
export function own(directive: Directive, ...names: string[]): readonly Directive[] {
  const inside = namesIn.get(directive) ?? new Set(directive.block?.map(({ name }) => name));
  namesIn.set(directive, inside);
  if (!names.some((name) => inside.has(name))) return none;
  return directive.block?.filter(({ name }) => names.includes(name)) ?? none;
}

// A cache. The checks ask often, and mostly for directives that are not there.
const namesIn = new WeakMap<Directive, Set<string>>();
const none: readonly Directive[] = [];

/**
 * The directives of a name that are in force in a location: those of the innermost block that has any. Nearly all of
 * NGINX's settings are inherited in this way.
 */
export function effective({ chain }: Pick<Location, 'chain'>, ...names: string[]): readonly Directive[] {
  for (const block of chain) {
    const found = own(block, ...names);
    if (found.length > 0) return found;
  }
  return [];
}

/** Whether a setting of one word, such as `ssi on`, is on there. */
export function isOn(location: Pick<Location, 'chain'>, name: string): boolean {
  const value = effective(location, name).at(-1)?.args[0];
  return value !== undefined && value !== 'off';
}

/** The names of our includes directly in a block. A file of the site may have brought them in. */
export function includedIn(site: Site, { block = [] }: Directive): string[] {
  return block.flatMap((directive) => ourInclude(site, directive) ?? []);
}

const includes = (site: Site, location: Location, pattern: RegExp) =>
  location.kind !== 'rest' && includedIn(site, location.directive).some((name) => pattern.test(name));

/** The location that has the gate for this one: itself, or one around it, whose decision it inherits. */
export function gateOf(site: Site, location: Location | undefined): Location | undefined {
  if (!location || includes(site, location, /^protect/)) return location;
  return gateOf(site, location.parent);
}

export function isCounted(site: Site, location: Location | undefined): boolean {
  return (
    location !== undefined && (includes(site, location, /^count\.conf$/) || isCounted(site, location.parent))
  );
}

/** The site's gated locations, inner ones too, but for those in our own includes. */
export function gatedOf(site: Site): Location[] {
  return site.servers
    .flatMap(({ all }) => all)
    .filter((location) => !isOurs(site, location.directive) && gateOf(site, location));
}

/** Whether to report a setting for this gated location. One from a gate around it is reported for that gate. */
export function holdsAnew(site: Site, location: Location, name: string): boolean {
  return gateOf(site, location) === location || own(location.directive, name).length > 0;
}

/** Whether downloads are recorded there. */
export function isRecorded(location: Location): boolean {
  const logs = effective(location, 'access_log');
  return (
    logs.some(({ args }) => args[1] === 'tallygate_record') && !logs.some(({ args }) => args[0] === 'off')
  );
}

const passes = ['proxy_pass', 'fastcgi_pass', 'uwsgi_pass', 'scgi_pass', 'grpc_pass', 'memcached_pass'];

/** The directives that hand requests of this location on, inside an "if" too. */
export function passOf({ directive }: Location): Directive | undefined {
  const blocks = [directive, ...own(directive, 'if', 'limit_except')];
  return blocks.flatMap((block) => own(block, ...passes))[0];
}

/** Whether the location answers every request by itself: it sends no file. */
export function answersItself({ directive }: Location): boolean {
  return own(directive, 'return').length > 0;
}

export type Openness = 'ours' | 'gated' | 'counted' | 'closed' | 'guarded' | 'open';

/** Who gets an answer there. `closed`: nobody from outside. `guarded`: only those whom the site itself lets in. */
export function opennessOf(site: Site, location: Location): Openness {
  const openness = known.get(location) ?? readOpenness(site, location);
  known.set(location, openness);
  return openness;
}

const known = new WeakMap<Location, Openness>();

function readOpenness(site: Site, location: Location): Openness {
  if (isOurs(site, location.directive)) return 'ours';
  if (gateOf(site, location)) return 'gated';
  if (answersItself(location) || answersItself(location.server.rest) || sendsElsewhere(location))
    return 'closed';
  if (effective(location, 'internal').length > 0) return 'closed';
  const access = effective(location, 'allow', 'deny');
  const refusal = access.findIndex(({ name, args }) => name === 'deny' && args[0] === 'all');
  const exception = access.findIndex(({ name, args }) => name === 'allow' && args[0] === 'all');
  const refused = refusal >= 0 && (exception < 0 || exception > refusal);
  const asks = askers.some(
    (name) => isOn(location, name) && !isOurs(site, effective(location, name)[0] as Directive),
  );
  if (refused && refusal === 0 && !asks) return 'closed';
  if (refused || asks || isOn(location, 'ssl_verify_client') || refusesByItself(location)) return 'guarded';
  return isCounted(site, location) ? 'counted' : 'open';
}

const askers = [
  'auth_basic',
  'auth_request',
  'auth_jwt',
  'js_access',
  'access_by_lua_block',
  'access_by_lua_file',
];

/** Whether every request goes on to another location. */
function sendsElsewhere({ directive }: Location): boolean {
  return own(directive, 'rewrite').some(
    ({ args: [from = '', , flag] }) => isCatchAll(from) && flag !== 'break',
  );
}

/** Whether an expression matches every address. */
export function isCatchAll(source: string): boolean {
  return /^(\^|\^?\/|\^?\/?\(?\.\*\)?\$?)$/.test(source);
}

/** Conditions of an "if" that depend on who asks. One that anybody can fulfil, or on what is asked for, is none. */
const tells =
  /^\(?\$(secure_link|ssl_client_|remote_user|remote_addr|cookie_|arg_|http_(?!user_agent|referer|host|range|accept))/;

function refusesByItself({ chain }: Location): boolean {
  return chain
    .flatMap((block) => own(block, 'if'))
    .some(
      (test) =>
        tells.test(test.args[0] ?? '') &&
        own(test, 'return').some(({ args }) => /^4\d\d$/.test(args[0] ?? '')),
    );
}
