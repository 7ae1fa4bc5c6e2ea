// Person, tool or bot: told from the user agent alone, and kept apart in every table. Tools fetch files for
// people (that is how ISOs are downloaded), so they are never bots unless the operator says so.

import { createIsbotFromList, list } from 'isbot';

export type VisitorClass = 'person' | 'tool' | 'bot';
export type Classified = {
  class: VisitorClass;
  client: string;
  /**
   * What decided: `classes.deny PATTERN`, `classes.allow PATTERN` (the operator's own), `tool curl`, `isbot PATTERN`,
   * `no user agent`, `not logged`, `browser Firefox`, `begins as browsers do`, `other program`. At most 200 characters.
   */
  rule: string;
};

/**
 * The user agent of requests whose log does not name any: not the same as a client that did not say one. Nobody knows
 * who asked, so they are neither people nor bots.
 */
export const noUserAgentTold = '(not logged)';

/** The operator's own patterns, matched before ours: regular expressions, case ignored. */
export type ClassPatterns = { readonly allow: readonly string[]; readonly deny: readonly string[] };

// Programs that fetch files because a person or a person's machine wants them: the name that reports show,
// and how its user agent begins or what it holds.
const tools: readonly (readonly [client: string, pattern: RegExp])[] = [
  ['curl', /^(?:lib)?curl\//i],
  ['wget', /^wget2?\b/i],
  ['aria2', /^aria2\//i],
  ['axel', /^axel\b/i],
  ['apt', /^(?:debian )?apt-(?:http|cacher|curl)|^aptly\b|^apt-get\b/i],
  ['dnf', /^(?:libdnf|dnf|librepo|zypp|urlgrabber|microdnf)\b|^(?:fedora|yum)\/|\bZYpp\b/i],
  ['pacman', /^pacman\//i],
  ['apk', /^apk-tools\//i],
  ['pip', /^(?:pip|uv|poetry|pdm)\//i],
  ['npm', /^(?:npm|yarn|pnpm|bun)\//i],
  ['cargo', /^cargo[ /]/i],
  ['go', /^GoModuleMirror\/|^go-getter\b/i],
  ['homebrew', /^homebrew\//i],
  ['nix', /\bNix\/|^nix\b/i],
  ['git', /^git(?:-lfs)?\//i],
  ['rclone', /^rclone\//i],
  ['youtube-dl', /^(?:yt-dlp|youtube-dl)\b/i],
  ['download manager', /\b(?:FDM|Free Download Manager|JDownloader|uGet|DownloadManager|IDM)\b/i],
  ['bittorrent web seed', /^(?:transmission|qbittorrent|deluge|libtorrent|rtorrent|aria2|webtorrent)\b/i],
  ['PowerShell', /\bWindowsPowerShell\/|\bPowerShell\//i],
  ['BITS', /^Microsoft BITS\//i],
  ['Raspberry Pi Imager', /rpi-imager/i],
  ['balenaEtcher', /balena-?etcher/i],
  ['Rufus', /^rufus\//i],
  ['Ventoy', /^ventoy\b/i],
  // Podcast apps: their episodes are downloads made for a listener.
  ['AppleCoreMedia', /^AppleCoreMedia\//i],
  ['Apple Podcasts', /^(?:Podcasts|iTunes|Balados|Podcasti)\//i],
  ['Overcast', /^Overcast\//i],
  ['Pocket Casts', /^(?:Pocket Casts|PocketCasts)\b/i],
  ['AntennaPod', /^AntennaPod\b/i],
  ['Spotify', /^Spotify\//i],
  ['Castro', /^Castro\b/i],
  ['Podcast Addict', /PodcastAddict/i],
  ['gPodder', /^gPodder\b/i],
  ['VLC', /\bVLC\/|\bLibVLC\//i],
  ['mpv', /^mpv\b/i],
  ['Kodi', /^Kodi\//i],
  ['Lavf', /^Lavf\//i],
  ['stagefright', /^stagefright\//i],
  ['ExoPlayer', /\bExoPlayer(?:Lib)?\//i],
];

const browsers: readonly (readonly [client: string, pattern: RegExp])[] = [
  ['Edge', /\bEdg(?:e|A|iOS)?\//],
  ['Opera', /\bOPR\/|\bOpera\b/],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Firefox', /\bFirefox\/|\bFxiOS\//],
  ['Chrome', /\bChrome\/|\bCriOS\//],
  ['Safari', /\bSafari\//],
];

// isbot takes any short `Name/1.0` for a bot. Here such names are podcast apps and updaters. So a user agent that isbot
// knows only by that shape is a tool; a bot is what one of its other patterns names.
const bots = list.filter((source) => !new RegExp(source, 'i').test('Aaaa/1.0'));
const isNamedBot = createIsbotFromList(bots);

// isbot's findBotPattern would also try the patterns that we leave out, one after the other. On hostile names that takes
// longer than one expression with a group for each pattern.
function groupBots() {
  return {
    expression: new RegExp(bots.map((source) => `(${source})`).join('|'), 'i'),
    // A pattern may have groups of its own. This tells to which pattern each group belongs.
    botOfGroup: bots.flatMap((source) => new RegExp(`${source}|`).exec('')?.map(() => source) ?? []),
  };
}
// Made when the first bot comes, and not by each command that starts.
let groupedBots: ReturnType<typeof groupBots> | undefined;

/** The pattern by which this is a bot. */
function botPattern(userAgent: string): string {
  groupedBots ??= groupBots();
  const { expression, botOfGroup } = groupedBots;
  const groups = expression.exec(userAgent) ?? [];
  // The first is the whole match.
  const found = groups.findIndex((group, index) => index > 0 && group !== undefined);
  return botOfGroup[found - 1] ?? '';
}

/** The classifier for one policy. Its answers are worth caching: it tries dozens of patterns. */
export function createClassifier(patterns: ClassPatterns): (userAgent: string) => Classified {
  const compile = (key: 'allow' | 'deny') =>
    patterns[key].map((source) => ({ pattern: new RegExp(source, 'i'), rule: ownRule(key, source) }));
  const [allow, deny] = [compile('allow'), compile('deny')];
  return (userAgent) => {
    if (userAgent === noUserAgentTold) return { class: 'tool', client: 'not logged', rule: 'not logged' };
    const tool = tools.find(([, pattern]) => pattern.test(userAgent))?.[0];
    const denied = deny.find(({ pattern }) => pattern.test(userAgent));
    if (denied) return { class: 'bot', client: tool ?? botName(userAgent), rule: denied.rule };
    if (tool !== undefined) return { class: 'tool', client: tool, rule: `tool ${tool}` };
    const allowed = allow.find(({ pattern }) => pattern.test(userAgent))?.rule;
    // A request without a user agent comes from a program.
    if (allowed === undefined && (userAgent === '' || isNamedBot(userAgent))) {
      const rule = userAgent === '' ? 'no user agent' : `isbot ${botPattern(userAgent)}`;
      return { class: 'bot', client: botName(userAgent), rule };
    }
    const browser = browsers.find(([, pattern]) => pattern.test(userAgent))?.[0];
    if (browser !== undefined)
      return { class: 'person', client: browser, rule: allowed ?? `browser ${browser}` };
    const byHand = /^(?:Mozilla|Opera|Links|Lynx|w3m|ELinks|NetSurf|Dillo)\b/i.test(userAgent);
    const rule = allowed ?? (byHand ? 'begins as browsers do' : 'other program');
    return { class: byHand ? 'person' : 'tool', client: productName(userAgent), rule };
  };
}

/** A pattern of the operator's as PostgreSQL can hold it: a text there has no NUL. */
function ownRule(key: 'allow' | 'deny', source: string): string {
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
