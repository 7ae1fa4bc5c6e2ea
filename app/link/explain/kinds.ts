// The kinds of mistakes. Each says what is wrong and what to do. mistakes.ts has the table.

import type { LinkArguments } from '../../../njs/link/arguments.ts';
import type { SignedFields } from '../../../njs/link/canonical.ts';
import type { Reading } from './reading.ts';

/** `says` completes "The link is not as it must be: "; `remedy` is a sentence. */
type Named<Subject> = { says: string | ((subject: Subject) => string); remedy: string };

/** What was undone: the text before and after. */
export type Mended = { before: string; after: string };
/** `mend` returns what the text may have been. It returns the same text if the mistake is not in it. */
export type Mend = Named<Mended> & { mend: (text: string) => string | readonly string[] };

/** A link, what NGINX signs for it, and the address that asks. */
export type Signing = {
  link: LinkArguments;
  fields: SignedFields;
  reading: Reading;
  client?: string | undefined;
};
/** `fields` returns what may have been signed instead. */
export type Signed = Named<Signing> & { fields: (signing: Signing) => readonly Partial<SignedFields>[] };

type Hashing = { text: string; secret: string };
/** `sign` returns the signatures that a program with this mistake makes. */
export type Hashed = Named<Hashing> & { sign: (hashing: Hashing) => readonly string[] };

/** A link as it was pasted. `given`: its arguments, however wrong they are. */
export type Seen = { address: string; reading: Reading; given: ReadonlyMap<string, readonly string[]> };
export type Shape = Named<Seen> & { shows: (seen: Seen) => boolean };

/** The words of a row for its subject. */
export function saying<Subject>(row: Named<Subject>, subject: Subject): string {
  return typeof row.says === 'string' ? row.says : row.says(subject);
}
