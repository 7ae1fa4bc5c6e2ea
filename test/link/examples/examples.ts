// An example, or several, of each mistake that `tallygate explain` knows: what is pasted, and what it then says.

import type { MistakeName } from '../../../app/link/explain/mistakes.ts';
import { signLink } from '../../../app/link/sign.ts';
import { inSeconds, key } from '../../gate/site.ts';
import { carriedExamples } from './carried.ts';
import { cookiesExamples } from './cookies.ts';
import { hashedExamples } from './hashed.ts';
import { type Examples, file, host, otherKey, whole } from './links.ts';
import { shapesExamples } from './shapes.ts';
import { signedExamples } from './signed.ts';

export const examples: Examples<Record<MistakeName, unknown>> = {
  ...carriedExamples,
  ...cookiesExamples,
  ...signedExamples,
  ...hashedExamples,
  ...shapesExamples,
  otherKey: [
    {
      address: host + signLink({ ...otherKey, id: 'a1' }, { path: file, expires: inSeconds(60) }, ''),
      says: 'signed with the key b2 and says k=a1',
      remedy: 'Write k=b2',
    },
    {
      address: host + signLink({ ...key, id: 'gone' }, { path: file, expires: inSeconds(60) }, ''),
      says: 'signed with the key a1 and says k=gone',
      remedy: 'Write k=a1',
    },
    { address: whole().replace('k=a1', 'k=b2'), says: 'signed with the key a1', remedy: 'Write k=a1' },
  ],
};
