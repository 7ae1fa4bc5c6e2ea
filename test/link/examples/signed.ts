// Examples for app/link/explain/signed.ts.

import type { signed } from '../../../app/link/explain/signed.ts';
import { inSeconds } from '../../gate/site.ts';
import { added, byHand, type Examples, file, host, inFolder, p } from './links.ts';

export const signedExamples: Examples<typeof signed> = {
  pathEncoded: [
    { address: byHand({ path: '/x/a%20b.txt' }), says: 'the encoded path was signed', remedy: 'decoded' },
    {
      address: byHand({ path: '/x/hls/Gr%c3%b6%c3%9fe/' }, { p: '3', path: '/x/hls/Größe/seg.ts' }),
      says: 'encoded path',
      remedy: '$uri',
    },
  ],
  spaceAsPlus: {
    address: byHand({ path: '/x/a+b.txt' }),
    says: 'a space was signed as +',
    remedy: 'with the space',
  },
  plusAsSpace: {
    address: byHand({ path: '/x/a b.txt' }, { path: '/x/a+b.txt' }),
    says: 'a + of the path was signed as a space',
    remedy: 'rawurldecode',
  },
  firstSlash: {
    address: byHand({ path: 'x/a b.txt' }),
    says: 'without its first slash',
    remedy: 'from the slash on',
  },
  finalSlash: [
    { address: byHand({ path: '/x/a b.txt/' }), says: 'another final slash', remedy: 'a file without' },
    {
      address: byHand({ path: '/x/hls/course' }, p),
      says: 'another final slash',
      remedy: 'a folder (p) with',
    },
  ],
  normalForm: {
    address: byHand({ path: '/x/Größe.txt'.normalize('NFD') }, { path: '/x/Größe.txt' }),
    says: 'another Unicode normal form',
    remedy: 'as it stands on disk',
  },
  pathInSmallLetters: {
    address: byHand({ path: '/x/größe.txt' }, { path: '/x/Größe.txt' }),
    says: 'signed in small letters',
    remedy: 'tells capitals from small letters',
  },
  hostSigned: [
    {
      address: byHand({ path: `${host}${file}` }),
      says: 'scheme or host was signed',
      remedy: 'the path alone',
    },
    { address: byHand({ path: `dl.example.org${file}` }), says: 'scheme or host', remedy: 'the path alone' },
  ],
  querySigned: {
    address: (() => {
      const e = String(inSeconds(600));
      return byHand({ path: `${file}?e=${e}&k=a1` }, { e });
    })(),
    says: 'the query was signed with the path',
    remedy: 'without ?',
  },
  pathOfLocation: { address: byHand({ path: '/a b.txt' }), says: 'only the end of the path', remedy: '$uri' },
  lineEndSigned: { address: byHand({ path: `${file}\n` }), says: 'behind the path', remedy: 'printf' },
  folderUnsigned: { address: byHand({ p: '' }, p), says: 'p was added after signing', remedy: 'in its line' },
  folderWhole: {
    address: byHand({ path: inFolder }, p),
    says: 'the whole path was signed',
    remedy: 'the first p segments',
  },
  folderOfOtherDepth: [
    {
      address: byHand({ path: '/x/hls/' }, p),
      says: 'as many segments as p says',
      remedy: 'Count the segments',
    },
    {
      address: byHand({ p: '2', path: '/x/hls/' }, p),
      says: 'as many segments',
      remedy: 'between the slashes',
    },
  ],
  tokenAdded: { address: byHand({ t: '' }, { t: 'later' }), says: 't was added after signing', ...added },
  finishAdded: { address: byHand({ f: '' }, { f: String(inSeconds(900)) }), says: 'f was added', ...added },
  notBeforeAdded: { address: byHand({ b: '' }, { b: '1' }), says: 'b was added', ...added },
  rateAdded: { address: byHand({ r: '' }, { r: '1000' }), says: 'r was added', ...added },
  nameAdded: { address: byHand({ n: '' }, { n: 'a.txt' }), says: 'n was added', ...added },
  boundAdded: { address: byHand({ i: '' }, { i: '1' }), says: 'i was added', client: '127.0.0.1', ...added },
  nameEncoded: [
    { address: byHand({ n: 'a%20b' }, { n: 'a b' }), says: 'n was signed encoded', remedy: 'decoded' },
    { address: byHand({ n: 'a+b' }, { n: 'a b' }), says: 'n was signed encoded', remedy: 'decoded' },
  ],
  oneSigned: {
    address: byHand({ i: '1' }, { i: '1' }),
    says: 'the 1 of i was signed',
    remedy: "the client's address itself",
    client: '127.0.0.1',
  },
  addressWhole: {
    address: byHand({ i: '2001:DB8::17' }, { i: '1' }),
    says: 'the whole IPv6 address was signed',
    remedy: 'Sign its network',
    client: '2001:DB8::17',
    unasked: 'the test asks by IPv4',
  },
  timeInOtherForm: (() => {
    const e = String(inSeconds(600));
    const row = { says: 'the time was signed in another form', remedy: 'whole seconds first' };
    return [`${e}.0`, `${e}000`].map((other) => ({ address: byHand({ e: other }, { e }), ...row }));
  })(),
};
