// No card shows a rude word: a code that has one is thrown away, and another is made. That is one in 60, so a code has
// 0.02 bits less than it would. An alphabet without vowels would not do it: people read 1, 0, 3, 4 and 5 as letters.

import { defaultOptions } from 'sqids';

// sqids makes ids that people see. Its words are in many languages, with digits for letters; these are not among them.
const more =
  'dead die fick fotze gay heil hitler homo hure jew kill kkk kurwa nazi nutte paki pedo piss poo sau sex spic tit whore wichs';

/** As people read it: 5EX and 5H1T are words, too. What a code cannot tell apart is one character here. */
function asRead(text: string): string {
  return text
    .toUpperCase()
    .replace(/[IL]/g, '1')
    .replace(/O/g, '0')
    .replace(/U/g, 'V')
    .replace(/3/g, 'E')
    .replace(/4/g, 'A')
    .replace(/5/g, 'S')
    .replace(/7/g, 'T');
}

const words = new Set([...defaultOptions.blocklist, ...more.split(' ')].map(asRead));
const anyWord = new RegExp([...words].join('|'));

/** Whether a word that nobody wants on a card is in it. */
export function isRude(code: string): boolean {
  return anyWord.test(asRead(code));
}
