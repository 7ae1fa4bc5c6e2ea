// Examples for app/link/explain/shapes.ts.

import type { shapes } from '../../../app/link/explain/shapes.ts';
import {
  byHand,
  changeSignature,
  cookie,
  type Examples,
  folder,
  host,
  inFolder,
  segments,
  set,
  whole,
} from './links.ts';

export const shapesExamples: Examples<typeof shapes> = {
  shortened: {
    address: `${whole().slice(0, 50)}…`,
    says: 'shortened for display',
    remedy: 'Copy the address',
  },
  cookieOfOtherFolder: {
    address: `${host}/x/a.txt`,
    cookie: set(inFolder),
    says: 'the cookie is for /x/hls/course/',
    remedy: "for the path's folder",
  },
  cookieSpeltOtherwise: {
    address: `${host}/x/hls/Gr%c3%b6%c3%9fe/seg.ts`,
    cookie: set('/x/hls/Größe/seg.ts'),
    says: 'Path, /x/hls/Gr%C3%B6%C3%9Fe/, does not begin the address /x/hls/Gr%c3%b6%c3%9fe/seg.ts',
    remedy: 'Encode addresses as the link',
  },
  cookieSecure: {
    address: cookie().link.replace('https', 'http'),
    cookie: set(inFolder),
    says: 'the cookie is Secure',
    remedy: 'Ask by https',
  },
  segmentsWrong: [
    {
      address: segments().replace('/a1', '.nfoo/a1'),
      says: 'the segments <s>/<e>',
      remedy: 'no place there',
    },
    { address: cookie().link, cookie: 'tallygate=abc', says: 'the segments', remedy: '- for no token' },
  ],
  cutByShell: {
    address: whole().replace(/&.*/, ''),
    says: 'behind its first argument',
    remedy: 'single quotes',
  },
  missing: [
    { address: `${host}/x/a.txt?e=1&k=a1`, says: 'it lacks s', remedy: 'Copy the link whole' },
    { address: `${host}/x/a.txt`, says: 'it lacks e, k, s', remedy: '--cookie' },
  ],
  twice: { address: `${whole().replace('tok', 'tik')}&t=tak`, says: 't stands twice', remedy: 'once' },
  capitalName: { address: `${whole()}&R=5`, says: 'a capital letter', remedy: 'call others otherwise' },
  signatureCut: [
    { address: whole().slice(0, -5), says: 's has 17 of its 22 characters', remedy: 'Copy the link whole' },
    { address: segments().replace(/(?<=\/s\/.{19})...\//, '/'), says: 's has 19 of its 22', remedy: 'anew' },
  ],
  signatureLong: {
    address: `${whole()}AAAAAAAAAAAAAAAAAAAAAA`.replace(/s=./, 's='),
    says: 's has 43',
    remedy: '16 bytes',
  },
  signatureLowered: { address: whole().toLowerCase(), says: 'no capital letter', remedy: 'Pass links on' },
  signatureForm: {
    address: changeSignature(whole(), (s) => `${s.slice(0, -1)}B`),
    says: 'one of A, Q',
    remedy: 'whole',
  },
  timeInMilliseconds: {
    address: whole().replace(/e=(\d+)/, 'e=$1000'),
    says: 'e is in milliseconds',
    remedy: 'divide by 1000',
  },
  timeForm: [
    { address: whole().replace('?e=', '?e=x'), says: 'unix seconds', remedy: 'Write the time so' },
    { address: whole().replace('&k=', '&b=2026-11-21&k='), says: 'e, f and b may only hold', remedy: 'so' },
  ],
  finishBeforeExpiry: [
    {
      address: whole().replace('&k=', '&f=17&k='),
      says: 'f (finish by) lies before',
      remedy: 'later than e',
    },
    {
      address: segments().replace('/a1', '.f17/a1'),
      says: 'f (finish by) lies before',
      remedy: 'later than e',
    },
  ],
  keyForm: {
    address: whole().replace('k=a1', 'k=A1'),
    says: 'k may only hold',
    remedy: 'tallygate keys list',
  },
  tokenForm: [
    {
      address: byHand({}, { t: 'order:17' }),
      says: 't may only hold 1 to 32 of A to Z, a to z, 0 to 9, _ and -; NGINX refuses the link',
      remedy: 'Sign with a token id of that form',
    },
    { address: segments().replace('/tok/', '/order:17/'), says: 't may only hold', remedy: 'leave t out' },
  ],
  folderForm: {
    address: whole(inFolder, folder).replace('p=3', 'p=03'),
    says: 'from 1 to 16',
    remedy: 'segments',
  },
  boundForm: {
    address: whole().replace('&s=', '&i=10.0.0.1&s='),
    says: 'i may only be 1',
    remedy: 'Write i=1',
  },
  rateForm: {
    address: whole().replace('&s=', '&r=5k&s='),
    says: 'r may only hold',
    remedy: 'without a unit',
  },
  nameForm: { address: whole().replace('&s=', '&n=%FF&s='), says: 'n must be', remedy: 'encodeURIComponent' },
};
