// What people are told, in plain words, and which problem that is for programs.

import type { ProblemCode } from '../http/problem.ts';
import type { Refused } from './redeem.ts';
import { untilWords } from './until.ts';

export type Words = { code: ProblemCode; title: string; text: string };

/** What to say when the typed text is no code. */
export function notACode(kind: 'slip' | 'foreign'): Words {
  if (kind === 'foreign') {
    return {
      code: 'malformed',
      title: 'That is not a code.',
      text: 'Codes are made of letters and digits, in groups with dashes between them.',
    };
  }
  return {
    code: 'not_found',
    title: 'That code has a typing mistake.',
    text: 'A character is wrong or missing. Please compare it with your card. This did not count as a try.',
  };
}

/**
 * What to say when a code gives nothing.
 * @param zone the time zone of the days on cards
 */
export function refusal(refused: Refused, zone: string): Words {
  switch (refused.kind) {
    case 'unknown':
      return {
        code: 'not_found',
        title: 'We do not know that code.',
        text: 'Please compare it with your card, and check that it is meant for this site.',
      };
    case 'revoked':
      return {
        code: 'gone',
        title: 'This code is no longer valid.',
        text: 'It was withdrawn. Please ask whoever gave it to you.',
      };
    case 'expired': {
      const { day, time } = untilWords(refused.at, zone);
      return {
        code: 'gone',
        title: 'This code has expired.',
        text: `It could be used until ${day}${time === undefined ? '' : `, ${time}`}.`,
      };
    }
    case 'used_up': {
      const { uses, held, freeAt } = refused;
      const used = `This code has been used ${uses} of ${uses} ${uses === 1 ? 'time' : 'times'}.`;
      if (held === 0) return { code: 'gone', title: used, text: 'Nothing is left to download with it.' };
      return {
        code: 'gone',
        title: used,
        text: `${held === uses ? 'The download has' : `${held} of them have`} not finished yet. If that was you, go back to the page you had, on the same device.${
          freeAt ? ` If it is not finished, the code can be used again from ${moment(freeAt)} on.` : ''
        }`,
      };
    }
  }
}

/** A moment for people. It names the time zone, because the server does not know theirs. */
export const moment = (date: Date) =>
  `${new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' }).format(date)} UTC`;
