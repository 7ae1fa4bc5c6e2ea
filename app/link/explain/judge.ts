// What NGINX does with a link, step by step as in the gate (njs/gate/gate-any.ts), and the facts that it looks at.

import { type LinkArguments, readQuery, readSegments } from '../../../njs/link/arguments.ts';
import { encodePath } from '../../../njs/link/build.ts';
import { canonicalString } from '../../../njs/link/canonical.ts';
import { coveredPrefix } from '../../../njs/link/covered.ts';
import { isText } from '../../../njs/link/forms.ts';
import { findKey, type KeyRing, ringLabel } from '../../keys/ring.ts';
import { boundAddress } from '../address.ts';
import { signatureOf } from '../sign.ts';
import type { Circumstances, Explanation, Judged } from './judged.ts';
import { judgeOlder, olderKey } from './older.ts';
import { argument, argumentsOf, isTooOpen, isWithin, type Pasted, type Reading, read } from './reading.ts';
import { time } from './time.ts';

type Facts = [name: string, value: string][];

/** What NGINX answers to a link, and why. */
export function judge(pasted: Pasted, at: Circumstances): Judged {
  const reading = read(pasted);
  if ('kind' in reading)
    return {
      state: 'unreadable',
      status: 400,
      verdict: `It cannot be asked for: ${reading.says}.`,
      remedy: reading.remedy,
      facts: [],
    };
  const older = olderKey(reading, at.ring);
  if (older) return judgeOlder(older, reading, at);
  const others = at.others ?? [];
  for (const ring of others) {
    const foreign = olderKey(reading, ring, [at.ring, ...others]);
    if (foreign) return elsewhere(judgeOlder(foreign, reading, at), foreign.id, ring, at);
  }
  const facts = firstFacts(reading);
  const link = isSent(reading) ? readLink(reading) : undefined;
  if (!link) return unreadable(reading, facts);
  facts.push(...describe(link, at.now));
  return judgeLink({ link, reading, facts }, at);
}

function isSent({ place, cookie, sent, origin }: Reading): boolean {
  return place !== 'cookie' || (cookie !== undefined && isWithin(cookie, sent) && !isTooOpen(cookie, origin));
}

function readLink({ place, text, isTaken }: Reading): LinkArguments | undefined {
  if (place === 'query') return readQuery(text);
  return isTaken ? readSegments(text) : undefined;
}

function unreadable(reading: Reading, facts: Facts): Judged {
  return {
    state: 'unreadable',
    status: reading.isTaken ? 403 : 404,
    verdict: 'It does not have the form of a link.',
    remedy: 'Copy the link whole, or issue it anew.',
    facts,
    reading,
  };
}

type Read = { link: LinkArguments; reading: Reading; facts: Facts };

function judgeLink(read: Read, at: Circumstances): Judged {
  const { link, reading, facts } = read;
  const { path } = reading;
  const covered = link.p === '' ? path : coveredPrefix(path, Number(link.p));
  const bound = link.i === '' ? '' : boundAddress(at.client ?? '');
  const fields = { ...link, i: bound ?? '', path: covered === '' ? path : covered };
  const named = findKey(at.ring, link.k);
  const key = named?.kind === 'hs256' ? named : undefined;
  const other = named ? undefined : at.others?.find((ring) => findKey(ring, link.k)?.kind === 'hs256');
  if (other) return elsewhere(judgeLink(read, { ...at, ring: other, others: [] }), link.k, other, at);
  const refused = (state: Judged['state'], verdict: string, remedy: string): Judged => {
    return { state, status: 403, verdict, remedy, ...read, compared: { key, fields } };
  };
  if (!key) {
    const ids = [at.ring, ...(at.others ?? [])].flatMap(({ keys }) => keys.map(({ id }) => id)).join(', ');
    const verdict = `The key ${link.k} is not in the key file, which holds: ${ids}.`;
    const remedy = 'If it was retired, issue the link anew; if the link is of another site, ask there.';
    return refused('mismatch', verdict, remedy);
  }
  if (covered === '') {
    const verdict = `The path does not lie below ${link.p} segments.`;
    return refused('mismatch', verdict, 'Ask for a path inside the folder.');
  }
  if (bound === undefined)
    return refused('unproven', 'The link is bound to an address.', 'Say which one asks, with --client.');
  const { mac, signature } = signatureOf(key, fields);
  facts.push(
    ['signed text', canonicalString(fields)],
    ['mac', mac],
    ['signature, computed', signature],
    ['signature, in the link', link.s],
  );
  if (!isText(covered))
    return refused('mismatch', 'The path is not UTF-8.', 'Encode it as UTF-8: ä is %C3%A4.');
  if (signature === link.s) return { state: 'fits', ...judgeTime(link, at.now), ...read };
  return refused('mismatch', ...unexplained(link, reading));
}

/**
 * The link names a key of another ring than the site's, and NGINX does not look there. We say all the same whether the
 * signature fits: if it does, nothing else is wrong.
 */
function elsewhere(judged: Judged, id: string, ring: KeyRing, at: Circumstances): Judged {
  const { compared, ...rest } = judged;
  return {
    ...rest,
    status: 403,
    verdict: `The key ${id} is of ${ringLabel(ring.name)}, and this site accepts ${ringLabel(at.ring.name)}.`,
    remedy: `Ask at a site of that ring, or sign for this one's. If this is such a site: --ring ${ring.name || '""'}`,
    ...(compared && { compared: { ...compared, key: undefined } }),
  };
}

/** The words for a link in which no mistake of the table is found. */
function unexplained(link: LinkArguments, { place }: Reading): [verdict: string, remedy: string] {
  const others = [
    'another key',
    place === 'cookie' ? 'a cookie of another folder' : 'another path',
    ...(link.i === '' ? [] : ['another address than it is bound to']),
    'or a field that was changed',
  ];
  return [
    `The signature does not fit: ${others.join(', ')}.`,
    'Compare the signed text with what you sign, line by line; or issue the link anew.',
  ];
}

function judgeTime(link: LinkArguments, now: number): Pick<Explanation, 'status' | 'verdict' | 'remedy'> {
  if (link.b !== '' && Number(link.b) > now)
    return {
      status: 403,
      verdict: `The signature is right, but the link is not valid before ${time(link.b)}.`,
      remedy: 'Wait until then, or issue another without that.',
    };
  if (Number(link.e) >= now) return { status: 200, verdict: 'The link is good.' };
  if (link.f !== '' && Number(link.f) >= now)
    return {
      status: 410,
      verdict: `The link is good only to resume (a Range that does not begin at byte 0), until ${time(link.f)}.`,
      remedy: 'Resume what has begun, or issue a new link.',
    };
  return {
    status: 410,
    verdict: 'The signature is right, but the time is over.',
    remedy: 'Issue a new link.',
  };
}

function firstFacts(reading: Reading): Facts {
  const { place, path, raw, cookie, query } = reading;
  const facts: Facts = [['path', path]];
  if (place !== 'query')
    facts.push(['arguments', place === 'path' ? 'in the path' : 'in the cookie tallygate']);
  if (cookie && place !== 'cookie')
    facts.push(['cookie', 'not looked at yet: the address carries arguments of its own']);
  if (encodePath(path) !== raw && /\/\/|\/\.\.?(?:\/|$)|%2[ef]/i.test(raw))
    facts.push(['note', 'NGINX normalises the path before it looks at the signature']);
  const foreign = query.split('&').filter((part) => /^(?![efbktpirns]=)[^=]+=/i.test(part));
  if (foreign.length > 0 && argument(query, 's') !== '')
    facts.push(['passed over', foreign.map((part) => part.split('=')[0]).join(', ')]);
  return facts;
}

function describe(link: LinkArguments, now: number): Facts {
  const left = Number(link.e) - now;
  const facts: Facts = [
    ['key', link.k],
    ['start by', `${link.e} (${time(link.e)}, ${left < 0 ? `${-left} s ago` : `in ${left} s`})`],
  ];
  const add = (name: string, value: string) => void (value !== '' && facts.push([name, value]));
  add('finish by', link.f && `${link.f} (${time(link.f)})`);
  add('not before', link.b && `${link.b} (${time(link.b)})`);
  add('token', link.t);
  add('folder', link.p && `the first ${link.p} segments`);
  add('bound to', link.i && 'an address');
  add('rate', link.r && `${link.r} bytes/s`);
  add('file name', link.n);
  return facts;
}

/** A reading in the form that the table of shapes takes. */
export function seenIn(address: string, reading: Reading) {
  return { address, reading, given: argumentsOf(reading) };
}
