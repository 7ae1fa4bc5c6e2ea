// Which ring of keys a server accepts, from what `nginx -T` prints. The links that try the gate must be signed with it.

import { type Directive, parseDump, walk } from './tree.ts';

const variable = '$tallygate_keys';

type Server = { names: readonly string[]; ring: string; hasProbe: boolean };

/** Every server that names a ring: the ring, and the server's name. */
export function ringsNamed(dump: string): { ring: string; server: string }[] {
  return serversIn(parseDump(dump))
    .filter(({ ring }) => ring !== '')
    .map(({ ring, names }) => ({ ring, server: names[0] ?? '_' }));
}

/**
 * The ring of the server that answers the probes of an origin (service.conf); '' is the default ring. Undefined if we
 * cannot tell: a map or a variable sets it, or several servers answer and differ.
 */
export function ringFor(dump: string, origin: string | undefined): string | undefined {
  const tree = parseDump(dump);
  for (const { directive } of walk(tree))
    if (directive.name === 'map' && directive.args[1] === variable) return undefined;
  const answering = serversIn(tree).filter(({ hasProbe }) => hasProbe);
  const host = origin === undefined ? '' : new URL(origin).hostname;
  const named = answering.filter(({ names }) => names.includes(host));
  const rings = new Set((named.length > 0 ? named : answering).map(({ ring }) => ring));
  const [ring] = rings;
  return rings.size === 1 && !ring?.includes('$') ? ring : undefined;
}

function serversIn(tree: readonly Directive[]): Server[] {
  return [...walk(tree)]
    .filter(({ directive: { name, block }, around }) => name === 'server' && block && around.length === 1)
    .map(({ directive: { block = [] } }) => ({
      names: block.filter(({ name }) => name === 'server_name').flatMap(({ args }) => args),
      // As NGINX's map compares names.
      ring: (
        block.findLast(({ name, args }) => name === 'set' && args[0] === variable)?.args[1] ?? ''
      ).toLowerCase(),
      hasProbe: block.some(
        ({ name, args }) => name === 'location' && args.at(-1)?.startsWith('/tallygate/probe'),
      ),
    }));
}
