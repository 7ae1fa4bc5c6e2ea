// How a rejected line begins, for the operator who looks for its fault.

import { isIP } from 'node:net';

const sampleLength = 400;

/**
 * How a line begins, for people. Printable ASCII stays, every other byte becomes \xHH: a terminal or a page shows it
 * without harm. A line of another log may hold what is kept nowhere: its addresses and query strings, and so its
 * signatures, are left out.
 */
export function sampleOf(bytes: Uint8Array): string {
  let sample = '';
  for (const byte of bytes.subarray(0, sampleLength)) {
    const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x5c;
    sample += plain
      ? String.fromCharCode(byte)
      : byte === 0x5c
        ? '\\\\'
        : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return sample
    .replace(maybeAddress, (text) => (isIP(text.replace(/(?<=\.\d+):\d+$/, '')) === 0 ? text : '(address)'))
    .replace(maybeName, '(name)')
    .replace(query, '?(query)');
}

const maybeAddress =
  /(?<![\w./:-])[\dA-Fa-f][\dA-Fa-f.:]{2,44}(?![\w/])|(?<![\w./:-])::[\dA-Fa-f.:]{1,42}(?![\w/])/g;
// Where a server looked names up, the client's name stands in front of `ident user [10/Mar/2024`.
const maybeName = /(?<!\S)[\w-]{1,63}(?:\.[\w-]{1,63}){1,20}(?= \S{1,64} \S{1,64} \[\d)/g;
// To the end of the word: also where the line was cut in the middle of it.
const query = /\?[^\s"]+/g;
