// What is a host name, what is an address.

import { isIP } from 'node:net';

/** Labels with a letter at the front of the last one, such as dl.example.org or localhost, perhaps with a port. */
export function isHostName(text: string): boolean {
  return text.length < 256 && hostName.test(text) && !isAddress(text);
}

// Labels of 63 at most, and so few that a hostile name is given up at once.
const hostName = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,62})\.){0,40}(?:[a-z]|xn--)[a-z0-9-]{0,62}\.?(?::\d{1,5})?$/i;

/** Whether this is an address, also with a port, in brackets or with a zone. */
export function isAddress(text: string): boolean {
  return isIP(bareAddress(text)) !== 0;
}

/** An address without what may stand around it: quotes, brackets, a port behind IPv4 or brackets. */
export function bareAddress(text: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1];
  if (bracketed !== undefined) return bracketed;
  const ported = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text)?.[1];
  return ported ?? text;
}
