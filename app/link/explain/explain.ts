// Says why a link is accepted or refused, to a person who has the key. NGINX itself tells nobody.

import { canonicalString } from '../../../njs/link/canonical.ts';
import type { Hs256Key } from '../../keys/ring.ts';
import { signatureOf } from '../sign.ts';
import { judge, seenIn } from './judge.ts';
import type { Circumstances, Explanation, Judged } from './judged.ts';
import { type Hashed, type Mend, type Mended, type Shape, type Signed, saying } from './kinds.ts';
import { type MistakeName, mistakes } from './mistakes.ts';
import type { Pasted } from './reading.ts';

export type { Circumstances } from './judged.ts';

/**
 * `mistakes`: those of the table that were found. None if nothing is wrong, or if we do not know what is. `token`: what the
 * link is counted under, where its signature is right: it may be denied.
 */
export type Explained = Explanation & { mistakes: readonly MistakeName[]; token?: LinkToken | undefined };

/** The `t` of a link, the path it is asked for, and whether the link is a folder's. */
export type LinkToken = { id: string; path: string; isFolder: boolean };

/** Explains what was pasted: a whole URL or a path with its query, and the cookie that goes with it. */
export function explain(pasted: Pasted, at: Circumstances): Explained {
  const judged = judge(pasted, at);
  const byCookie = openedByCookie(pasted, judged, at);
  if (byCookie) return signedWell(byCookie);
  if (judged.state === 'fits') return signedWell(judged);
  return (
    mended(pasted, judged, at) ??
    otherwiseSigned(judged, at) ??
    misshapen(pasted, judged) ?? { ...shown(judged), mistakes: [] }
  );
}

/** Where the query opens nothing, NGINX looks at the cookie. So do we. */
function openedByCookie({ address, cookie }: Pasted, judged: Judged, at: Circumstances): Judged | undefined {
  if (cookie === undefined || judged.status === 200 || judged.reading?.place !== 'query') return undefined;
  const then = judge({ address: address.replace(/\?[^#]*/, ''), cookie }, at);
  if (then.status !== 200) return undefined;
  return { ...then, facts: [...then.facts, ['passed over', 'what the query says: it opens nothing']] };
}

function signedWell(judged: Judged): Explained {
  const { link, reading } = judged;
  const token = link?.t && reading ? { id: link.t, path: reading.path, isFolder: link.p !== '' } : undefined;
  return { ...shown(judged), mistakes: [], token };
}

function shown({ status, verdict, remedy, facts }: Explanation): Explanation {
  return { status, verdict, remedy, facts };
}

type Found = { name: MistakeName; says: string; remedy: string };
type Attempt = { pasted: Pasted; found: readonly Found[] };

// One mistake is undone, then two, then three at once: a pasted link has often gone through several programs.
const hands = 3;
const mostAttempts = 400;

/** The link as it was before it was changed on its way: found if undoing a change makes the signature fit. */
function mended(pasted: Pasted, judged: Judged, at: Circumstances): Explained | undefined {
  const known = new Set([textOf(pasted)]);
  let attempts: Attempt[] = [{ pasted, found: [] }];
  for (let hand = 1; hand <= hands; hand++) {
    const next: Attempt[] = [];
    for (const attempt of attempts.flatMap(undoOne)) {
      if (known.has(textOf(attempt.pasted)) || known.size > mostAttempts) continue;
      known.add(textOf(attempt.pasted));
      const then = judge(attempt.pasted, at);
      // A bound link cannot be proven without the client's address. It is enough that it can be read.
      const isRead = judged.state === 'unreadable' && then.state === 'unproven';
      if (then.state === 'fits' || isRead) return carriedAway(judged, attempt, then);
      next.push(attempt);
    }
    attempts = next;
  }
  return undefined;
}

function undoOne({ pasted, found }: Attempt): Attempt[] {
  const undo = (rows: object, text: string, put: (text: string) => Pasted) =>
    Object.entries(rows as Record<string, Mend>).flatMap(([name, row]) =>
      [row.mend(text)]
        .flat()
        .filter((after) => after !== text)
        .map((after): Attempt => {
          const subject: Mended = { before: text, after };
          const one = { name: name as MistakeName, says: saying(row, subject), remedy: row.remedy };
          return { pasted: put(after), found: [...found, one] };
        }),
    );
  const { address, cookie } = pasted;
  return [
    ...undo(mistakes.carried, address, (text) => ({ ...pasted, address: text })),
    ...(cookie === undefined ? [] : undo(mistakes.cookies, cookie, (text) => ({ ...pasted, cookie: text }))),
  ];
}

const textOf = ({ address, cookie = '' }: Pasted) => `${address}\n${cookie}`;

function carriedAway(judged: Judged, { pasted, found }: Attempt, then: Judged): Explained {
  const was: [string, string][] = [['as it must be', pasted.address]];
  if (pasted.cookie !== undefined) was.push(['its cookie', pasted.cookie]);
  return {
    ...verdictOf(judged, found),
    ...(then.status !== 200 && { remedy: `${remedyOf(found)} Then: ${then.verdict} ${then.remedy}` }),
    facts: [...then.facts, ...was],
  };
}

/** What was signed instead of what NGINX signs, or how it was signed. */
function otherwiseSigned(judged: Judged, at: Circumstances): Explained | undefined {
  const { link, reading, compared } = judged;
  if (!link || !reading || !compared) return undefined;
  const { key, fields } = compared;
  if (!key) return otherKey(judged, at);
  const signing = { link, fields, reading, client: at.client };
  const fits = (changes: object) => signatureOf(key, { ...fields, ...changes }).signature === link.s;
  for (const [name, row] of Object.entries<Signed>(mistakes.signed))
    if (row.fields(signing).some(fits)) return named(judged, name, row, signing);
  const hashing = { text: canonicalString(fields), secret: key.secret };
  for (const [name, row] of Object.entries<Hashed>(mistakes.hashed))
    if (row.sign(hashing).includes(link.s)) return named(judged, name, row, hashing);
  return otherKey(judged, at);
}

/** Whether the link was signed with another key than it names. */
function otherKey(judged: Judged, at: Circumstances): Explained | undefined {
  const { link, compared } = judged;
  if (!link || !compared) return undefined;
  const keys = at.ring.keys.filter((key): key is Hs256Key => key.kind === 'hs256');
  const signs = (key: Hs256Key, k: string) =>
    signatureOf(key, { ...compared.fields, k }).signature === link.s;
  const signer = keys.find((key) => signs(key, link.k) || signs(key, key.id));
  if (!signer) return undefined;
  const says = `it was signed with the key ${signer.id} and says k=${link.k}`;
  return verdictOf(judged, [{ name: 'otherKey', says, remedy: `Write k=${signer.id}, and sign it so.` }]);
}

/** Faults of form: NGINX refuses such a link whatever was signed. */
function misshapen({ address }: Pasted, judged: Judged): Explained | undefined {
  if (!judged.reading || judged.state === 'unproven') return undefined;
  const seen = seenIn(address, judged.reading);
  for (const [name, row] of Object.entries<Shape>(mistakes.shapes))
    if (row.shows(seen)) return named(judged, name, row, seen);
  return undefined;
}

function named<Subject>(
  judged: Judged,
  name: string,
  row: { says: string | ((subject: Subject) => string); remedy: string },
  subject: Subject,
): Explained {
  return verdictOf(judged, [{ name: name as MistakeName, says: saying(row, subject), remedy: row.remedy }]);
}

function verdictOf({ status, facts }: Judged, found: readonly Found[]): Explained {
  const says = [...new Set(found.map((one) => one.says))].join('; and ');
  return {
    status,
    verdict: `The link is not as it must be: ${says}.`,
    remedy: remedyOf(found),
    facts,
    mistakes: [...new Set(found.map(({ name }) => name))],
  };
}

const remedyOf = (found: readonly Found[]) => [...new Set(found.map(({ remedy }) => remedy))].join(' ');
