// Hono's tree router, which remembers its answer for each path without parameters. Hono's faster router cannot hold
// POST /tokens/batch beside POST /tokens/{id}/revoke; the tree router alone walks all routes for each request.

import type { Result, Router } from 'hono/router';
import { TrieRouter } from 'hono/router/trie-router';

export class FixedRoutes<Handler> implements Router<Handler> {
  readonly name = 'FixedRoutes';
  readonly #routes = new TrieRouter<Handler>();
  readonly #fixed = new Set<string>();
  // It cannot grow beyond the declared paths times the methods that Node's parser knows.
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
