// hls.js on a page of another origin: by a link in the path, by a cookie that goes to other sites, and what it sees of refusals.

import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type HlsPlayer from 'hls.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LinkFields } from '../../../app/link/sign.ts';
import { inPath, inSeconds, link } from '../site.ts';
import { makeWithFfmpeg, record } from './film.ts';
import { type Rig, startRig } from './rig.ts';
import { lay } from './stream.ts';

const noFfmpeg = spawnSync('ffmpeg', ['-version']).error !== undefined;
const script = createRequire(import.meta.url).resolve('hls.js/dist/hls.min.js');

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
  const { page, context } = await rig.open(rig.origins.player);
  await lay(path.join(rig.nginx.dir, 'www/hls/course'), await record(page));
  await context.close();
});
afterAll(() => rig?.stop());

/** `played`, or hls.js's error with the status that it saw; on a page of `origin`. */
async function watch(origin: string, source: string, { withCredentials = false } = {}): Promise<string> {
  const { page, context } = await rig.open(origin);
  await page.addScriptTag({ path: script });
  const seen = await page.evaluate(
    async ({ source, withCredentials }) => {
      const { Hls } = window as unknown as { Hls: typeof HlsPlayer };
      const video = document.createElement('video');
      video.muted = true;
      document.body.replaceChildren(video);
      const hls = new Hls({
        xhrSetup: (request) => {
          request.withCredentials = withCredentials;
        },
      });
      try {
        return await new Promise<string>((resolve) => {
          hls.on(Hls.Events.ERROR, (_, { type, details, fatal, response }) => {
            if (type === Hls.ErrorTypes.NETWORK_ERROR || fatal) resolve(`${details} ${response?.code}`);
          });
          video.onended = () =>
            resolve(video.getVideoPlaybackQuality().totalVideoFrames > 0 ? 'played' : 'nothing to see');
          hls.loadSource(source);
          hls.attachMedia(video);
          video.playbackRate = 4;
          void video.play();
        });
      } finally {
        hls.destroy();
      }
    },
    { source, withCredentials },
  );
  await context.close();
  return seen;
}

const folder = (fields: Partial<LinkFields> = {}) =>
  link('/hls/course/master.m3u8', { prefix: 2, token: 'tok', ...fields });
const late = { expires: inSeconds(-5) };
const forged = (target: string) => target.replace('tok', 'toc');
const segments = ['720p/segment 1.m4s', '720p/segment 2.m4s', '720p/segment 3.m4s'];

const all = new Set(
  ['master.m3u8', '720p/index.m3u8', 'init.mp4', ...segments].map((name) => `${name} 200 tok`),
);
const once = { withCredentials: true };

describe('a player on another site, with cookies of third parties blocked', () => {
  test('by a link in the path', async () => {
    await rig.fetched();
    expect(await watch(rig.origins.player, rig.origins.files + inPath(folder()))).toBe('played');
    expect(await rig.fetched()).toEqual(all);
  });
  test('by a link in the path, one file in byte ranges', async () => {
    const target = inPath(folder()).replace('master', 'bytes');
    expect(await watch(rig.origins.player, rig.origins.files + target)).toBe('played');
    const names = ['bytes.m3u8 200', '720p/bytes.m3u8 200', 'film.mp4 206'];
    expect(await rig.fetched()).toEqual(new Set(names.map((name) => `${name} tok`)));
  });
  test.skipIf(noFfmpeg)('what ffmpeg made (skipped where it is not installed), both ways', async () => {
    await makeWithFfmpeg(path.join(rig.nginx.dir, 'www/hls/made'));
    const target = link('/hls/made/master.m3u8', { prefix: 2 });
    expect(await watch(rig.origins.player, rig.origins.files + inPath(target))).toBe('played');
    expect(await watch(rig.origins.player, rig.origins.files + target, once)).toBe('played');
  });
  test('by the cookie of a folder link, where it goes to other sites', async () => {
    await rig.fetched();
    expect(await watch(rig.origins.player, rig.origins.files + folder(), once)).toBe('played');
    expect(await rig.fetched()).toEqual(all);
  });
  test('a folder link in the query, and a player that sends no cookies: 403 from the second playlist on', async () => {
    expect(await watch(rig.origins.player, rig.origins.files + folder())).toBe('levelLoadError 403');
  });
  test('a cookie that stays on its site: the same', async () => {
    expect(await watch(rig.origins.player, rig.origins.lax + folder(), once)).toBe('levelLoadError 403');
  });
  test("the browser's own player", async () => {
    const { page, context } = await rig.open(rig.origins.player);
    const native = (source: string, crossOrigin: string | null) =>
      page.evaluate(
        ({ source, crossOrigin }) =>
          new Promise<string>((resolve) => {
            const video = document.createElement('video');
            if (!video.canPlayType('application/vnd.apple.mpegurl')) resolve('cannot');
            video.muted = true;
            video.crossOrigin = crossOrigin;
            video.src = source;
            video.onended = () => resolve('played');
            video.onerror = () => resolve('refused');
            document.body.replaceChildren(video);
            video.playbackRate = 4;
            void video.play();
          }),
        { source, crossOrigin },
      );
    // Chromium has one since version 142.
    if ((await native('data:,', null)) !== 'cannot') {
      await rig.fetched();
      for (const [target, crossOrigin] of [
        [inPath(folder()), null],
        [inPath(folder()), 'anonymous'],
        [folder(), null],
        [folder(), 'use-credentials'],
      ] as const) {
        expect(await native(rig.origins.files + target, crossOrigin)).toBe('played');
        // It asks for ranges.
        expect([...(await rig.fetched())].sort()).toEqual(
          [...all].map((one) => one.replace('200', '206')).sort(),
        );
        await context.clearCookies();
      }
      expect(await native(rig.origins.files + folder(), 'anonymous')).toBe('refused');
    }
    await context.close();
  });
});

test('a player on another origin of the same site: the cookie goes along as it is', async () => {
  await rig.fetched();
  expect(await watch(rig.origins.www, rig.origins.lax + folder(), once)).toBe('played');
  expect(await rig.fetched()).toEqual(all);
});

describe('hls.js sees why it is refused', () => {
  test.each([
    ['forged', forged(folder()), 'manifestLoadError 403'],
    ['late', folder(late), 'manifestLoadError 410'],
    ['forged, in the path', forged(inPath(folder())), 'manifestLoadError 403'],
    ['late, in the path', inPath(folder(late)), 'manifestLoadError 410'],
    ['not there', inPath(folder()).replace('master', 'none'), 'manifestLoadError 404'],
  ])('%s', async (_, target, error) => {
    expect(await watch(rig.origins.player, rig.origins.files + target)).toBe(error);
    expect(await watch(rig.origins.player, rig.origins.files + target, once)).toBe(error);
    // Not let in: a network error, whatever the status was.
    expect(await watch(rig.origins.stranger, rig.origins.files + target)).toBe('manifestLoadError 0');
  });
  test('of a segment', async () => {
    for (const [address, error] of [
      [link(`/hls/course/${segments[0]}`, late), 'fragLoadError 410'],
      [forged(link(`/hls/course/${segments[0]}`, { token: 'tok' })), 'fragLoadError 403'],
      [inPath(link(`/hls/course/${segments[0]}`, late)), 'fragLoadError 410'],
    ] as const) {
      const playlist = `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${address}\n#EXT-X-ENDLIST\n`;
      await writeFile(path.join(rig.nginx.dir, 'www/hls/course/mixed.m3u8'), playlist);
      const target = inPath(folder()).replace('master', 'mixed');
      expect(await watch(rig.origins.player, rig.origins.files + target)).toBe(error);
    }
  });
  test('a good link and an origin that is not let in: a network error', async () => {
    expect(await watch(rig.origins.stranger, rig.origins.files + inPath(folder()))).toBe(
      'manifestLoadError 0',
    );
  });
});
