// The kinds of mistakes (mistakes.ts is the table of them): each says what is wrong and what to do.

import type { LinkArguments } from '../../../njs/link/arguments.ts';
import type { SignedFields } from '../../../njs/link/canonical.ts';
import type { Reading } from './reading.ts';

/** `says` completes "The link is not as it must be: "; `remedy` is a sentence. */
type Named<Subject> = { says: string | ((subject: Subject) => string); remedy: string };

/** What was undone: the text before and after. */
export type Mended = { before: string; after: string };
/** `mend` gives what the text may have been; the same text where it does not hold the mistake. */
export type Mend = Named<Mended> & { mend: (text: string) => string | readonly string[] };

/** A link, what NGINX signs for it, and the address that asks. */
export type Signing = {
  link: LinkArguments;
  fields: SignedFields;
  reading: Reading;
  client?: string | undefined;
};
/** `fields` gives what may have been signed instead. */
export type Signed = Named<Signing> & { fields: (signing: Signing) => readonly Partial<SignedFields>[] };

type Hashing = { text: string; secret: string };
/** `sign` gives the signatures that a mistaken program makes. */
export type Hashed = Named<Hashing> & { sign: (hashing: Hashing) => readonly string[] };

/** A link as it stands; `given`: its arguments, however wrong they are. */
export type Seen = { address: string; reading: Reading; given: ReadonlyMap<string, readonly string[]> };
export type Shape = Named<Seen> & { shows: (seen: Seen) => boolean };

/** What a row says of its subject. */
export function saying<Subject>(row: Named<Subject>, subject: Subject): string {
  return typeof row.says === 'string' ? row.says : row.says(subject);
}
