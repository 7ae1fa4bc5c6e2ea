// The names that occur in records, each kept once and known by a small number: files and their versions,
// origins, tokens, keys. The numbers live only in this process; PostgreSQL sees ids (ids.ts).

import { holderOf } from '../../../njs/link/holder.ts';
import type { Classified, VisitorClass } from './classify.ts';
import { fileId, type Id, originId, versionId } from './ids.ts';
import type { Entry } from './record.ts';

/** What the entity tag of a version ends in whose size is an estimate. Those that servers send end in a quotation mark. */
export const estimatedMark = '(estimated)';

/** What is a download (bytes sent), and what a completed one (the part of the size that is covered). */
export type FilePolicy = { readonly minBytes: number; readonly completeRatio: number };

export type Version = {
  id: Id;
  file: Id;
  host: string;
  path: string;
  etag: string;
  size: number;
  /** Where the file's folder has one of its own. */
  policy: FilePolicy | undefined;
};
export type Origin = {
  id: Id;
  edge: string;
  agent: string;
  client: string;
  class: VisitorClass;
  rule: string;
  referrer: string;
  country: string;
};

/** In place of an origin's number: the operator wants lines with this user agent left out (`classes.drop`). */
export const droppedOrigin = -1;
type PolicyOf = (host: string, path: string) => FilePolicy | undefined;

/** With so many names the owner starts again with none, so that hostile user agents cannot fill the memory. */
const mostNames = 50_000;

export class Names {
  readonly versions: Version[] = [];
  readonly origins: Origin[] = [];
  readonly tokens: string[] = [];
  readonly keys: string[] = [];
  readonly edges: string[] = [];
  /** How many versions and origins PostgreSQL is known to hold, from the first on. */
  storedVersions = 0;
  storedOrigins = 0;

  readonly #classify: (userAgent: string) => Classified;
  readonly #policyOf: PolicyOf;
  readonly #index = new Map<string, number>();
  // What a path and a user agent last were: mostly they are that again, and no key has to be put together.
  readonly #lastVersions = new Map<string, { host: string; etag: string; size: number; number: number }>();
  readonly #lastOrigins = new Map<
    string,
    { edge: string; referrer: string; country: string; number: number }
  >();

  /** @param policyOf the policy of a file's folder, where it has one of its own */
  constructor(classify: (userAgent: string) => Classified, policyOf: PolicyOf = () => undefined) {
    this.#classify = classify;
    this.#policyOf = policyOf;
  }

  get full(): boolean {
    return this.#index.size > mostNames;
  }

  version(host: string, path: string, etag: string, size: number): number {
    const last = this.#lastVersions.get(path);
    if (last && last.size === size && last.host === host && last.etag === etag) return last.number;
    const number = this.#intern(
      `v${size}:${host.length}:${etag.length}:${host}${etag}${path}`,
      this.versions,
      () => {
        const file = fileId(host, path);
        const id = versionId(file, etag, size);
        return { id, file, host, path, etag, size, policy: this.#policyOf(host, path) };
      },
    );
    this.#lastVersions.set(path, { host, etag, size, number });
    return number;
  }

  /** `droppedOrigin` where the operator's patterns drop the user agent. */
  origin(edge: string, agent: string, referrer: string, country: string): number {
    const last = this.#lastOrigins.get(agent);
    if (last && last.referrer === referrer && last.edge === edge && last.country === country)
      return last.number;
    const key = `o${edge.length}:${country.length}:${referrer.length}:${edge}${country}${referrer}${agent}`;
    const number = this.#originNumber(key, edge, agent, referrer, country);
    this.#lastOrigins.set(agent, { edge, referrer, country, number });
    return number;
  }

  #originNumber(key: string, edge: string, agent: string, referrer: string, country: string): number {
    const known = this.#index.get(key);
    if (known !== undefined) return known;
    const { dropped, ...told } = this.#classify(agent);
    if (dropped) {
      this.#index.set(key, droppedOrigin);
      return droppedOrigin;
    }
    const id = originId(edge, agent, referrer, country);
    return this.#intern(key, this.origins, () => ({ id, edge, agent, referrer, country, ...told }));
  }

  originOf({ edge, agent, referrer, country }: Entry): number {
    return this.origin(edge, agent, referrer, country);
  }

  /** The number of the token that a link's id belongs to: all files of a token are counted under the token. */
  token(id: string): number {
    const token = holderOf(id);
    return this.#intern(`t${token}`, this.tokens, () => token);
  }

  key(key: string): number {
    return this.#intern(`k${key}`, this.keys, () => key);
  }

  edge(edge: string): number {
    return this.#intern(`e${edge}`, this.edges, () => edge);
  }

  #intern<T>(key: string, list: T[], make: () => T): number {
    let index = this.#index.get(key);
    if (index === undefined) {
      index = list.push(make()) - 1;
      this.#index.set(key, index);
    }
    return index;
  }
}
