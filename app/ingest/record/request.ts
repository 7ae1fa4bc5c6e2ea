// One accepted request in numbers: what a fold adds up. Filled anew for each line, because an object a line would be most
// of what an import allocates.

export class RequestNumbers {
  /** The halves of the visitor hash, signed. */
  visitorHi = 0;
  visitorLo = 0;
  /** Numbers of names (names.ts). */
  version = 0;
  token = 0;
  key = 0;
  edge = 0;
  origin = 0;
  /** When it ended (milliseconds since 1970), and how long it took (milliseconds; 0: not told). */
  at = 0;
  ms = 0;
  /** The place of the first byte in the file (-1: several ranges), and how many bytes were sent. */
  from = 0;
  sent = 0;
}
