// The code that few requests need. njs makes every function of a module anew for each request, called or not: what
// is rare stands inside one function (build.mjs puts rare.ts there) and is made when it is asked for.

import { crypto } from './crypto.ts';

type Rare = typeof import('./rare.ts');

/** The body is rare.ts; build.mjs writes it. */
declare function tallygateRare(crypto: unknown): Rare;

export function loadRare(): Rare {
  return tallygateRare(crypto);
}
