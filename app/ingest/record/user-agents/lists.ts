// Who is known by name: our own lists and the published ones, as one list in which the first entry that fits decides.

import { alsoPeople, frameworks, monitors } from './bots.ts';
import crawlerDetect from './crawler-detect.json?raw';
import crawlerUserAgents from './crawler-user-agents.json?raw';
import opawg from './opawg.json?raw';
import { alternatives, type Named, PatternIndex } from './pattern-index.ts';
import { type ListName, readPublished } from './published.ts';
import { players, tools } from './tools.ts';

/**
 * - `bot`: whatever else the user agent says
 * - `tool`: fetches for a person; never a bot, unless it calls itself one
 * - `app`: a listener's or a reader's; likewise
 * - `crawler`: a bot, unless this is plainly a phone's browser
 */
type Kind = 'bot' | 'tool' | 'app' | 'crawler';
export type Listed = Named & {
  readonly kind: Kind;
  /** The list and the entry, as reports show them; at most 200 characters. */
  readonly rule: string;
  /** The name for reports; undefined where an entry is a pattern without a name. */
  readonly client: string | undefined;
};

let index: PatternIndex<Listed> | undefined;

/** The entry that a user agent fits. The first call takes some 20 ms: it reads the lists. */
export function listed(userAgent: string): Listed | undefined {
  index ??= new PatternIndex(allEntries());
  return index.find(userAgent);
}

function allEntries(): Listed[] {
  const published = (text: string) => {
    const lists = readPublished(text);
    return (list: ListName) => (lists[list] ?? []).filter(({ pattern }) => !alsoPeople.has(pattern));
  };
  const ofPodcasts = published(opawg);
  return [
    ...entries('bot', 'monitor', monitors),
    ...entries('bot', 'crawler framework', frameworks),
    ...entries('tool', 'tool', tools),
    ...entries('bot', 'opawg bot', ofPodcasts('bots')),
    ...entries('app', 'opawg app', ofPodcasts('apps')),
    ...entries('tool', 'opawg library', ofPodcasts('libraries')),
    ...entries('tool', 'tool', players),
    ...entries('crawler', 'crawler-user-agents', published(crawlerUserAgents)('crawlers')),
    ...entries('crawler', 'crawler-detect', published(crawlerDetect)('crawlers')),
  ];
}

function entries(kind: Kind, list: string, named: readonly Named[]): Listed[] {
  return named.map(({ name, pattern }) => ({
    name,
    pattern: kind === 'crawler' ? atWordStart(pattern) : pattern,
    kind,
    rule: `${list} ${name}`.slice(0, 200),
    client: name === pattern && kind === 'crawler' ? undefined : name.slice(0, 64),
  }));
}

/**
 * A pattern that begins where a word or number does: `NYU` is a crawler, TIANYU makes phones. A capital behind a small letter
 * begins a word. Only published names of crawlers need it: they are the pieces of a name that others saw.
 */
function atWordStart(pattern: string): string {
  return alternatives(pattern)
    .map((alternative) => {
      if (/^[A-Z]/.test(alternative)) return `(?<![A-Z])${alternative}`;
      if (/^[a-z]/.test(alternative)) return `(?<![A-Za-z])${alternative}`;
      return /^\d/.test(alternative) ? `(?<!\\d)${alternative}` : alternative;
    })
    .join('|');
}
