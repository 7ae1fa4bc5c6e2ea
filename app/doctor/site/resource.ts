// What a location sends for an address: a file, by its path, or what an origin has under an address of its own. And the
// way back: the addresses under which a location would send a file.

import path from 'node:path';
import type { Directive } from '../../nginx/tree.ts';
import { answersItself, own, passOf } from './blocks.ts';
import type { Location, Site } from './model.ts';
import { readPattern } from './pattern.ts';

/** `file:/srv/files/a.iso`, or `http://origin/files/a.iso`. */
export type Resource = string;

/** What is at `address`. Several, where the location tries one after the other. */
export function resourcesOf(site: Site, location: Location, address: string): Resource[] {
  const found = new Set(sources(site, location, rewritten(location, address)));
  for (const name of fallbacks(location)) {
    const named = location.server.all.find(({ kind, pattern }) => kind === 'named' && pattern === name);
    if (named && named !== location) for (const source of sources(site, named, address)) found.add(source);
  }
  return [...found];
}

function sources(site: Site, location: Location, address: string): Resource[] {
  const { directive } = location;
  if (answersItself(location)) return [];
  const pass = passOf(location);
  if (pass) return proxied(pass, location, address);
  if (own(directive, ...handlers).length > 0) return [];
  const tried = own(directive, 'try_files')[0]?.args.slice(0, -1);
  const mapping = mappingOf(site, location);
  if (!tried) return [fileOf(mapping, location, address)].filter((file) => file !== undefined);
  return tried.flatMap((arg) => {
    if (arg === '$uri' || arg === '$uri/') return fileOf(mapping, location, address) ?? [];
    const text = arg.replaceAll('$uri', address).replaceAll('$document_uri', address);
    if (text.includes('$') || mapping.kind === 'alias') return [];
    return asFile(mapping.text + text);
  });
}

/** Directives whose answer is no file. */
const handlers = [
  'js_content',
  'perl',
  'stub_status',
  'empty_gif',
  'content_by_lua_block',
  'content_by_lua_file',
  'echo',
];

/** With `rewrite ... break` the location sends another file. */
function rewritten({ directive }: Location, address: string): string {
  for (const { args } of rewrites(directive)) {
    const [from = '', to = '', flag] = args;
    if (flag !== 'break') continue;
    const expanded = readPattern(from)?.expand(to, address);
    if (expanded !== undefined) return expanded;
  }
  return address;
}

const rewrites = (directive: Directive) =>
  [directive, ...own(directive, 'if')].flatMap((block) => own(block, 'rewrite'));

/** The named location that try_files ends in. */
function fallbacks({ directive }: Location): string[] {
  return own(directive, 'try_files').flatMap(({ args }) =>
    args.at(-1)?.startsWith('@') ? args.slice(-1) : [],
  );
}

type Mapping = { kind: 'root' | 'alias'; text: string; of: Location | undefined };

/** The root or alias that is in force, and the location whose address an alias replaces. */
export function mappingOf(site: Site, location: Location): Mapping {
  const mapping = known.get(location) ?? findMapping(site, location);
  known.set(location, mapping);
  return mapping;
}

const known = new WeakMap<Location, Mapping>();

function findMapping(site: Site, location: Location): Mapping {
  for (let here: Location | undefined = location; here; here = here.parent) {
    const [found] = own(here.directive, 'root', 'alias');
    if (found) return mapping(site, found, here);
  }
  const outer = location.chain.flatMap((block) => own(block, 'root'));
  return outer[0]
    ? mapping(site, outer[0], undefined)
    : { kind: 'root', text: path.join(site.prefix, 'html'), of: undefined };
}

function mapping(site: Site, { name, args }: Directive, of: Location | undefined): Mapping {
  const text = args[0] ?? '';
  const absolute = text.startsWith('/') || text.startsWith('$') ? text : path.join(site.prefix, text);
  if (name === 'alias') return { kind: 'alias', text: absolute, of };
  return { kind: 'root', text: absolute.replace(/\/+$/, ''), of };
}

function fileOf({ kind, text, of }: Mapping, location: Location, address: string): Resource | undefined {
  if (kind === 'root' || !of) return asFile(text + address);
  if (of.kind !== 'regex') return asFile(text + address.slice(of.pattern.length));
  const expanded = of.regex?.expand(text, address);
  return expanded === undefined || location.kind === 'named' ? undefined : asFile(expanded);
}

const asFile = (file: string): Resource => `file:${path.posix.normalize(file)}`;

function proxied({ name, args }: Directive, location: Location, address: string): Resource[] {
  const [, origin = '', rest = ''] = /^(\w+:\/\/[^/]+)(.*)$/s.exec(args[0] ?? '') ?? [];
  if (name !== 'proxy_pass' || origin === '' || (args[0] ?? '').includes('$')) return [];
  const { kind, pattern } = location;
  const replaced = rest !== '' && (kind === 'prefix' || kind === 'first' || kind === 'exact');
  return [origin + (replaced ? rest + address.slice(pattern.length) : address)];
}

/** Addresses under which this location may send what is below `resource`. The caller must try each. */
export function addressesFor(site: Site, location: Location, resource: Resource): string[] {
  if (answersItself(location)) return [];
  const pass = passOf(location);
  const pattern = location.kind === 'regex' ? '' : location.pattern;
  if (pass) {
    const all = proxied(pass, location, pattern || '/')[0];
    return all && resource.startsWith(all) ? [(pattern || '/') + resource.slice(all.length)] : [];
  }
  if (!resource.startsWith('file:')) return [];
  const file = resource.slice('file:'.length);
  const { kind, text, of } = mappingOf(site, location);
  if (kind === 'alias' && of) return throughAlias(text, of, file);
  const literals = own(location.directive, 'try_files').flatMap(({ args }) =>
    args.slice(0, -1).map((arg) => arg.replace(/\$.*$/s, '')),
  );
  const found = ['', ...literals]
    .filter((literal) => file.startsWith(`${text}${literal}/`) || file === text + literal)
    .map((literal) => file.slice(text.length + literal.length) || '/');
  return [...found, ...throughRewrite(location, text, file)];
}

function throughAlias(text: string, of: Location, file: string): string[] {
  if (of.kind !== 'regex') {
    const found = file.startsWith(text) ? [of.pattern + file.slice(text.length)] : [];
    // "location /static { alias /srv/static/; }" reaches /srv/ by /static../
    const above = `${path.posix.dirname(text)}/`;
    const slips =
      !of.pattern.endsWith('/') && text.endsWith('/') && of.kind !== 'exact' && file.startsWith(above);
    return slips ? [...found, `${of.pattern}../${file.slice(above.length)}`] : found;
  }
  const head = of.regex?.head ?? '';
  const start = text.replace(/\$.*$/s, '');
  const above = `${path.posix.dirname(start)}/`;
  return [
    ...(file.startsWith(start) ? [head + file.slice(start.length)] : []),
    ...(file.startsWith(above) && start.endsWith('/') ? [`${head}../${file.slice(above.length)}`] : []),
  ];
}

function throughRewrite({ directive, pattern, kind }: Location, root: string, file: string): string[] {
  return rewrites(directive).flatMap(({ args: [from = '', to = '', flag] }) => {
    if (flag !== 'break') return [];
    const start = root + to.replace(/\$.*$/s, '');
    const head = readPattern(from)?.head || (kind === 'regex' ? '' : pattern);
    return file.startsWith(start) ? [head + file.slice(start.length)] : [];
  });
}
