// Person, tool or bot: the agents that decide whether a count can be believed.

import { describe, expect, it } from 'vitest';
import { createClassifier, noUserAgentTold } from '../../../app/ingest/record/classify.ts';

const classify = createClassifier({});

describe('download tools are tools', () => {
  it.each([
    ['curl/8.5.0', 'curl'],
    ['Wget/1.21.4', 'wget'],
    ['aria2/1.37.0', 'aria2'],
    ['Debian APT-HTTP/1.3 (2.6.1)', 'apt'],
    ['libdnf (Fedora Linux 40; workstation; Linux.x86_64)', 'dnf'],
    ['pip/24.0 {"ci":null}', 'pip'],
    ['AppleCoreMedia/1.0.0.21A329 (iPhone; U; CPU OS 17_0 like Mac OS X; en_us)', 'AppleCoreMedia'],
    ['AntennaPod/3.2.0', 'AntennaPod'],
    ['Overcast/3.0 (+http://overcast.fm/; iOS podcast app)', 'Overcast'],
    ['rpi-imager/1.8', 'Raspberry Pi Imager'],
    ['SomePodcastApp/2.3', 'SomePodcastApp'],
    [
      'AndroidDownloadManager/13 (Linux; U; Android 13; Pixel 7 Build/TQ3A.230805.001)',
      'Android DownloadManager',
    ],
    ['Vagrant/2.4.1 (+https://www.vagrantup.com; ruby3.1.4)', 'Vagrant'],
    ['Packer/1.10.0 (+https://www.packer.io/; go1.21; linux/amd64)', 'Packer'],
    ['HashiCorp Terraform/1.7.0 (+https://www.terraform.io)', 'Terraform'],
    ['HTTPie/3.2.2', 'HTTPie'],
    ['Java/17.0.9', 'Java'],
    ['Java-http-client/21.0.1', 'Java'],
    ['Apache-HttpClient/4.5.14 (Java/17.0.9)', 'Java'],
    ['Go-http-client/2.0', 'Go'],
    ['python-requests/2.31.0', 'Python'],
    ['Python-urllib/3.11', 'Python'],
    ['Python/3.11 aiohttp/3.9.1', 'Python'],
    ['okhttp/4.12.0', 'okhttp'],
    ['libcurl/8.5.0', 'curl'],
    ['Dart/3.2 (dart:io)', 'Dart'],
    ['axios/1.6.2', 'Node'],
    ['containerd/1.7.2', 'containers'],
    ['rss/1.0 CFNetwork/1408.0.4 Darwin/22.5.0', 'rss'],
  ])('%s', (agent, client) => {
    expect(classify(agent)).toMatchObject({ class: 'tool', client });
  });
});

describe('bots are bots', () => {
  it.each([
    'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
    'facebookexternalhit/1.1',
    'Mozilla/5.0',
    'Mozilla/5.0 (compatible)',
    'Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)',
    'Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)',
    'StatusCake_Pagespeed_Indev',
    'kube-probe/1.29',
    'GoogleHC/1.0',
    'ELB-HealthChecker/2.0',
    'Blackbox Exporter/0.24.0',
    'Prometheus/2.48.1',
    'check_http/v2.3.3 (monitoring-plugins 2.3.3)',
    'Zabbix',
    'Site24x7',
    'Better Uptime Bot Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36',
    'Uptime-Kuma/1.23.11',
    'Scrapy/2.11.0 (+https://scrapy.org)',
    'curl/8.5.0 (compatible; NosyBot/1.0)',
    'atc/1.0 watchOS/10.3 model/Watch6,1 hwp/t8301 build/21S644',
    'Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)',
    '',
  ])('%s', (agent) => {
    expect(classify(agent).class).toBe('bot');
  });
});

describe('browsers are people', () => {
  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', 'Firefox'],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0',
      'Edge',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
      'Safari',
    ],
  ])('%s', (agent, client) => {
    expect(classify(agent)).toMatchObject({ class: 'person', client });
  });
});

it('a phone that is called like a bot is a person', () => {
  for (const model of ['HTC Butterfly', 'CUBOT NOTE 20', 'Sonic U8650']) {
    const agent = `Mozilla/5.0 (Linux; Android 10; ${model} Build/QP1A) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36`;
    expect(classify(agent)).toMatchObject({ class: 'person', client: 'Chrome' });
  }
});

describe('what lists of bots mistake for theirs', () => {
  it.each([
    ['a name inside a word', 'TIANYU-KTOUCH/A930/Screen-240X320', 'tool'],
    [
      'a number inside a number',
      'sharp wd browser/1.0[ja](MR-1/1.0) AVE-Front/1.0 (Screen=1024x768x16bit;)',
      'tool',
    ],
    ['a mere form', 'Mozilla/3.0 (Win95)', 'person'],
    ['a toolbar', 'Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; QQDownload 691; SV1)', 'person'],
    ['a mail program on a Mac', 'Airmail 1.4 rv:238 (Macintosh; Mac OS X 10.9.2; hr_HR)', 'tool'],
    ['a reader on an iPad', 'NewsBlur/4.0.1 CFNetwork/672.1.13 Darwin/14.0.0', 'tool'],
    [
      'an iPhone that installs an app',
      'itunesstored/1.0 iOS/8.2 model/iPhone4,1 build/12D508 (6; dt:73)',
      'tool',
    ],
    [
      'a version that is no preview of pages',
      'Mozilla/5.0 (Windows NT 10.0) PowerShell/7.5.0-preview.3',
      'tool',
    ],
    [
      'a phone called Spider',
      'Mozilla/5.0 (Linux; Android 13; Spider 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36',
      'person',
    ],
    [
      'a browser behind a page shrinker',
      'Mozilla/5.0 (Linux; Android 4.2.1; en-us; Nexus 5 Build/JOP40D) AppleWebKit/535.19 (KHTML, like Gecko; googleweblight) Chrome/38.0.1025.166 Mobile Safari/535.19',
      'person',
    ],
  ])('%s: %s', (_what, agent, expected) => {
    expect(classify(agent).class).toBe(expected);
  });
});

it('an app that shows pages in a browser of its own is a person', () => {
  const agent =
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) PocketCasts/2.2.0 Chrome/144.0.7559.220 Electron/40.6.1 Safari/537.36';
  expect(classify(agent)).toMatchObject({ class: 'person', client: 'Pocket Casts' });
});

it('where the log has no user agent nobody is called a bot', () => {
  expect(classify(noUserAgentTold)).toEqual({
    class: 'tool',
    client: 'not logged',
    rule: 'not logged',
    dropped: false,
  });
});

it('lets the operator decide before every list', () => {
  const own = createClassifier({
    allow: ['^Googlebot'],
    deny: ['curl', '^Mirror'],
    drop: ['^atc/', '^Googlebot-Video'],
  });
  expect(own('Googlebot/2.1').class).toBe('tool');
  expect(own('curl/8.5.0').class).toBe('bot');
  expect(own('MirrorProbe/1.0').class).toBe('bot');
  expect(own('atc/1.0 watchOS/10.3')).toMatchObject({ rule: 'classes.drop ^atc/', dropped: true });
  expect(own('Googlebot-Video/1.0')).toMatchObject({ rule: 'classes.drop ^Googlebot-Video', dropped: true });
  expect(own('Wget/1.21.4').dropped).toBe(false);
});

describe('the rule that decided is told', () => {
  it.each([
    ['curl/8.5.0', 'tool curl'],
    ['Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041', 'tool PowerShell'],
    ['kube-probe/1.29', 'monitor Kubernetes'],
    ['facebookexternalhit/1.1', 'opawg bot Facebook Bot'],
    ['AntennaPod/3.2.0', 'opawg app AntennaPod'],
    [
      'AppleCoreMedia/1.0.0.21A329 (iPhone; U; CPU OS 17_0 like Mac OS X; en_us)',
      'opawg library AppleCoreMedia',
    ],
    [
      'Mozilla/5.0 (compatible; SeznamBot/4.0; +http://napoveda.seznam.cz/seznambot-intro/)',
      'crawler-user-agents SeznamBot',
    ],
    ['Mozilla/5.0 (compatible; alyze.info)', 'crawler-detect alyze\\.info'],
    ['NosyBot/1.0', 'calls itself a bot'],
    ['Zzz/1.0 (+https://zzz.example/)', 'says where it is described'],
    ['Zzz/1.0 (mail to me@zzz.example)', 'gives an address'],
    ['my-podcast-downloader/0.1', 'fetches podcasts for others'],
    ['ZzzHeadless/1.0', 'word headless'],
    ['Zzz 24x7 service (1)', 'isbot 24x7'],
    ['Zzz/1.0 ({{name}})', 'holds code'],
    ['Mozilla/5.0 (compatible; Zzz/1.0)', 'no engine and no system'],
    ['firefox', 'nothing but a browser'],
    ['Zzz-Thumbnailer/1.0', 'word thumbnail'],
    ['Ruby, linkthumbnailer', 'word thumbnail'],
    [
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 (https://zzz.example/)',
      'says where it is described',
    ],
    [
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) ZzzInspector/5.1 Chrome/140.0.0.0 Safari/537.36',
      'word inspector/5',
    ],
    ['', 'no user agent'],
    ['Mozilla/5.0', 'nothing but a browser'],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', 'browser Firefox'],
    ['Lynx/2.9.0dev.12 libwww-FM/2.14', 'begins as browsers do'],
    ['SomePodcastApp/2.3', 'other program'],
  ])('%s: %s', (agent, rule) => {
    expect(classify(agent).rule).toBe(rule);
  });

  it("the operator's own patterns are told as they stand in the configuration", () => {
    const own = createClassifier({ allow: ['^facebook', 'Firefox'], deny: ['nothing', '^Mirror|^curl/7'] });
    expect(own('curl/7.1')).toMatchObject({
      class: 'bot',
      client: 'curl',
      rule: 'classes.deny ^Mirror|^curl/7',
    });
    expect(own('facebookexternalhit/1.1')).toMatchObject({ class: 'tool', rule: 'classes.allow ^facebook' });
    expect(own('Mozilla/5.0 Firefox/1 spider')).toMatchObject({
      class: 'person',
      rule: 'classes.allow Firefox',
    });
    expect(own('spider').rule).toBe('calls itself a bot');
  });

  it('is short, and a text that PostgreSQL takes, whatever the pattern', () => {
    const own = createClassifier({ deny: [`\0|${'\u{1f512}|'.repeat(200)}x`] });
    const { rule } = own('x');
    expect(rule.length).toBeLessThanOrEqual(200);
    expect(rule.isWellFormed()).toBe(true);
    expect(rule).toMatch(/^classes\.deny \\0\|/);
  });
});
