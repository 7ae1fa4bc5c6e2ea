// The salts that visitors are hashed with: one for each UTC day, in a file that NGINX includes. Each salt is the hash of
// the salt of the day before. So hosts that start from one file always agree, and a day that was dropped cannot be
// computed again.

import { createHash, randomBytes } from 'node:crypto';
import { UserError } from '../user-error.ts';

/** A day's salt; `day` counts UTC days from 1970-01-01. */
export type Salt = { readonly day: number; readonly salt: string };

/** How much of a client's address is kept, in a file of its own. */
export type AddressMode = 'none' | 'prefix' | 'full';

const dayInMs = 86_400_000;
/** 128 bits as base64url. A longer salt would cost one more block of the hash for most user agents. */
const saltLength = 22;
/** The variable of http.conf that holds it. */
const addressVariable = { none: '""', prefix: '$tallygate_address_prefix', full: '$tallygate_address_full' };
/** What NGINX writes behind the day's salt. */
const client = '$remote_addr $http_user_agent';
const head = `# The salts that visitors are hashed with, one for each UTC day: NGINX includes this file. Secret.
# Written by tallygate salts rotate, which drops the days that are over: after that nobody can tell who a
# visitor was. A host that is to agree with this one starts from a copy of this file.
`;

/** The UTC day of `now`. */
export function dayOf(now: Date): number {
  return Math.floor(now.getTime() / dayInMs);
}

/** Salts for `days` days from `first` on, from a fresh random start. */
export function newSalts(first: number, days: number): Salt[] {
  return extend([{ day: first, salt: randomBytes(16).toString('base64url') }], first + days - 1);
}

/** The chain from `today` to `last`. One that begins later stays as it is: a clock was wrong. */
export function rotate(salts: readonly Salt[], today: number, last: number): Salt[] {
  const first = salts[0];
  if (!first) return newSalts(today, last - today + 1);
  // No day is skipped: a file that was left alone for two years still agrees with its copies.
  return extend(salts, Math.max(today, last)).filter(({ day }) => day >= today);
}

function extend(salts: readonly Salt[], last: number): Salt[] {
  const chain = [...salts];
  let end = chain.at(-1);
  while (end && end.day < last) {
    const salt = createHash('sha256')
      .update(`tallygate-salt-v1\n${end.salt}\n`)
      .digest('base64url')
      .slice(0, saltLength);
    end = { day: end.day + 1, salt };
    chain.push(end);
  }
  return chain;
}

/** The text of the salt file. */
export function formatSaltFile(salts: readonly Salt[], address: AddressMode = 'none'): string {
  const lines = salts.map(({ day, salt }) => `    ${day} "${salt}${client}"; # ${dateOf(day)}\n`);
  return `${head}# privacy.address of the configuration
map "" $tallygate_address { default ${addressVariable[address]}; }
# What a visitor is the hash of. njs says which day it is.
map $tallygate_day $tallygate_who {
    volatile;
    default "";
${lines.join('')}}
`;
}

/**
 * The salts in a text that `formatSaltFile` wrote.
 * @throws UserError when it is anything else
 */
export function parseSaltFile(text: string, file: string): Salt[] {
  const salts = [...text.matchAll(/^ {4}(\d+) "([A-Za-z0-9_-]{22})\$/gm)].map(([, day, salt = '']) => ({
    day: Number(day),
    salt,
  }));
  const modes = Object.keys(addressVariable) as AddressMode[];
  if (salts.length === 0 || !modes.some((mode) => formatSaltFile(salts, mode) === text))
    throw new UserError(
      `the salt file ${file} is not as tallygate salts writes it`,
      'Restore it, or remove it and run tallygate salts rotate (visitors of today are then counted again).',
    );
  return salts;
}

function dateOf(day: number): string {
  return new Date(day * dayInMs).toISOString().slice(0, 10);
}
