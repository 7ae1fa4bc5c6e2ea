// Person, tool or bot: told from the user agent alone, and kept apart in every table. Tools fetch files for people (that is
// how ISOs are downloaded, and how podcast apps get their episodes), so they are never bots unless the operator says so.

import { beginsAsBrowser, browserOf, isBareBrowser, isOnDevice, isPhone } from './user-agents/browsers.ts';
import { type Listed, listed } from './user-agents/lists.ts';
import { botRule, callsItselfBot, looksUp } from './user-agents/unlisted.ts';

export type VisitorClass = 'person' | 'tool' | 'bot';
export type Classified = {
  class: VisitorClass;
  client: string;
  /**
   * What decided, at most 200 characters: `classes.drop PATTERN`, `classes.deny PATTERN` or `classes.allow PATTERN` (the
   * operator's own), a list and the entry that fits (`tool curl`, `monitor Pingdom`, `opawg app AntennaPod`), or what the
   * user agent says (`browser Firefox`, `no user agent`, `word spider`). COUNTING.md has them all.
   */
  rule: string;
  /** Whether the operator wants its lines left out. */
  dropped: boolean;
};

/** The operator's own patterns, matched before ours: regular expressions, case ignored. */
export type ClassPatterns = { readonly [key in 'allow' | 'deny' | 'drop']?: readonly string[] };

/**
 * The user agent of requests whose log does not name any: not the same as a client that did not say one. Nobody knows
 * who asked, so they are neither people nor bots.
 */
export const noUserAgentTold = '(not logged)';

type Verdict = Omit<Classified, 'dropped'>;

/** The classifier for one policy. Its answers are worth caching: each takes some microseconds. */
export function createClassifier(patterns: ClassPatterns): (userAgent: string) => Classified {
  const compile = (key: keyof ClassPatterns) =>
    (patterns[key] ?? []).map((source) => ({ pattern: new RegExp(source, 'i'), rule: ownRule(key, source) }));
  const [allow, deny, drop] = [compile('allow'), compile('deny'), compile('drop')];
  return (userAgent) => {
    const ruleOf = (own: typeof allow) => own.find(({ pattern }) => pattern.test(userAgent))?.rule;
    const found = listed(userAgent);
    const droppedBy = ruleOf(drop);
    const against = droppedBy ?? ruleOf(deny);
    if (against !== undefined) return { ...bot(userAgent, against, found), dropped: droppedBy !== undefined };
    const allowed = ruleOf(allow);
    const verdict = (allowed === undefined && asBot(userAgent, found)) || asVisitor(userAgent, found);
    return { ...verdict, rule: allowed ?? verdict.rule, dropped: false };
  };
}

/** Undefined: no bot. */
function asBot(userAgent: string, found: Listed | undefined): Verdict | undefined {
  const rule = ruleAgainst(userAgent, found);
  return rule === undefined ? undefined : bot(userAgent, rule, found);
}

function ruleAgainst(userAgent: string, found: Listed | undefined): string | undefined {
  if (userAgent === noUserAgentTold) return undefined;
  // A request without a user agent comes from a program.
  if (userAgent === '') return 'no user agent';
  if (isBareBrowser(userAgent)) return 'nothing but a browser';
  if (found?.kind === 'bot') return found.rule;
  if (found?.kind === 'tool' || found?.kind === 'app') {
    // Not Tweetbot, which is an app.
    if (callsItselfBot(userAgent) && !/bot/i.test(found.name)) return 'calls itself a bot';
    const task = looksUp(userAgent);
    return task === undefined ? undefined : `word ${task}`;
  }
  if (isPhone(userAgent)) return undefined;
  return (isOnDevice(userAgent) ? undefined : found?.rule) ?? botRule(userAgent);
}

function asVisitor(userAgent: string, found: Listed | undefined): Verdict {
  if (userAgent === noUserAgentTold) return { class: 'tool', client: 'not logged', rule: 'not logged' };
  const begins = beginsAsBrowser(userAgent);
  if (found?.kind === 'tool') return { class: 'tool', client: found.name, rule: found.rule };
  // An app that shows pages in a browser of its own is used as one.
  if (found?.kind === 'app')
    return { class: begins ? 'person' : 'tool', client: found.name, rule: found.rule };
  const browser = browserOf(userAgent);
  if (browser !== undefined) return { class: 'person', client: browser, rule: `browser ${browser}` };
  const rule = begins ? 'begins as browsers do' : 'other program';
  return { class: begins ? 'person' : 'tool', client: productName(userAgent), rule };
}

function bot(userAgent: string, rule: string, found: Listed | undefined): Verdict {
  return { class: 'bot', client: found?.client ?? botName(userAgent), rule };
}

/** A pattern of the operator's as PostgreSQL can hold it: a text there has no NUL. */
function ownRule(key: keyof ClassPatterns, source: string): string {
  return `classes.${key} ${source.replaceAll('\0', '\\0')}`.slice(0, 200).toWellFormed();
}

// Tried only where a word begins. Tried from each letter, a hostile word of 500 letters takes a third of a millisecond.
const botWord = /(?<![\w.-])[\w.-]*(?:bot|crawl|spider|slurp)[\w.-]*/i;

function botName(userAgent: string): string {
  return userAgent === '' ? 'none' : (botWord.exec(userAgent)?.[0] ?? productName(userAgent)).slice(0, 64);
}

/** The first word of a user agent without its version. */
function productName(userAgent: string): string {
  return (/^[^/\s(;]+/.exec(userAgent)?.[0] ?? 'other').slice(0, 64);
}
