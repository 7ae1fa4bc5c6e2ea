// Person, tool or bot: the agents that decide whether a count can be believed.

import { describe, expect, it } from 'vitest';
import { createClassifier } from '../../app/ingest/classify.ts';

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
    expect(classify(agent)).toEqual({ class: 'tool', client });
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
    expect(classify(agent)).toEqual({ class: 'person', client });
  });
});

it('lets the operator decide before every list', () => {
  const own = createClassifier({ allow: ['^python-requests/'], deny: ['curl', '^Mirror'] });
  expect(own('python-requests/2.31.0').class).toBe('tool');
  expect(own('curl/8.5.0').class).toBe('bot');
  expect(own('MirrorProbe/1.0').class).toBe('bot');
});
