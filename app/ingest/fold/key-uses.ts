// Which keys a batch's requests were signed with, for the report that says when one is safe to retire.

/** Requests signed with one key on one day at one edge; key and edge are numbers of names, `lastAt` in milliseconds. */
export type KeyUse = { key: number; edge: number; day: number; requests: number; lastAt: number };

export class KeyUses {
  readonly #uses = new Map<number, KeyUse>();
  // The next request nearly always has the same.
  #last: KeyUse | undefined;

  note(key: number, edge: number, day: number, at: number): void {
    let use = this.#last;
    if (use === undefined || use.key !== key || use.edge !== edge || use.day !== day) {
      const id = (day * 4096 + (edge % 4096)) * 65_536 + key;
      use = this.#uses.get(id);
      if (use === undefined) {
        use = { key, edge, day, requests: 0, lastAt: at };
        this.#uses.set(id, use);
      }
      this.#last = use;
    }
    use.requests += 1;
    if (at > use.lastAt) use.lastAt = at;
  }

  values(): Iterable<KeyUse> {
    return this.#uses.values();
  }

  clear(): void {
    this.#uses.clear();
    this.#last = undefined;
  }
}
