// A site's servers and locations, from the tree of its configuration. The checks ask this.

import path from 'node:path';
import { type Directive, mainFile, parseDump } from '../../nginx/tree.ts';
import { type Pattern, readPattern } from './pattern.ts';

/** `first` is ^~. `rest` is the server itself: it gets addresses that no location is for. */
type Kind = 'exact' | 'prefix' | 'first' | 'regex' | 'named' | 'rest';

export type Location = {
  kind: Kind;
  /** The address it is for, the source of its expression, or its name with the @. */
  pattern: string;
  /** Undefined where it is no expression, or one that we cannot read. */
  regex?: Pattern | undefined;
  directive: Directive;
  /** The blocks that its directives come from: itself, the locations around it, the server, http. */
  chain: readonly Directive[];
  server: Server;
  parent: Location | undefined;
  /** The locations directly inside it, in their order. */
  locations: Location[];
};

export type Server = {
  directive: Directive;
  rest: Location;
  locations: Location[];
  /** Every location, inner ones too. */
  all: Location[];
};

export type Site = {
  tree: readonly Directive[];
  /** The folder of our includes. */
  includes: string;
  /** The folder of nginx.conf. */
  folder: string;
  /** The folder that relative names of root and alias are below. */
  prefix: string;
  http: Directive;
  servers: Server[];
};

/** @param prefix NGINX's (-p). Where it is not known, that of Debian is used. */
export function readSite(dump: string, includes: string, prefix = '/usr/share/nginx'): Site {
  const tree = parseDump(dump);
  const http = tree.find(({ name, block }) => name === 'http' && block) ?? {
    name: 'http',
    args: [],
    block: [],
    file: '',
    line: 0,
  };
  const servers = (http.block ?? [])
    .filter(({ name, block }) => name === 'server' && block)
    .map((directive) => readServer(directive, http));
  return { tree, includes, folder: path.dirname(mainFile(dump)), prefix, http, servers };
}

function readServer(directive: Directive, http: Directive): Server {
  const server = { directive, locations: [], all: [] } as unknown as Server;
  const around = [directive, http];
  server.rest = {
    kind: 'rest',
    pattern: '/',
    directive,
    chain: around,
    server,
    parent: undefined,
    locations: [],
  };
  server.locations = readLocations(directive, around, server, undefined);
  return server;
}

function readLocations(
  { block = [] }: Directive,
  around: readonly Directive[],
  server: Server,
  parent: Location | undefined,
): Location[] {
  return block
    .filter(({ name, block: inner }) => name === 'location' && inner)
    .map((directive) => {
      const chain = [directive, ...around];
      const location: Location = {
        ...readArguments(directive.args),
        directive,
        chain,
        server,
        parent,
        locations: [],
      };
      server.all.push(location);
      location.locations = readLocations(directive, chain, server, location);
      return location;
    });
}

const modifiers: Readonly<Record<string, Kind>> = {
  '=': 'exact',
  '^~': 'first',
  '~': 'regex',
  '~*': 'regex',
};

/** NGINX takes the modifier as a word of its own, and at the beginning of the address too. */
function readArguments(args: readonly string[]): Pick<Location, 'kind' | 'pattern' | 'regex'> {
  const joined = /^(=|\^~|~\*?)(.*)$/s.exec(args[0] ?? '');
  const modifier = joined?.[1] ?? '';
  const pattern = args.length > 1 ? (args[1] ?? '') : (joined?.[2] ?? args[0] ?? '');
  const kind = modifiers[modifier];
  if (kind === 'regex') return { kind, pattern, regex: readPattern(pattern, modifier === '~*') };
  if (kind) return { kind, pattern };
  return { kind: pattern.startsWith('@') ? 'named' : 'prefix', pattern };
}

/** Whether a directive stands in one of our files. */
export function isOurs(site: Site, { file }: Directive): boolean {
  return file.startsWith(`${site.includes}/`);
}

/** The name of our include that a directive is, such as `protect.conf`. */
export function ourInclude(site: Site, { target }: Directive): string | undefined {
  return target !== undefined && path.dirname(target) === site.includes ? path.basename(target) : undefined;
}

/** The place of a directive, for people: `sites-enabled/shop:12`. */
export function placeOf(site: Site, { file, line }: Directive): string {
  const relative = path.relative(site.folder, file);
  return `${relative.startsWith('..') ? file : relative}:${line}`;
}

/** A location as its site writes it. */
export function headOf({ kind, directive }: Location): string {
  return kind === 'rest' ? titleOfServer(directive) : `location ${directive.args.join(' ')}`;
}

/** The same, followed by its place. */
export function titleOf(site: Site, location: Location): string {
  return `${headOf(location)} (${placeOf(site, location.directive)})`;
}

function titleOfServer({ block = [] }: Directive): string {
  const name = block.find((directive) => directive.name === 'server_name')?.args[0];
  const listen = block.find((directive) => directive.name === 'listen')?.args[0];
  return ['server', name, listen && (name ? `on ${listen}` : listen)].filter(Boolean).join(' ');
}
