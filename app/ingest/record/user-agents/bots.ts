// Bots that the published lists do not have, or not as they are needed here; and entries of these that fit people too.

import type { Named } from './pattern-index.ts';

/** A name alone is its own pattern. */
const named = (...names: readonly (string | readonly [name: string, pattern: string])[]): Named[] =>
  names.map((one) =>
    typeof one === 'string' ? { name: one, pattern: one } : { name: one[0], pattern: one[1] },
  );

/** What asks again and again whether a server still answers. */
export const monitors: readonly Named[] = named(
  'UptimeRobot',
  ['Pingdom', '[Pp]ingdom'],
  'StatusCake',
  ['Kubernetes', '^kube-probe'],
  ['Google', '^GoogleHC/|GoogleStackdriverMonitoring'],
  ['AWS load balancer', '^ELB-HealthChecker'],
  ['AWS Route 53', '^Amazon-Route53-Health-Check'],
  ['Azure', '^(?:Edge Health Probe|Load Balancer Agent|AlwaysOn|HealthCheck/|ReadyForRequest/)'],
  ['Prometheus', '^[Pp]rometheus|[Bb]lackbox[- _][Ee]xporter'],
  ['Nagios', 'check_(?:http|curl)|^[Nn]agios|^[Ii]cinga|^[Cc]heck_?[Mm][Kk]'],
  ['Zabbix', '[Zz]abbix'],
  ['Site24x7', '[Ss]ite24x7'],
  ['Better Stack', 'Better ?Uptime|[Bb]etter[ -]?[Ss]tack'],
  ['Uptime Kuma', 'Uptime-?Kuma'],
  ['Consul', '^Consul Health Check'],
  ['HAProxy', '^HAProxy'],
  ['Traefik', '^[Tt]raefik'],
  ['Monit', '^[Mm]onit/'],
  ['Cloudflare', '^Cloudflare-(?:Healthchecks|Traffic-Manager)'],
  'Datadog',
  ['New Relic', 'NewRelic'],
  'Checkly',
  'Freshping',
  'HetrixTools',
  ['updown.io', 'updown\\.io'],
  ['Uptime.com', 'www\\.uptime\\.com|^[Uu]ptime(?:bot|-|/)'],
  ['health check', '[Hh]ealth[-_ ]?[Cc]heck|^health$'],
);

/** What crawlers are made with. */
export const frameworks: readonly Named[] = named(
  'Scrapy',
  ['Colly', '^colly|gocolly'],
  ['Mechanize', '[Mm]echanize'],
);

/**
 * Patterns of the published lists that mean a bot and fit what people use as well: an app, a player, a browser, a phone.
 * They are left out.
 */
export const alsoPeople: ReadonlySet<string> = new Set(
  String.raw`
  008\/ AP3A\.240617\.008 Asana\/ Blackboard Buddy Butterfly Butterfly\/ Chirp\/ Chirp|gotosocial Code\/1\. Demon Devin
  Excel\/ FeedFlow Fetch\/ Fetch\/[0-9] Fever Fever\/[0-9] Fluid Freespoke\/ IFTTT\/ Instapaper Instapaper\/ Jetty LibVLC
  LibWeb Liferea\/ NetNewsWire NetworkingExtension NextCloud Notion\/ Outlook-Express Outlook-iOS Overcast\/ PeoplePal
  PocketCasts\/ PodcastAddict\/ Podimo PowerPoint\/ RSSOwl Reeder\/ Slack\/ Sogou Sonic StumbleUpon Teoma Trae\/
  Tumblr\/ Valve\/Steam Viber Wayback Webster WhatsApp Word\/ Yandex(?!Search) coccoc curl github\.com libwww speedy
  ^Mail\/ ^Silk\/ Microsoft-WebDAV-MiniRedir`
    .trim()
    .split(/\s+/)
    .concat(
      // Feed readers that are part of a system, toolbars and players.
      'AppleSyndication',
      'Windows-RSS-Platform',
      'QQDownload',
      String.raw`Ant\.com`,
      String.raw`^RMA\/`,
      'MetaIAB Facebook',
      'Microsoft Office',
      'ms-office; MSOffice',
      'Microsoft Outlook',
      'Google Desktop',
      '^FDM ',
      String.raw`Microsoft\.Data\.Mashup`,
    ),
);
