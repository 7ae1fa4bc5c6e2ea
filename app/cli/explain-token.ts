// What the token of a link adds to its explanation: whether it was revoked or is spent. NGINX looks into the deny folder of
// its host, and the agents write what the database says. So both are asked.

import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../config/load.ts';
import { errorCode, withDatabase } from '../db/connection.ts';
import { type Standing, standingOf } from '../denials/standing.ts';
import { namesAskedFor } from '../denials/subjects.ts';
import type { Explained, LinkToken } from '../link/explain/explain.ts';
import { time } from '../link/explain/time.ts';
import { UserError } from '../user-error.ts';

/** What is known of a token; `unknown` says why the database did not tell. */
export type Known = { standing: Standing | { unknown: string }; folder: 'holds it' | 'empty' | 'not here' };

/** Asks the database and this host's deny folder. A database that cannot be reached is no failure. */
export async function knownOf(config: Config, { id, path: asked, isFolder }: LinkToken): Promise<Known> {
  const names = namesAskedFor(id, asked, isFolder);
  const folder = path.join(config.agent.denyDir, 't');
  const held = names.some((name) => existsSync(path.join(folder, name)));
  const standing = await withDatabase(config, (sql) => standingOf(sql, id, names, asked)).catch(unknown);
  return { standing, folder: held ? 'holds it' : existsSync(folder) ? 'empty' : 'not here' };
}

function unknown(error: unknown): { unknown: string } {
  if (error instanceof UserError) return { unknown: error.message };
  const code = errorCode(error);
  if (code === '') throw error;
  return { unknown: `PostgreSQL refused the question (${code})` };
}

/** The explanation of a link whose signature is right, with what is known of its token. `now` in unix seconds. */
export function withToken(explained: Explained, { standing, folder }: Known, now: number): Explained {
  const inFolder: [string, string][] = folder === 'holds it' ? [['deny folder', "this host's holds it"]] : [];
  if ('unknown' in standing) {
    const facts = [...explained.facts, ...inFolder];
    if (folder === 'holds it')
      return refused(
        { ...explained, facts },
        `The token was revoked or is spent. Which of both, the database knows: ${standing.unknown}.`,
      );
    const verdict = `${explained.verdict} Whether its token was revoked or is spent is not known: ${standing.unknown}.`;
    return { ...explained, facts, verdict };
  }
  const { token, denial } = standing;
  const facts = [...explained.facts, ...factsOf(standing), ...inFolder];
  // `now` has no fraction: a denial of this very second has begun.
  const began = denial !== undefined && Math.floor(denial.startsAt.getTime() / 1000) <= now;
  if (began && folder === 'empty')
    facts.push([
      'deny folder',
      "this host's does not hold it yet. Is the agent running? See: tallygate status",
    ]);
  const known = { ...explained, facts };
  if (began) return refused(known, `${whyDenied(standing)}.`);
  if (folder === 'holds it')
    return refused(
      known,
      "This host's deny folder holds the token, and the database does not deny it (any more).",
    );
  if (!denial || explained.status !== 200) return known;
  const strict =
    token?.enforce === 'strict' ? ' Where protect-strict.conf asks, it is good only to resume.' : '';
  return {
    ...known,
    verdict: `The link is good until ${at(denial.startsAt)}: ${spentOf(standing)}, and what did not arrive may be fetched again.${strict}`,
  };
}

function refused(explained: Explained, verdict: string): Explained {
  return { ...explained, status: 410, verdict, remedy: 'Issue a new token.' };
}

function whyDenied(standing: Standing): string {
  const since = standing.denial ? ` It is refused since ${at(standing.denial.startsAt)}` : '';
  return standing.denial?.reason === 'revoked'
    ? `The token was revoked.${since}`
    : `${capital(spentOf(standing))}.${since}`;
}

function spentOf({ denial, token }: Standing): string {
  return denial?.spentBy === 'bytes'
    ? 'the bytes that its copies may take are spent'
    : `its ${token?.maxCopies === 1 ? 'copy of this file is' : 'copies of this file are'} spent`;
}

function factsOf({ token, spent }: Standing): [string, string][] {
  if (!token)
    return [['token', 'was not issued here: no limit holds for it, and protect-strict.conf refuses it']];
  return [
    ['copies of this file', `${spent} of ${token.maxCopies ?? 'any number'}`],
    ['token expires', at(token.expiresAt)],
  ];
}

const at = (date: Date) => time(String(Math.floor(date.getTime() / 1000)));
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
