// Every setting there is: its name in the TOML file, its default, what is accepted. The environment
// variables (TALLYGATE_DATABASE_URL, TALLYGATE_SERVICE_PORT ...) follow from the names.

import { hostname } from 'node:os';
import { z } from 'zod';
import { isRingName } from '../keys/ring.ts';
import { isReleasePattern } from './release-pattern.ts';
import { isZone } from './zone.ts';

const port = z.int().min(1).max(65_535);
const pattern = z.string().refine(isPattern, 'must be a regular expression');
const file = z.string().startsWith('/', 'must be an absolute path');

/** An origin such as https://dl.example.org: scheme and host, no path; links are built from it. */
const origin = z
  .url({ protocol: /^https?$/, error: 'must be an address such as https://dl.example.org' })
  .refine((text) => URL.canParse(text) && new URL(text).origin === text.replace(/\/$/, ''), {
    error: 'must be a scheme and a host alone, such as https://dl.example.org, with no path behind it',
  })
  .transform((text) => text.replace(/\/$/, ''));

/** A minute of sound at 128 kbit/s. sql/COUNTING.md says what else a podcast's numbers need. */
const profiles = { podcast: { min_bytes: (60 * 128_000) / 8 } } as const;

const folder = z.strictObject({
  /** Files whose decoded path begins with this. */
  path: z.string().startsWith('/', 'must begin with /, such as "/podcasts/"'),
  /** Only on this site. */
  host: z.string().min(1).toLowerCase().optional(),
  min_bytes: z.int().min(1).optional(),
  complete_ratio: z.number().gt(0).max(1).optional(),
  profile: z.enum(names(profiles)).optional(),
});
const release = z.strictObject({
  name: z.string().min(1).max(40),
  pattern: z
    .string()
    .max(200)
    .refine(isReleasePattern, "must be a regular expression with one group, such as '/v([0-9.]+)/'"),
});
const nameOf = ({ host = '', path }: z.output<typeof folder>) => `${host} ${path}`;

function names<T extends object>(object: T): [keyof T & string] {
  return Object.keys(object) as [keyof T & string];
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text, 'i');
    return true;
  } catch {
    return false;
  }
}

export const configSchema = z.strictObject({
  database_url: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must be an address such as postgres://user@host/tallygate')
    .default('postgres://localhost/tallygate'),
  /** Name of this NGINX host in records and reports. */
  edge: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, 'may hold letters, digits, dot, dash and underscore, 64 at the most')
    .default(() => hostname()),
  origin: origin.optional(),
  keys_file: file.default('/etc/tallygate/keys.conf'),
  /** The ring whose keys sign links. The server of `origin` names the same in $tallygate_keys. '' is the default ring. */
  keys_ring: z
    .string()
    .refine((text) => text === '' || isRingName(text), 'must be 1 to 16 of a to z, 0 to 9 and dash, or empty')
    .default(''),
  /**
   * New links are signed with a key when NGINX has had it for so many seconds on every edge. Connections that were opened
   * before its reload are answered with the old keys, for as long as client_header_timeout (60 s), twice that with TLS.
   */
  keys_settle: z.int().min(0).max(86_400).default(120),
  /** The file with the key for codes. Default: codes.key in the folder of keys_file. */
  codes_key_file: file.optional(),
  service: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1'),
      port: port.default(8377),
      /** Requests that an API key may make in a minute, over all instances. 0: no limit. */
      requests_per_minute: z.int().min(0).max(1_000_000).default(0),
      /** Addresses or CIDR ranges whose X-Forwarded-For is believed. */
      trusted_proxies: z.array(z.string()).default(['127.0.0.1', '::1']),
      /** After so many seconds without an answer of PostgreSQL, or of waiting for a locked table, the answer is 503. */
      database_patience: z.int().min(1).max(600).default(2),
    })
    .prefault({}),
  tokens: z
    .strictObject({
      /** The most copies that a token may have. One that asks for no number gets this. 0: no limit. */
      max_copies: z.int().min(0).max(1_000_000).default(0),
      /** So many seconds after its last copy was counted a token is refused: until then it may resume. 0: at once. */
      retry_grace: z.int().min(0).max(86_400).default(600),
    })
    .prefault({}),
  codes: z
    .strictObject({
      /** Whether new codes are kept sealed, encrypted under codes.key, so that a batch can be printed again. */
      reprint: z.boolean().default(true),
    })
    .prefault({}),
  agent: z
    .strictObject({
      /** Files or globs. */
      logs: z.array(file).min(1).default(['/var/log/tallygate/downloads.log']),
      deny_dir: file.default('/var/lib/tallygate/deny'),
      salts_file: file.default('/etc/tallygate/salts.conf'),
      /** Where NGINX listens on this host, as host:port. Default: the port of `origin` on 127.0.0.1. */
      nginx: z
        .string()
        .regex(/^(?:\[[0-9a-f:]+\]|[^\s:/]+):\d{1,5}$/i, 'must be a host and a port, such as 127.0.0.1:8080')
        .optional(),
      /** What NGINX writes where privacy.address says that addresses are kept. */
      addresses_log: file.default('/var/log/tallygate/addresses.log'),
      /** After so many seconds without a change a rotated log is complete. A last line without an end is then rejected. */
      close_after: z.int().min(1).max(86_400).default(600),
      /** After so many seconds the agent gives up a batch that PostgreSQL has not finished, and reads it again. */
      stall_after: z.int().min(1).max(3600).default(120),
    })
    .prefault({}),
  /** Regular expressions on user agents, tried before Tallygate's own lists. */
  classes: z
    .strictObject({
      /** These are never bots. */
      allow: z.array(pattern).default([]),
      /** These are always bots. */
      deny: z.array(pattern).default([]),
      /** Not counted at all: their lines are rejected as `filtered_agent`. */
      drop: z.array(pattern).default([]),
    })
    .prefault({}),
  count: z
    .strictObject({
      min_bytes: z.int().min(1).default(1),
      complete_ratio: z.number().gt(0).max(1).default(0.95),
      /** Folders with definitions of their own. The longest `path` wins. */
      folders: z.array(folder).default([]),
      retention_days: z.int().min(1).max(36_500).default(90),
    })
    .refine(({ folders }) => new Set(folders.map(nameOf)).size === folders.length, {
      path: ['folders'],
      error: 'must name each host and path once',
    })
    // What a folder leaves open is that of its profile, and else that of [count].
    .transform(({ folders, ...count }) => ({
      ...count,
      folders: folders.map(({ profile, ...own }) => ({
        ...own,
        min_bytes: own.min_bytes ?? (profile && profiles[profile].min_bytes) ?? count.min_bytes,
        complete_ratio: own.complete_ratio ?? count.complete_ratio,
      })),
    }))
    .prefault({}),
  reports: z
    .strictObject({
      /** Time zone of days and clocks on the pages, unless a reader chooses another, and of days on cards. */
      zone: z.string().refine(isZone, 'must be a time zone such as Europe/Berlin').default('UTC'),
      /** How the paths of releases are told apart, for a page on each: the one group of `pattern` is the release. */
      releases: z.array(release).default([]),
    })
    .prefault({}),
  /** The page that lists files to everyone, and their badges. Off until a folder is named. */
  public: z
    .strictObject({
      /** The beginning of the addresses, and the folder they are served from: "/public/=/srv/public". */
      folders: z
        .array(z.string().regex(/^\/(?:[^=]*\/)?=\/.*$/, 'must be such as "/public/=/srv/public"'))
        .default([]),
      /** Which names are listed. `*` stands for any text, `?` for one character. */
      names: z.array(z.string().min(1)).default(['*']),
      title: z.string().default('Downloads'),
    })
    .prefault({}),
  privacy: z
    .strictObject({
      address: z.enum(['none', 'prefix', 'full']).default('none'),
      /** For how many days the leeches page can show a visitor's address. addresses.log has a rotation of its own. */
      address_days: z.int().min(1).max(3650).default(7),
    })
    .prefault({}),
});

type Camel<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : S;
type CamelKeys<T> = T extends readonly (infer Item)[]
  ? CamelKeys<Item>[]
  : T extends object
    ? { readonly [K in keyof T as K extends string ? Camel<K> : never]: CamelKeys<T[K]> }
    : T;

/** The settings as the program uses them: names in camelCase, defaults filled in, frozen. */
export type Config = CamelKeys<z.output<typeof configSchema>>;
