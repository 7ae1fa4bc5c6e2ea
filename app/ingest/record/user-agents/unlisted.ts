// Bots that no list names: what they say of themselves, and the patterns of isbot.

import { list } from 'isbot';

const itself = /(?<!cu)bots?(?=[/;:)\-_,.]|$)|crawl|spider/i;
const words =
  /headless|page ?speed|screenshot|webshot|webkit2png|phantomjs|(?:\b|_)(?:monitor(?:ing)?|scanner)\b|transcri|(?:diagnostics|inspector|checker|prospecting\w*)\/\d/i;
// What looks pages and links up for others, or tries them. Said of itself by what is neither a browser nor an app.
const lookingUp =
  /external ?hit|expander|(?<![\d.-])preview|look-?up|unfurl|favicon|thumbnail|sitemap|search-?(?:engine|er)|prospect|diagnos|link ?test|checker|watch ?dog|image ?proxy|url-?downloader|ads\.?txt|se?c(?:urity)?-?(?:dot-?)?txt|\bdcv\b|^google(?!-speech)(?:-[\w-]+)?(?:\/[\d.]+)?$/i;
// Code in place of a name: somebody tries whether a program runs it, or forgot to fill it in.
const code = /\$\{|\{\{|\(\) *\{/;
// What fetches podcasts for others: "Podcast Sync", "rss-audio-downloader".
const podcastWords =
  /(?:podcast|episode|\brss|\bfeed|audio).*(?:sync|import|download|scrap|grab|archiv|fetch|worker|pipeline|search|index|classif|preflight|validat|process|pars(?:er|ing)|analy|puller|bulk)/i;
// `+https://...` is how bots tell where they are described; or in brackets of its own, where a browser has said all.
// Behind `KHTML, like Gecko` browsers say nothing more, but for Google's that shrink pages for slow phones.
const described = new RegExp(
  [
    String.raw`\+ ?https?:`,
    String.raw`[\s;(]\+(?:[\w-]+\.)+[a-z]{2,}(?![\w.])`,
    String.raw`(?:Chrome|Safari|Firefox|Edg)/[\d.]+ \((?:https?:|www\.)[^()\s]*\)$`,
    String.raw`compatible;(?! ?MSIE)[^)]*(?:https?:|www\.)`,
    'KHTML, like Gecko; ?(?!Mobile|Version|Google ?W)[a-z]',
  ].join('|'),
  'i',
);
// "Mozilla/5.0 (compatible; Name/1.0)" and no more: a browser names its engine, or the system it runs on.
const onlyCompatible =
  /^Mozilla\/[45]\.0 (?:\((?:compatible; ?)?[\w.-]+(?:[ /]v?[\d.]+)?;?\)|[\w-]+\/[\d.]+)$/i;
const address = /https?:|\w@[a-z][\w-]*\.[a-z]{2}/i;

// Apps say on which device they are.
const device =
  /CFNetwork\/|Darwin\/|Android|iOS\b|iPhone|iPad|tvOS|Dalvik\/|MIDP|Symbian|Windows Phone|Profile\/|UP\.(?:Browser|Link)|UCWEB|Google ?Earth|(?<!\.)\bapp\b|player/i;
// Players give the address of their maker as bots do, and isbot takes some of their names for a bot's.
const listening = /pod|cast\b|radio|rss|feed|listen|audio|music/i;
const engine = /AppleWebKit|Gecko\/|MSIE|Trident|Presto/i;

/**
 * Patterns of isbot that fit too much here: those for the mere form of a text, and for words that download tools, players
 * and old browsers use. The form `Name/1.0`, which isbot takes for a bot, is left out by `fitsAnyName`.
 */
const tooWide = new Set([
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
const invented = [
  'Aaaa/1.0',
  'Aaaa/1',
  'Aaaa/1.0 (Aaaa)',
  'Aaaa/1.0 (Aaaa; Bbbb/1.0; Bbbb|Cccc())',
  'Aaaa (Aaaa; Bbbb;',
  '(Aaaa)',
  '4 Aaaa',
  'Mozilla/4.0 (compatible; Aaaa 1.0)',
  'A'.repeat(50),
];
const fitsAnyName = (source: string) => invented.some((name) => new RegExp(source, 'i').test(name));

let isbot: { any: RegExp; each: readonly (readonly [source: string, pattern: RegExp])[] } | undefined;

// Made when it is first needed, and not by each command that starts.
function compileIsbot() {
  const sources = list.filter((source) => !tooWide.has(source) && !fitsAnyName(source));
  // Not 24x7 in 1024x768.
  const pattern = (source: string) => (/^\d/.test(source) ? `(?<!\\d)${source}` : source);
  return {
    any: new RegExp(sources.map(pattern).join('|'), 'i'),
    each: sources.map((source) => [source, new RegExp(pattern(source), 'i')] as const),
  };
}

/** Whether a user agent has the word bot, crawler or spider. Only as a word of its own: a phone is called CUBOT. */
export function callsItselfBot(userAgent: string): boolean {
  return itself.test(userAgent);
}

/** What a user agent says it does for a service that looks addresses up, in small letters: `thumbnail`. */
export function looksUp(userAgent: string): string | undefined {
  return lookingUp.exec(userAgent)?.[0].toLowerCase();
}

/** The rule by which a user agent that no list names is a bot's; undefined: it is none. */
export function botRule(userAgent: string): string | undefined {
  if (callsItselfBot(userAgent)) return 'calls itself a bot';
  if (code.test(userAgent)) return 'holds code';
  const word = words.exec(userAgent)?.[0];
  if (word !== undefined) return `word ${word.toLowerCase()}`;
  const hasEngine = engine.test(userAgent);
  const hasDevice = device.test(userAgent);
  if (!hasDevice && podcastWords.test(userAgent)) return 'fetches podcasts for others';
  const forListeners = listening.test(userAgent);
  if ((hasEngine || !(hasDevice || forListeners)) && described.test(userAgent))
    return 'says where it is described';
  if (hasEngine || hasDevice || forListeners) return undefined;
  const task = looksUp(userAgent);
  if (task !== undefined) return `word ${task}`;
  if (address.test(userAgent)) return 'gives an address';
  if (onlyCompatible.test(userAgent)) return 'no engine and no system';
  isbot ??= compileIsbot();
  if (!isbot.any.test(userAgent)) return undefined;
  return `isbot ${isbot.each.find(([, pattern]) => pattern.test(userAgent))?.[0] ?? ''}`;
}
