// Person, tool or bot: the agents that decide whether a count can be believed.

import { list } from 'isbot';
import { describe, expect, it } from 'vitest';
import { createClassifier } from '../../../app/ingest/record/classify.ts';

const classify = createClassifier({ allow: [], deny: [] });

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
  ])('%s', (agent, client) => {
    expect(classify(agent)).toMatchObject({ class: 'tool', client });
  });
});

describe('bots are bots', () => {
  it.each([
    'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
    'facebookexternalhit/1.1',
    'python-requests/2.31.0',
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

it('lets the operator decide before every list', () => {
  const own = createClassifier({ allow: ['^python-requests/'], deny: ['curl', '^Mirror'] });
  expect(own('python-requests/2.31.0').class).toBe('tool');
  expect(own('curl/8.5.0').class).toBe('bot');
  expect(own('MirrorProbe/1.0').class).toBe('bot');
});

describe('the rule that decided is told', () => {
  it.each([
    ['curl/8.5.0', 'tool curl'],
    ['Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041', 'tool PowerShell'],
    ['facebookexternalhit/1.1', 'isbot ^facebook'],
    [
      'Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)',
      String.raw`isbot (?<! cu)bots?(?:\b|_)`,
    ],
    ['', 'no user agent'],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', 'browser Firefox'],
    ['Lynx/2.9.0dev.12 libwww-FM/2.14', 'begins as browsers do'],
    ['SomePodcastApp/2.3', 'other program'],
  ])('%s: %s', (agent, rule) => {
    expect(classify(agent).rule).toBe(rule);
  });

  it('a bot by the list of isbot has the pattern of it that fits, whatever the list becomes', () => {
    const agents = list
      .map((source) => sampleOf(source))
      .filter((agent) => classify(agent).rule.startsWith('isbot'));
    expect(agents.length).toBeGreaterThan(100);
    for (const agent of agents) {
      const source = classify(agent).rule.replace('isbot ', '');
      expect(list).toContain(source);
      expect(agent).toMatch(new RegExp(source, 'i'));
    }
  });

  it("the operator's own patterns are told as they stand in the configuration", () => {
    const own = createClassifier({ allow: ['^python-', 'Firefox'], deny: ['nothing', '^Mirror|^curl/7'] });
    expect(own('curl/7.1')).toEqual({ class: 'bot', client: 'curl', rule: 'classes.deny ^Mirror|^curl/7' });
    expect(own('python-requests/2')).toMatchObject({ class: 'tool', rule: 'classes.allow ^python-' });
    expect(own('Mozilla/5.0 Firefox/1 spider')).toMatchObject({
      class: 'person',
      rule: 'classes.allow Firefox',
    });
    expect(own('spider').rule).toBe('isbot spider');
  });

  it('is short, and a text that PostgreSQL takes, whatever the pattern', () => {
    const own = createClassifier({ allow: [], deny: [`\0|${'\u{1f512}|'.repeat(200)}x`] });
    const { rule } = own('x');
    expect(rule.length).toBeLessThanOrEqual(200);
    expect(rule.isWellFormed()).toBe(true);
    expect(rule).toMatch(/^classes\.deny \\0\|/);
  });
});

/** The words of a pattern: for most of them something that it fits. */
function sampleOf(source: string): string {
  return `Zz (${source.replace(/\(\?<?[!=][^)]*\)/g, '').replace(/\\[bswd]|[\\^$?+*()[\]|]/g, '')} ) 9`;
}
