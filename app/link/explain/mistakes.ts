// The mistakes that links come with, by name. A new one is a row of the table it belongs to, and an example in
// test/link/examples, which the type checker asks for.
//
//   carried   what happens to an address between who issued it and who asks: `mend` undoes it
//   cookies   the same of a cookie's value
//   signed    what was signed instead: `fields` changes what goes into the signed text
//   hashed    how it was signed instead: `sign` makes such signatures
//   shapes    what makes it no link, whatever was signed: `shows` sees it
//
// One of the first four is named when the signature fits without it, and never else.

import { carried } from './carried.ts';
import { cookies } from './cookies.ts';
import { hashed } from './hashed.ts';
import { shapes } from './shapes.ts';
import { signed } from './signed.ts';

export const mistakes = { carried, cookies, signed, hashed, shapes };

type Names<Table> = Table extends unknown ? keyof Table : never;
/** `otherKey`: the link was signed with another key of the file than it says. */
export type MistakeName = Names<(typeof mistakes)[keyof typeof mistakes]> | 'otherKey';
