// What an import would count, summed for people to look at before they let it: does it take the right hosts and files, and
// what does it reject?

import type { Batch, Reject } from '../fold/batch.ts';

/** Of rejected lines so many are shown: the first of each reason, then the first of all. */
const mostRejects = 10;
/** A set of JavaScript's holds 2^24 values at the most. Beyond this many visitors are not told apart. */
const mostVisitors = 10_000_000;

export type FileShare = { host: string; path: string; requests: number; bytes: number };

export class Preview {
  /** Requests by host, and by UTC day (since 1970). */
  readonly hosts = new Map<string, number>();
  readonly days = new Map<number, number>();
  readonly rejects: (Reject & { log: string })[] = [];
  readonly #files = new Map<string, FileShare>();
  readonly #visitors = new Set<number>();
  readonly #reasons = new Set<string>();

  /** How many different visitors there are on each day, added up; at least so many where `atLeast`. */
  get visitorDays(): { number: number; atLeast: boolean } {
    const { size } = this.#visitors;
    return { number: size, atLeast: size >= mostVisitors };
  }

  /** The files, those with most requests first. */
  get files(): FileShare[] {
    return [...this.#files.values()].sort((a, b) => b.requests - a.requests || (a.path < b.path ? -1 : 1));
  }

  add(log: string, { fold, rejects }: Batch): void {
    for (let index = 0; index < fold.size; index += 1) {
      const version = fold.names.versions[fold.version[index] as number];
      if (!version) continue;
      const requests = fold.count[index] as number;
      grow(this.hosts, version.host, requests);
      grow(this.days, fold.day[index] as number, requests);
      const key = `${version.host}\n${version.path}`;
      const file = this.#files.get(key) ?? { host: version.host, path: version.path, requests: 0, bytes: 0 };
      file.requests += requests;
      file.bytes += fold.sent[index] as number;
      this.#files.set(key, file);
      if (this.#visitors.size < mostVisitors)
        // 53 of a visitor's 64 bits. An import hashes an address otherwise on each day.
        this.#visitors.add(
          (fold.visitorHi[index] as number) * 2 ** 21 + ((fold.visitorLo[index] as number) >>> 11),
        );
    }
    for (const reject of rejects) this.#note(log, reject);
  }

  #note(log: string, reject: Reject): void {
    const isFirst = !this.#reasons.has(reject.reason);
    this.#reasons.add(reject.reason);
    if (isFirst || this.rejects.length < mostRejects) this.rejects.push({ ...reject, log });
  }
}

function grow<Key>(sums: Map<Key, number>, key: Key, by: number): void {
  sums.set(key, (sums.get(key) ?? 0) + by);
}
