// A format that has no name here is guessed from the log's first lines: cut into pieces, what stands in one place on
// all of them is a column, and what its values look like tells which field it is. What comes out is a format string in
// NGINX's language, which is shown: whoever knows better corrects it and gives it with --format.

import { addressesIn } from '../../../client-address.ts';
import { privateNetworks } from './client.ts';
import type { Scanner, Token } from './format.ts';
import { joinTokens, missingFrom, usual } from './format.ts';
import { isAddress, isHostName } from './host-name.ts';
import { LayoutScanner } from './layout-scanner.ts';
import { nginxField } from './nginx-format.ts';
import { cutAt, cutAtBlanks, type Piece, type Pieces } from './pieces.ts';
import type { LocalClock } from './time.ts';

export type Guess = { text: string; scanner: Scanner };

/** Of the lines of a sample, so many must agree. */
const enough = 0.6;
// Bars and tabs separate wherever there are some; semicolons and commas stand in user agents too.
const cuts = [cutAt('\t'), cutAt('|'), cutAt('^'), cutAtBlanks, cutAt(';'), cutAt(',')];
const fewestPieces = 4;

/** The format of these lines, undefined where not all that is needed was found in them. */
export function guessFormat(sample: readonly string[], local?: LocalClock): Guess | undefined {
  for (const cut of cuts) {
    const lines = mostAlike(sample.map(cut));
    const first = lines[0];
    if (!first || first.pieces.length < fewestPieces || lines.length < enough * sample.length) continue;
    const columns = first.pieces.map(
      (_, index) =>
        new Column(
          lines.map(({ pieces }) => pieces[index] as Piece),
          index,
        ),
    );
    // Nothing between two columns: this is not where the log separates them.
    if (columns.some(({ index }) => index > 0 && first.pieces[index]?.before === '')) continue;
    const tokens = tokensOf(columns, first);
    const scanner = new LayoutScanner({ ...usual, tokens: joinTokens(tokens), strict: true }, local);
    if (missingFrom(scanner.kinds)) continue;
    const read = sample.filter((line) => scanner.scan(line, {}) === 'whole').length;
    if (read > 0 && read >= enough * sample.length) return { text: written(tokens), scanner };
  }
  return undefined;
}

/** The lines that have as many pieces as most of them. */
function mostAlike(lines: readonly Pieces[]): Pieces[] {
  const groups = new Map<number, Pieces[]>();
  for (const line of lines) groups.set(line.pieces.length, [...(groups.get(line.pieces.length) ?? []), line]);
  return [...groups.values()].reduce((a, b) => (b.length > a.length ? b : a), []);
}

const isPrivate = addressesIn(privateNetworks, '');
const isNothing = (text: string) => text === '-' || text === '';
const isList = (text: string) => text.includes(',');
const isAddressList = (text: string) => text.split(/, ?/).every(isAddress);

/** What stands in one place of all lines. */
class Column {
  readonly index: number;
  readonly pieces: readonly Piece[];
  readonly values: readonly string[];
  /** Those that say something. */
  readonly said: readonly string[];

  constructor(pieces: readonly Piece[], index: number) {
    this.index = index;
    this.pieces = pieces;
    this.values = pieces.map(({ text }) => text);
    this.said = this.values.filter((text) => !isNothing(text));
  }

  is(test: (text: string) => boolean): boolean {
    return this.said.length > 0 && this.said.every(test);
  }

  has(test: (text: string) => boolean): boolean {
    return this.said.some(test);
  }

  isKind(kind: Piece['kind']): boolean {
    return this.pieces.filter((piece) => piece.kind === kind).length >= enough * this.pieces.length;
  }

  get isQuoted(): boolean {
    return this.pieces.some(({ before }) => before.endsWith('"'));
  }

  get isEnclosed(): boolean {
    return this.pieces.some(({ before }) => /["([]$/.test(before));
  }

  get variety(): number {
    return new Set(this.said).size;
  }
}

/** Which columns are which fields, by the names of NGINX's variables. */
function rolesOf(columns: readonly Column[]): Map<Column, string> {
  const roles = new Map<Column, string>();
  const take = (column: Column | undefined, name: string) => {
    if (column && !roles.has(column)) roles.set(column, name);
    return column;
  };
  const free = (test: (column: Column) => boolean) =>
    columns.filter((column) => !roles.has(column)).find(test);
  const epoch = (text: string) => /^1\d{9}(?:\.\d+)?$|^1\d{12}$/.test(text);
  take(free((column) => column.isKind('time')) ?? free((column) => column.is(epoch)), 'time_local');
  const asked =
    take(
      free((column) => column.isKind('request')),
      'request',
    ) ?? takeMethod(columns, take);
  if (!asked) return roles;
  const isStatus = (column: Column) =>
    column.is((text) => /^[1-5]\d\d$/.test(text)) && column.has((text) => usualStatus.test(text));
  const status =
    take(
      free((column) => column.index > asked.index && isStatus(column)),
      'status',
    ) ?? take(free(isStatus), 'status');
  if (!status) return roles;
  const count =
    free((column) => column.index > status.index && isCount(column)) ??
    free((column) => column.index > asked.index && isCount(column)) ??
    // No port and no duration is as large.
    free((column) => isCount(column) && column.has((text) => Number(text) > 65_535 && !epoch(text)));
  take(count, 'body_bytes_sent');
  takeAddresses(columns, asked, take);
  takeTexts(columns, status, take, roles);
  return roles;
}

/** Where a column of three digits is no status, it seldom has one of these. */
const usualStatus = /^(?:200|206|30[1-478]|40[0134568]|416|429|499|50[0-4])$/;

type Take = (column: Column | undefined, name: string) => Column | undefined;

const isCount = (column: Column) =>
  column.said.length > 0 && column.values.every((text) => /^(?:\d{1,15}|-)$/.test(text));

/** Method and target each in a column of its own. */
function takeMethod(columns: readonly Column[], take: Take): Column | undefined {
  const method = columns.find((column) =>
    column.is((text) => /^(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|PROPFIND|CONNECT)$/.test(text)),
  );
  const target = columns.find(
    (column) => column !== method && column.is((text) => /^(?:\/|https?:\/\/|\*$)/.test(text)),
  );
  if (!method || !target) return undefined;
  take(method, 'request_method');
  return take(target, 'request_uri');
}

/** Who asked, through whom, and which host. */
function takeAddresses(columns: readonly Column[], asked: Column, take: Take): void {
  const all = columns.filter((column) => column.is(isAddressList));
  const bare = all.filter((column) => !column.has((text) => /^[\d.]+:\d+$|\]:\d+$/.test(text)));
  const [first, second] = bare.length > 0 ? bare : all;
  const isName = (column: Column) =>
    column.is((text) => (isHostName(text) && text.includes('.')) || isAddress(text));
  // In front of the request line: host and client where the server looked names up, else the client alone.
  const named = columns.filter(
    (column) => column.index < asked.index && !column.isEnclosed && isName(column),
  );
  let client = first;
  if (!first) {
    client = named.at(-1);
    take(client, 'remote_addr');
  } else if (!second) take(first, first.has(isList) ? 'http_x_forwarded_for' : 'remote_addr');
  else takeTwo(first, second, take);
  takeHost(columns, asked, client, take);
}

function takeTwo(first: Column, second: Column, take: Take): void {
  const throughProxy = first.has(isPrivate) && second.has((text) => !isPrivate(text.split(',')[0] ?? ''));
  const isInFront = second.index === first.index + 1 && !second.isEnclosed && !throughProxy;
  if (isInFront && (second.has(isPrivate) || first.has(isList))) {
    take(first, 'http_x_forwarded_for');
    take(second, 'remote_addr');
  } else {
    take(first, 'remote_addr');
    // Of two public ones in front, the first is whom the site wants to see.
    if (!isInFront) take(second, 'http_x_forwarded_for');
  }
}

/** A host name that varies less than the clients: what varies as they do may be their names. */
function takeHost(columns: readonly Column[], asked: Column, client: Column | undefined, take: Take): void {
  const isHost = (column: Column) =>
    column !== client &&
    // REST.GET.OBJECT and the like are no hosts.
    column.is((text) => isHostName(text) && /\.[a-z-]{2,}(?::\d+)?$/.test(text)) &&
    (column.variety === 1 || column.variety < (client?.variety ?? 0));
  const hosts = columns.filter(isHost);
  take(hosts.find(({ index }) => index < asked.index) ?? (hosts.length === 1 ? hosts[0] : undefined), 'host');
}

/** Referrer and user agent: by what they look like, else by their usual order. */
function takeTexts(
  columns: readonly Column[],
  status: Column,
  take: Take,
  roles: ReadonlyMap<Column, string>,
): void {
  const free = columns.filter(
    (column) => !roles.has(column) && column.pieces.every(({ kind }) => kind === 'text'),
  );
  const isUrl = (text: string) => /^(?:https?|android-app):\/\//.test(text);
  const looksLikeAgent = (text: string) =>
    /^[A-Za-z][\w .!+-]{0,60}\/v?\d|^Mozilla\b/.test(text) && !/^(?:HTTP|TLSv?|SSLv?)[/\d]/.test(text);
  const texts = free.filter(({ index, isQuoted }) => index > status.index && isQuoted);
  const agents = free.filter((column) => column.has(looksLikeAgent) && !column.has(isUrl));
  const agent =
    agents.find(({ isQuoted }) => isQuoted) ??
    agents[0] ??
    texts.slice(1).find((column) => !column.has(isUrl));
  take(agent, 'http_user_agent');
  const referrers = free.filter(
    (column) => column !== agent && column.values.every((text) => isNothing(text) || isUrl(text)),
  );
  const before = referrers.filter(({ index }) => !agent || index < agent.index);
  take(
    referrers.find((column) => column.has(isUrl)) ?? before.findLast(({ index }) => index > status.index),
    'http_referer',
  );
}

function tokensOf(columns: readonly Column[], { pieces, end }: Pieces): Token[] {
  const roles = rolesOf(columns);
  const tokens = columns.flatMap((column): Token[] => {
    const before = (pieces[column.index] as Piece).before;
    const role = roles.get(column);
    const field =
      role === undefined ? ({ name: '$other', kind: 'other', rank: 0 } as const) : nginxField(role);
    return before === '' ? [field] : [before, field];
  });
  return end === '' ? tokens : [...tokens, end];
}

function written(tokens: readonly Token[]): string {
  return tokens
    .map((token, index) => {
      if (typeof token === 'string') return token;
      const next = tokens[index + 1];
      return typeof next === 'string' && /^\w/.test(next) ? `\${${token.name.slice(1)}}` : token.name;
    })
    .join('');
}
