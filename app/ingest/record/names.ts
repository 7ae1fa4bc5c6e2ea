// The names that occur in records, each kept once and known by a small number: files and their versions,
// origins, tokens, keys. The numbers live only in this process; PostgreSQL sees ids (ids.ts).

import type { Classified, VisitorClass } from './classify.ts';
import { fileId, type Id, originId, versionId } from './ids.ts';

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

  /** @param policyOf the policy of a file's folder, where it has one of its own */
  constructor(classify: (userAgent: string) => Classified, policyOf: PolicyOf = () => undefined) {
    this.#classify = classify;
    this.#policyOf = policyOf;
  }

  get full(): boolean {
    return this.#index.size > mostNames;
  }

  version(host: string, path: string, etag: string, size: number): number {
    return this.#intern(`v${size}:${host.length}:${etag.length}:${host}${etag}${path}`, this.versions, () => {
      const file = fileId(host, path);
      return {
        id: versionId(file, etag, size),
        file,
        host,
        path,
        etag,
        size,
        policy: this.#policyOf(host, path),
      };
    });
  }

  origin(edge: string, agent: string, referrer: string, country: string): number {
    const key = `o${edge.length}:${country.length}:${referrer.length}:${edge}${country}${referrer}${agent}`;
    return this.#intern(key, this.origins, () => {
      const id = originId(edge, agent, referrer, country);
      return { id, edge, agent, referrer, country, ...this.#classify(agent) };
    });
  }

  token(token: string): number {
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
