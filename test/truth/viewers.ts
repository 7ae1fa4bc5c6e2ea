// Chromium: a link that is clicked, a sound and a film that are sought through, a stream that hls.js plays.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type HlsPlayer from 'hls.js';
import type { Browser, Page } from 'playwright-core';
import { openContext } from '../pages/browser.ts';
import type { Visit } from './clients.ts';

const hlsScript = createRequire(import.meta.url).resolve('hls.js/dist/hls.min.js');

/** Clicks a link, and waits until the file is saved. */
export function click(browser: Browser, visit: Visit, size: number): Promise<void> {
  return onPage(browser, visit, async (page) => {
    const download = page.waitForEvent('download');
    await page.evaluate((href) => Object.assign(document.createElement('a'), { href }).click(), visit.url);
    const found = (await readFile(await (await download).path())).length;
    if (found !== size) throw new Error(`Chromium saved ${found} bytes, and ${size} are right`);
  });
}

/** Plays the beginning, seeks to `share` of it, plays to the end. */
export function listen(browser: Browser, visit: Visit, share: number): Promise<void> {
  return onPage(browser, visit, (page) =>
    page.evaluate(
      async ({ url, share }) => {
        const media = document.createElement(url.includes('.mp4') ? 'video' : 'audio');
        const happens = (name: string) =>
          new Promise((resolve, reject) => {
            media.addEventListener(name, resolve, { once: true });
            media.addEventListener('error', () => reject(new Error(media.error?.message)), { once: true });
          });
        media.muted = true;
        document.body.replaceChildren(media);
        const loaded = happens('loadeddata');
        media.src = url;
        await loaded;
        const sought = happens('seeked');
        media.currentTime = media.duration * share;
        await sought;
        const ended = happens('ended');
        media.playbackRate = 8;
        await media.play();
        await ended;
      },
      { url: visit.url, share },
    ),
  );
}

/** Plays a stream to its end with hls.js. */
export function watch(browser: Browser, visit: Visit): Promise<void> {
  return onPage(browser, visit, async (page) => {
    await page.addScriptTag({ path: hlsScript });
    await page.evaluate(async (source) => {
      const { Hls } = window as unknown as { Hls: typeof HlsPlayer };
      const video = document.createElement('video');
      video.muted = true;
      document.body.replaceChildren(video);
      const hls = new Hls();
      await new Promise<void>((resolve, reject) => {
        hls.on(Hls.Events.ERROR, (_, { details, fatal }) => {
          if (fatal) reject(new Error(details));
        });
        video.onended = () => resolve();
        hls.loadSource(source);
        hls.attachMedia(video);
        video.playbackRate = 4;
        void video.play();
      });
      hls.destroy();
    }, visit.url);
  });
}

async function onPage(browser: Browser, visit: Visit, act: (page: Page) => Promise<void>): Promise<void> {
  const context = await openContext(browser, { userAgent: visit.agent });
  try {
    const page = await context.newPage();
    await page.goto(new URL('/page', visit.url).href);
    await act(page);
  } finally {
    await context.close();
  }
}

/** The head of a sound of so many bytes: silence, of CD quality. */
export function soundHead(size: number): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(size - 8, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(2, 22);
  head.writeUInt32LE(44_100, 24);
  head.writeUInt32LE(176_400, 28);
  head.writeUInt16LE(4, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(size - 44, 40);
  return head;
}
