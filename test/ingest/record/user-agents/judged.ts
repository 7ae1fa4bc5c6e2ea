// What the lists in lists/ say otherwise than we do, each looked at by hand: who is wrong, and why. lists.test.ts holds the
// bars to what is left, and fails for a user agent that is called otherwise and stands in no row, or for a row that is not
// needed any more.

export type Judged = {
  /** The names of the lists, as in `podcast-apps.prx.txt`. */
  lists: RegExp;
  agents: RegExp;
  /** `list`: it is as we say. `we`: it counts against us. */
  wrong: 'list' | 'we';
  why: string;
};

const apps = /^podcast-apps/;
const browsers = /^browsers/;
const bots = /^podcast-bots/;
const crawlers = /^crawlers/;

export const judged: readonly Judged[] = [
  // Called bots, and in lists of apps and browsers.
  {
    lists: apps,
    agents: /BingPreview|^AmazonNewsContentService|^Amazon Music Podcast$|^AirableBot/,
    wrong: 'list',
    why: 'It fetches for a search engine or a cache; nobody listens.',
  },
  {
    lists: apps,
    agents: /^CastBox.* python-requests|^PlayerFM\/1\.0 Podcast Sync|^Headliner\/1\.0\.0 \+|^Podio\//,
    wrong: 'list',
    why: "A service's own server: it reads feeds, or makes clips.",
  },
  {
    lists: apps,
    agents: /^atheerfm\//,
    wrong: 'we',
    why: 'It looks like an app of an iPhone. opawg names it a bot, and we follow.',
  },
  {
    lists: browsers,
    agents: /Miniature\.io|YLT Chrome|TSM-turingos|GTmetrix/,
    wrong: 'list',
    why: 'They take pictures of pages, or measure how fast they are.',
  },
  {
    lists: browsers,
    agents: /Yahoo! Slurp|Amzn-User/,
    wrong: 'list',
    why: 'Yahoo and Amazon name them as their crawlers.',
  },
  // Called tools, apps or people, and in lists of bots and crawlers.
  {
    lists: /^(?:podcast-bots|crawlers)/,
    agents:
      /^(?:Apache-HttpClient|(?:lib)?curl|GuzzleHttp|gvfs|Go-http-client|node-fetch|LWP::|libwww-perl|python-requests|Python-urllib|Wget|okhttp|go-httpclient|req\/|AbtestCenter-okhttp)|^Ruby(?:$|, Moz)|^Typhoeus - |PowerShell\//,
    wrong: 'list',
    why: 'An HTTP library or download tool alone: files are fetched with them. Issue 13 asks for tools.',
  },
  {
    lists: bots,
    agents: /^(?:castget|poddl|OkDownload|APKXDL|Transmission)/,
    wrong: 'list',
    why: 'What a listener runs to download.',
  },
  {
    lists: bots,
    agents: /^(?:Winamp|Lavf|AppleCoreMedia|Overcast |Dynamo\/)/,
    wrong: 'list',
    why: 'Players. Of watches IAB leaves out atc/ and (null)/(null) alone (2.3, 5.5.2).',
  },
  {
    lists: bots,
    agents: /^itunesstored\/.* model\//,
    wrong: 'list',
    why: "A person's iPhone: the iTunes Store fetches apps (.ipa) and episodes for them.",
  },
  { lists: bots, agents: /WordPressDesktop/, wrong: 'list', why: "A person's window on a blog." },
  { lists: crawlers, agents: /^WhatsApp/, wrong: 'list', why: 'It fetches what a person sends.' },
  {
    lists: bots,
    agents: /^(?:Iframely|FeedStation)/,
    wrong: 'we',
    why: 'opawg names them apps, and we follow.',
  },
  {
    lists: bots,
    agents: /^Ruby, Twurly|ms-office|^PRX-Feeder/,
    wrong: 'we',
    why: 'No rule of ours finds it.',
  },
  {
    lists: crawlers,
    agents:
      /^(?:coccoc|wsr-agent|ZooShot|holmes|Yahoo Pipes|Apple-PubSub|Pinterest|Embed PHP)|Google Wireless Transcoder/,
    wrong: 'we',
    why: 'No rule of ours finds it.',
  },
];
