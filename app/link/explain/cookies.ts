// What happens to a cookie on its way to NGINX, which takes its value as it comes.

import type { Mend } from './kinds.ts';

export const cookies = {
  cookieEncoded: {
    says: "the cookie's value is encoded (%2F for /), and NGINX reads cookies as they come",
    remedy:
      "Answer with the Set-Cookie value as it was issued: in PHP with header() or setrawcookie(), in Express with res.append('Set-Cookie', value).",
    mend: (text) => text.replace(/%2f/gi, '/').replace(/%2e/gi, '.'),
  },
  cookieQuoted: {
    says: "the cookie's value stands in quotation marks",
    remedy: 'Answer with the Set-Cookie value as it was issued.',
    mend: (text) => text.replace(/(tallygate=)?(["'])(.*?)\2/is, '$1$3'),
  },
  cookieOfQuery: {
    says: "the cookie holds a link's query",
    remedy: 'Issue the link in the form "cookie": its value is <s>/<e>.p<segments>/<k>/<t or ->.',
    mend: (text) => {
      const value = (name: string) => new RegExp(`[=?&]${name}=([^&;]*)`).exec(text)?.[1] ?? '';
      const fields = ['f', 'b', 'p', 'i', 'r'].map((name) => (value(name) ? `.${name}${value(name)}` : ''));
      const query = /(?:tallygate=)?(?:\/\S*\?|[a-z]+:\/\/\S*\?)?e=[^;]*/;
      return text.replace(
        query,
        `tallygate=${value('s')}/${value('e')}${fields.join('')}/${value('k')}/${value('t') || '-'}`,
      );
    },
  },
  cookieWithMore: {
    says: 'characters stand in the cookie that do not belong to it',
    remedy: 'Answer with the Set-Cookie value as it was issued, on one line.',
    mend: (text) => {
      const [, lead = '', value = '', rest = ''] = /^(.*?tallygate=)?([^;]*)(.*)$/is.exec(text) ?? [];
      const clean = value.replace(/[^A-Za-z0-9_./-]/g, '');
      return [
        lead + clean + rest,
        lead + clean.replace(/[_.-]+$/, '') + rest,
        lead + clean.replace(/^\/?s\//, '') + rest,
      ];
    },
  },
} as const satisfies Record<string, Mend>;
