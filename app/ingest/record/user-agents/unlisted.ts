// Bots that no list names: what they say of themselves, and the patterns of isbot.

import { list } from 'isbot';

const itself = /(?<!cu)bots?(?=[/;:)\-_,.]|$)|crawl|spider/i;
const words =
  /headless|page ?speed|screenshot|webshot|webkit2png|phantomjs|\b(?:monitor|scanner)\b|transcri/i;
// What fetches podcasts for others: "Podcast Sync", "rss-audio-downloader".
const podcastWords =
  /(?:podcast|episode|\brss|\bfeed|audio).*(?:sync|import|download|scrap|grab|archiv|fetch|worker|pipeline|search|index|classif|preflight|validat|process|pars(?:er|ing)|analy|puller|bulk)/i;
// `+https://...` is how bots tell where they are described. Behind `KHTML, like Gecko` browsers say nothing more.
const described =
  /\+ ?https?:|compatible;(?! ?MSIE)[^)]*(?:https?:|www\.)|KHTML, like Gecko; ?(?:compatible|[a-z])(?!oogle Wireless)/i;
const address = /https?:|\w@[a-z][\w-]*\.[a-z]{2}/i;

// Apps say on which device they are.
const device =
  /CFNetwork\/|Darwin\/|Android|iOS\b|iPhone|iPad|tvOS|Dalvik\/|MIDP|Symbian|Windows Phone|Profile\/|UP\.(?:Browser|Link)|UCWEB|Google ?Earth|\bapp\b|player/i;
// Players give the address of their maker as bots do, and isbot takes some of their names for a bot's.
const listening = /pod|cast\b|radio|rss|feed|listen|audio|music/i;
const engine = /AppleWebKit|Gecko\/|MSIE|Trident|Presto/i;

/**
 * Patterns of isbot that fit too much here: those for the mere form of a text, and for words that download tools, players
 * and old browsers use. The form `Name/1.0`, which isbot takes for a bot, is left out by `fitsAnyName`.
 */
const tooWide = new Set([
  '\\b\\w+/1\\.0;',
  '^[^ ]{50,}$',
  '^[<\\(;]',
  '^[\\w\\-]+/[\\w]+$',
  '^\\w+/[\\w\\(\\)]*$',
  '^\\d+\\b',
  '\\|',
  '\\(\\)',
  '(?:^|[^g])news(?!sapphire)',
  '(?<! channel/|google/)google(?!(?:wv|app|/google| pixel))',
  '(?<!lib)http',
  '\\bort/',
  '^amaya',
  '^avsdevicesdk/',
  '^azure',
  '^ddg[_-]android',
  '^facebook',
  '^netsurf',
  '^read',
  '^whatsapp',
  '^yahoo',
  'advisor',
  'agent\\b',
  'browsex',
  'catch',
  'chromeframe',
  'download',
  'firephp',
  'inspect',
  'java(?!;)',
  'library',
  'offbyone',
  'proxy',
  'radar',
  'server',
  'sogou',
  'tools',
  'torrent',
  'url',
]);
const fitsAnyName = (source: string) => new RegExp(source, 'i').test('Aaaa/1.0');

let isbot: { any: RegExp; each: readonly (readonly [source: string, pattern: RegExp])[] } | undefined;

// Made when it is first needed, and not by each command that starts.
function compileIsbot() {
  const sources = list.filter((source) => !tooWide.has(source) && !fitsAnyName(source));
  return {
    any: new RegExp(sources.join('|'), 'i'),
    each: sources.map((source) => [source, new RegExp(source, 'i')] as const),
  };
}

/** Whether a user agent has the word bot, crawler or spider. Only as a word of its own: a phone is called CUBOT. */
export function callsItselfBot(userAgent: string): boolean {
  return itself.test(userAgent);
}

/** The rule by which a user agent that no list names is a bot's; undefined: it is none. */
export function botRule(userAgent: string): string | undefined {
  if (callsItselfBot(userAgent)) return 'calls itself a bot';
  const word = words.exec(userAgent)?.[0];
  if (word !== undefined) return `word ${word.toLowerCase()}`;
  const hasEngine = engine.test(userAgent);
  const hasDevice = device.test(userAgent);
  if (!hasDevice && podcastWords.test(userAgent)) return 'fetches podcasts for others';
  const forListeners = listening.test(userAgent);
  if ((hasEngine || !(hasDevice || forListeners)) && described.test(userAgent))
    return 'says where it is described';
  if (hasEngine || hasDevice || forListeners) return undefined;
  if (address.test(userAgent)) return 'gives an address';
  isbot ??= compileIsbot();
  if (!isbot.any.test(userAgent)) return undefined;
  return `isbot ${isbot.each.find(([, pattern]) => pattern.test(userAgent))?.[0] ?? ''}`;
}
