// The mistakes that links come with, by name. To add one, write a row in the table it belongs to, and an example in
// test/link/examples. The type checker asks for the example.
//
//   carried   what happens to an address on its way from the site to the visitor: `mend` undoes it
//   cookies   the same for the value of a cookie
//   signed    what was signed instead: `fields` changes what goes into the signed text
//   hashed    how it was signed instead: `sign` makes such signatures
//   shapes    faults of form, whatever was signed: `shows` sees them
//
// A mistake of the first four tables is named only if the signature fits without it.

import { carried } from './carried.ts';
import { cookies } from './cookies.ts';
import { hashed } from './hashed.ts';
import { shapes } from './shapes.ts';
import { signed } from './signed.ts';

export const mistakes = { carried, cookies, signed, hashed, shapes };

type Names<Table> = Table extends unknown ? keyof Table : never;
/** `otherKey`: the link was signed with another key of the file than it names. */
export type MistakeName = Names<(typeof mistakes)[keyof typeof mistakes]> | 'otherKey';
