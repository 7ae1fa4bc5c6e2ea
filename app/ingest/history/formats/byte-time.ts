// The times that nearly all logs have, read from their bytes: 10/Mar/2024:10:00:00 +0100, 2024-03-10T09:00:00+00:00 or with a
// Z, and 1710061200.123. What the text around the clock says is asked of time.ts, once for a day.

import { TimeReader } from './time.ts';

const [slash, dash, dot, colon, zero, letterT, letterZ] = [0x2f, 0x2d, 0x2e, 0x3a, 0x30, 0x54, 0x5a];
const clockLength = 8;

export class ByteTime {
  /** Milliseconds since 1970. */
  value = Number.NaN;
  readonly #times = new TimeReader();
  /** The last time read, with any clock, and what it comes to at midnight. */
  #text = new Uint8Array(0);
  #midnight = 0;

  /** Reads the time at a place. Returns where it ends, -1 where it has another form or is none. */
  read(bytes: Uint8Array, at: number, end: number): number {
    if (bytes[at + 10] === dot) return this.#sinceEpoch(bytes, at, end);
    let head = 0;
    let tail = 6;
    if (bytes[at + 2] === slash) head = 12;
    else if (bytes[at + 4] === dash && bytes[at + 10] === letterT) {
      head = 11;
      if (bytes[at + 19] === letterZ) tail = 1;
    } else return -1;
    const length = head + clockLength + tail;
    if (at + length > end) return -1;
    const clock = clockAt(bytes, at + head);
    if (clock < 0) return -1;
    if (!this.#isLast(bytes, at, head, length) && !this.#learn(bytes, at, length, clock)) return -1;
    this.value = this.#midnight + clock;
    return at + length;
  }

  #isLast(bytes: Uint8Array, at: number, head: number, length: number): boolean {
    const text = this.#text;
    if (text.length !== length) return false;
    for (let i = 0; i < head; i += 1) if (bytes[at + i] !== text[i]) return false;
    for (let i = head + clockLength; i < length; i += 1) if (bytes[at + i] !== text[i]) return false;
    return true;
  }

  #learn(bytes: Uint8Array, at: number, length: number, clock: number): boolean {
    const text = bytes.slice(at, at + length);
    const times = this.#times;
    if (!times.read(Buffer.from(text).toString('latin1'), 0) || times.end !== length) return false;
    if (Number.isNaN(times.value)) return false;
    this.#text = text;
    this.#midnight = times.value - clock;
    return true;
  }

  #sinceEpoch(bytes: Uint8Array, at: number, end: number): number {
    if (at + 14 > end) return -1;
    const seconds = digitsAt(bytes, at, 10);
    const thousandths = digitsAt(bytes, at + 11, 3);
    if (seconds < 0 || thousandths < 0) return -1;
    this.value = seconds * 1000 + thousandths;
    return at + 14;
  }
}

/** Milliseconds of hh:mm:ss; -1 where it is none. */
function clockAt(bytes: Uint8Array, at: number): number {
  const hours = digitsAt(bytes, at, 2);
  const minutes = digitsAt(bytes, at + 3, 2);
  const seconds = digitsAt(bytes, at + 6, 2);
  if (hours < 0 || minutes < 0 || seconds < 0 || hours > 23 || minutes > 59 || seconds > 60) return -1;
  if (bytes[at + 2] !== colon || bytes[at + 5] !== colon) return -1;
  return ((hours * 60 + minutes) * 60 + seconds) * 1000;
}

/** The number of so many digits; -1 where others stand there. */
export function digitsAt(bytes: Uint8Array, at: number, count: number): number {
  let number = 0;
  for (let i = at; i < at + count; i += 1) {
    const digit = (bytes[i] as number) - zero;
    if (!(digit >= 0 && digit <= 9)) return -1;
    number = number * 10 + digit;
  }
  return number;
}
