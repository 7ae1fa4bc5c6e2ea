// Hono's router, which looks up an address without parameters once. Its faster one cannot hold POST /tokens/batch
// beside POST /tokens/{id}/revoke, and the other walks the tree of all routes for each request.

import type { Result, Router } from 'hono/router';
import { TrieRouter } from 'hono/router/trie-router';

export class FixedRoutes<Handler> implements Router<Handler> {
  readonly name = 'FixedRoutes';
  readonly #routes = new TrieRouter<Handler>();
  readonly #fixed = new Set<string>();
  // No larger than the addresses declared times the methods Node's parser knows.
  readonly #found = new Map<string, Result<Handler>>();

  add(method: string, path: string, handler: Handler): void {
    this.#routes.add(method, path, handler);
    if (!/[:*?]/.test(path)) this.#fixed.add(path);
    this.#found.clear();
  }

  match(method: string, path: string): Result<Handler> {
    if (!this.#fixed.has(path)) return this.#routes.match(method, path);
    const request = `${method} ${path}`;
    let result = this.#found.get(request);
    if (!result) {
      result = this.#routes.match(method, path);
      this.#found.set(request, result);
    }
    return result;
  }
}
