// Examples for app/link/explain/cookies.ts.

import type { cookies } from '../../../app/link/explain/cookies.ts';
import { cookie, type Examples, folder, inFolder, set, whole } from './links.ts';

export const cookiesExamples: Examples<typeof cookies> = {
  cookieEncoded: {
    address: cookie().link,
    cookie: cookie().cookie.replace(/(?<==)[^;]*\//, encodeURIComponent),
    says: 'and NGINX reads cookies as they come',
    remedy: 'setrawcookie()',
  },
  cookieQuoted: {
    address: cookie().link,
    cookie: `Cookie: a=b; ${set(inFolder).replace(/=(.*?);.*/, "='$1'")}; c=d`,
    says: 'in quotation marks',
    remedy: 'as it was issued',
  },
  cookieOfQuery: [
    {
      address: cookie().link,
      cookie: `tallygate=${whole(inFolder, folder).split('?')[1]}`,
      says: "holds a link's query",
      remedy: 'in the form "cookie"',
    },
    { address: cookie().link, cookie: whole(inFolder, folder), says: "a link's query", remedy: '<s>/<e>' },
  ],
  cookieWithMore: {
    address: cookie().link,
    cookie: set(inFolder).replace('/a1/', '/\u200ba1/'),
    says: 'characters stand in the cookie',
    remedy: 'on one line',
  },
};
