// Which location answers an address: NGINX's own search (ngx_http_core_find_location), and the addresses to ask it for.

import { below } from './address.ts';
import type { Location, Server } from './model.ts';

/** @param address decoded, without arguments */
export function locate(server: Server, address: string): Location {
  return search(server.locations, address).found ?? server.rest;
}

/**
 * The longest prefix wins, and inside it the longest again. Then come regular expressions: the first that matches wins.
 * Inner ones are asked first, outer ones only if the prefix has no ^~. (A ^~ further in does not stop outer expressions.)
 */
function search(locations: readonly Location[], address: string): { found?: Location; final: boolean } {
  let best: Location | undefined;
  for (const location of locations) {
    const { kind, pattern } = location;
    if (kind === 'exact' && pattern === address) return { found: location, final: true };
    if (kind !== 'prefix' && kind !== 'first') continue;
    if (address.startsWith(pattern) && (!best || pattern.length > best.pattern.length)) best = location;
  }
  let found = best;
  if (best) {
    const inner = search(best.locations, address);
    if (inner.final) return inner;
    found = inner.found ?? best;
  }
  if (best?.kind !== 'first') {
    const match = locations.find(({ regex }) => regex?.test(address));
    if (match) return { found: search(match.locations, address).found ?? match, final: true };
  }
  return found ? { found, final: false } : { final: false };
}

export type Answer = { location: Location; address: string };

const known = new WeakMap<Server, Map<string, Answer[]>>();

/** Every location that answers an address with this beginning, each with the first such address that was found. */
export function answering(server: Server, beginning: string): readonly Answer[] {
  const cache = known.get(server) ?? new Map<string, Answer[]>();
  known.set(server, cache);
  const answers = cache.get(beginning) ?? ask(server, addressesBelow(server, beginning));
  cache.set(beginning, answers);
  return answers;
}

function ask(server: Server, addresses: Iterable<string>): Answer[] {
  const answers = new Map<Location, string>();
  for (const address of addresses) {
    const location = locate(server, address);
    if (!answers.has(location)) answers.set(location, address);
  }
  return [...answers].map(([location, address]) => ({ location, address }));
}

function* addressesBelow(server: Server, beginning: string): Generator<string> {
  yield below(beginning);
  for (const { kind, pattern } of server.all) {
    if (!pattern.startsWith(beginning)) continue;
    if (kind === 'exact') yield pattern;
    if (kind === 'prefix' || kind === 'first') yield below(pattern);
  }
  for (const location of server.all) {
    if (!location.regex) continue;
    // An inner expression is asked only for addresses of the location around it.
    const outer = prefixAround(location);
    const start = outer.startsWith(beginning) ? outer : beginning;
    if (!start.startsWith(outer)) continue;
    if (!start.endsWith('/')) yield* location.regex.examples(`${start}/`);
    yield* location.regex.examples(start);
  }
}

function prefixAround({ parent }: Location): string {
  if (!parent) return '';
  return parent.kind === 'prefix' || parent.kind === 'first' ? parent.pattern : prefixAround(parent);
}
