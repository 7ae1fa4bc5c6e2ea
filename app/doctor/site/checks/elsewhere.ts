// Gated files that can also be had under another address, or from another server, where there is no gate.

import { written } from '../../../nginx/tree.ts';
import { type Finding, warning, wrong } from '../../finding.ts';
import { folderOf, isNormal } from '../address.ts';
import { effective, gatedOf, gateOf, opennessOf, own } from '../blocks.ts';
import { type Answer, answering, locate } from '../locate.ts';
import { headOf, type Location, type Server, type Site, titleOf } from '../model.ts';
import { addressesFor, mappingOf, type Resource, resourcesOf } from '../resource.ts';
import { behindTheGate, targetOf } from './records.ts';

/** Where a gated file is found without a link. */
type Leak = Answer & { gated: Location; beginning: string };

export function leaks(site: Site): Finding[] {
  const found = new Map<string, Leak>();
  for (const gated of gatedOf(site).filter((location) => hasFolder(site, location)))
    for (const server of site.servers.filter((other) => isReached(other, gated.server)))
      for (const leak of leaksIn(site, server, gated)) {
        // One location that we propose may close what several of the site leave open.
        const key = `${site.servers.indexOf(server)} ${leak.beginning}`;
        if (!found.has(key)) found.set(key, leak);
      }
  return [...found.values()].map((leak) => describe(site, leak));
}

/** An inner location has the folder of the location around it, unless it names another. */
function hasFolder(site: Site, location: Location): boolean {
  if (location.kind === 'named') return false;
  return gateOf(site, location) === location || own(location.directive, 'root', 'alias').length > 0;
}

function* leaksIn(site: Site, server: Server, gated: Location): Generator<Leak> {
  const mayHold = holders(server);
  for (const target of targetsOf(site, gated)) {
    const found = new Set(mayHold.flatMap((location) => [...beginnings(site, server, location, target)]));
    for (const beginning of found) {
      const answers = target.endsWith('/') ? answering(server, beginning) : [exactly(server, beginning)];
      for (const answer of answers) if (isLeak(site, answer, gated)) yield { ...answer, gated, beginning };
    }
  }
}

/** One location for each root and alias, and each that finds files in a way of its own. Others would repeat these. */
function holders(server: Server): Location[] {
  const ways = ['root', 'alias', 'try_files', 'rewrite', 'if', 'proxy_pass'];
  return [server.rest, ...server.all].filter(
    ({ kind, directive }) => kind === 'rest' || (kind !== 'named' && own(directive, ...ways).length > 0),
  );
}

const exactly = (server: Server, address: string): Answer => ({ location: locate(server, address), address });

/** The folder behind a gated location. Of a regular expression: some of its files. */
function targetsOf(site: Site, gated: Location): Resource[] {
  if (gated.kind === 'exact') return resourcesOf(site, gated, gated.pattern);
  if (gated.kind !== 'regex') return resourcesOf(site, gated, folderOf(gated.pattern));
  const examples = gated.regex?.examples(gated.regex.head || '/') ?? [];
  return examples.slice(0, 8).flatMap((address) => resourcesOf(site, gated, address));
}

function* beginnings(site: Site, server: Server, location: Location, target: Resource): Generator<string> {
  for (const address of addressesFor(site, location, target)) {
    if (!isNormal(address)) continue;
    yield address;
    // With merge_slashes off, "//files/a" is the same file, and location /files/ does not get the request.
    if (effective(server.rest, 'merge_slashes')[0]?.args[0] === 'off') yield `/${address}`;
  }
  // A part of the folder that has a name of its own.
  if (location.kind === 'regex' || location.kind === 'rest') return;
  if (resourcesOf(site, location, location.pattern).some((own) => own.startsWith(target)))
    yield location.pattern;
}

function isLeak(site: Site, { location, address }: Answer, gated: Location): boolean {
  const openness = opennessOf(site, location);
  // A location with count.conf is open on purpose. What is behind a gate further down is not.
  if (openness !== 'open' && !(openness === 'counted' && isAround(site, location, gated))) return false;
  return resourcesOf(site, location, address).some((resource) => isBehind(site, resource, gated));
}

/** Whether one folder lies inside the other. */
function isAround(site: Site, outer: Location, inner: Location): boolean {
  if (outer.kind === 'regex' || inner.kind === 'regex') return false;
  const [all] = resourcesOf(site, outer, folderOf(outer.pattern));
  const [part] = resourcesOf(site, inner, folderOf(inner.pattern));
  return all !== undefined && part !== undefined && part !== all && part.startsWith(all);
}

/** Whether the file has a gate under its own address. */
function isBehind(site: Site, resource: Resource, gated: Location): boolean {
  if (gated.kind === 'regex' && mappingOf(site, gated).kind === 'alias')
    return targetsOf(site, gated).includes(resource);
  return addressesFor(site, gated, resource).some(
    (address) =>
      !address.includes('../') &&
      gateOf(site, locate(gated.server, address)) !== undefined &&
      resourcesOf(site, locate(gated.server, address), address).includes(resource),
  );
}

/** A server on loopback is for programs of this host, unless the gated server is on loopback too. */
function isReached(server: Server, gated: Server): boolean {
  return server === gated || !isLocal(server) || isLocal(gated);
}

function isLocal({ directive }: Server): boolean {
  const listens = own(directive, 'listen').map(({ args }) => args[0] ?? '');
  return listens.length > 0 && listens.every((text) => /^(127\.|\[::1\]|localhost\b|unix:)/.test(text));
}

function describe(site: Site, leak: Leak): Finding {
  const { location, gated, address, beginning } = leak;
  const title = titleOf(site, location);
  const what = `${title} sends files of the protected ${titleOf(site, gated)} without a link, at ${address}`;
  if (address.includes('../')) return wrong(what, withSlash(site, location));
  if (address.startsWith('//')) return wrong(what, 'Write into the server: merge_slashes on;');
  const resource = resourcesOf(site, location, address)[0] ?? '';
  if (!resource.startsWith('file:'))
    return warning(
      what.replace('sends files of', 'passes on what is asked of'),
      `Unless the application asks for more, write: ${closing(gated, location, beginning)}`,
    );
  if (isPart(site, location, gated))
    return warning(
      `${what}: a part of its folder`,
      'If it is to be open, write into it: include tallygate/count.conf;',
    );
  return wrong(what, remedyFor(site, leak));
}

function remedyFor(site: Site, { location, gated, beginning, address }: Leak): string {
  const tried = own(location.directive, 'try_files')[0];
  const literal = tried?.args.slice(0, -1).find((arg) => /^\/[^$]+\$/.test(arg));
  const plain = `file:${mappingOf(site, location).text}${address}`;
  if (tried && literal && !isBehind(site, plain, gated))
    return `Take ${literal} away from it: ${written(tried)}`;
  const into = (head: string, line: string) => `Write into ${head}: ${line}`;
  // The location is there only for this folder.
  const itself =
    location.kind === 'regex' ? location.regex?.head === beginning : location.pattern === beginning;
  if (itself && location.kind !== 'rest') return into(headOf(location), 'include tallygate/protect.conf;');
  const server = headOf(location.server.rest);
  if (beginning === '/') return into(server, 'location / { include tallygate/protect.conf; }');
  return into(server, closing(gated, location, beginning));
}

/** Whether the location's own folder is inside the gated one. */
const isPart = (site: Site, location: Location, gated: Location) =>
  location.kind !== 'rest' && isAround(site, gated, location);

function withSlash(site: Site, location: Location): string {
  const { of = location } = mappingOf(site, location);
  const alias = own(of.directive, 'alias').map(written)[0] ?? '';
  if (of.kind === 'regex')
    return `Let the expression have the slash: location ~ ^${of.regex?.head}/(.*)$ { ${alias} }`;
  return `Write the slash: location ${of.pattern}/ { ${alias} }`;
}

/** The location to write, which closes the folder's other address. */
function closing(gated: Location, location: Location, beginning: string): string {
  const same = nameOf(gated.server) === nameOf(location.server) && gated.server !== location.server;
  if (!beginning.endsWith('/')) return `location = ${beginning} { return 404; }`;
  const head = `location ^~ ${beginning}`;
  if (same && isSecure(gated.server) && !isSecure(location.server))
    return `${head} { return 301 https://$host$request_uri; }`;
  return same ? `${head} { include tallygate/protect.conf; }` : `${head} { return 404; }`;
}

const nameOf = ({ directive }: Server) => own(directive, 'server_name')[0]?.args.join(' ') ?? '';
const isSecure = ({ directive }: Server) => own(directive, 'listen').some(({ args }) => args.includes('ssl'));

/** A gated location may send visitors on to another one. That one must not be open to everyone. */
export function ledToOpen(site: Site): Finding[] {
  return gatedOf(site).flatMap((gated) =>
    behindTheGate(site, gated).flatMap((directive) => {
      const to = directive.args[1] ?? '';
      const target = to.includes('$') ? targetOf(gated, to) : undefined;
      if (!target || opennessOf(site, target) !== 'open' || target.kind === 'rest') return [];
      if (resourcesOf(site, target, to.replace(/\$.*$/s, 'x')).length === 0) return [];
      return [
        wrong(
          `${titleOf(site, target)}, where the protected ${titleOf(site, gated)} sends its visitors, is open to everyone: ${written(directive)}`,
          `Write into ${headOf(target)}: internal;`,
        ),
      ];
    }),
  );
}
