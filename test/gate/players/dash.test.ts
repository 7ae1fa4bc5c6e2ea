// MPEG-DASH on a page of another site, by rx-player: as small as such players are, and like them it takes addresses from a template.

import path from 'node:path';
import { build } from 'esbuild';
import type RxPlayer from 'rx-player';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LinkFields } from '../../../app/link/sign.ts';
import { projectRoot } from '../../harness/folders.ts';
import { inPath, inSeconds, link } from '../site.ts';
import { record } from './film.ts';
import { type Rig, startRig } from './rig.ts';
import { lay } from './stream.ts';

let rig: Rig;
let script = '';
beforeAll(async () => {
  const bundle = await build({
    stdin: {
      contents: `
        import RxPlayer from 'rx-player/minimal';
        import { DASH } from 'rx-player/features';
        RxPlayer.addFeatures([DASH]);
        window.RxPlayer = RxPlayer;`,
      resolveDir: projectRoot,
    },
    bundle: true,
    format: 'iife',
    write: false,
  });
  script = bundle.outputFiles[0]?.text ?? '';
  rig = await startRig();
  const { page, context } = await rig.open(rig.origins.player);
  await lay(path.join(rig.nginx.dir, 'www/hls/course'), await record(page));
  await context.close();
});
afterAll(() => rig?.stop());

/** `played`, or the player's error with the status that it saw; on a page of `origin`. */
async function watch(origin: string, source: string, { withCredentials = false } = {}): Promise<string> {
  const { page, context } = await rig.open(origin);
  await page.addScriptTag({ content: script });
  const seen = await page.evaluate(
    async ({ source, withCredentials }) => {
      const video = document.createElement('video');
      video.muted = true;
      document.body.replaceChildren(video);
      const { RxPlayer: Player } = window as unknown as { RxPlayer: typeof RxPlayer };
      const player = new Player({ videoElement: video });
      /** The status of the first request that failed, in the player's own way or in ours. */
      let status: number | undefined;
      const load = async <T>(url: string, read: (response: Response) => Promise<T>) => {
        const response = await fetch(url, { credentials: 'include' });
        status ??= response.ok ? undefined : response.status;
        return { data: await read(response), url: response.url };
      };
      const loaders = {
        manifestLoader: ({ url = '' }, { resolve, reject }) =>
          void load(url, (response) => response.text()).then(resolve, reject),
        segmentLoader: ({ url = '' }, { resolve, reject }) =>
          void load(url, (response) => response.arrayBuffer()).then(resolve, reject),
      } satisfies Pick<Parameters<RxPlayer['loadVideo']>[0], 'manifestLoader' | 'segmentLoader'>;
      try {
        return await new Promise<string>((resolve) => {
          player.addEventListener('error', (error) => {
            resolve(`refused ${status ?? ('status' in error ? error.status : error.message)}`);
          });
          player.addEventListener('playerStateChange', (state) => {
            if (state === 'ENDED')
              resolve(video.getVideoPlaybackQuality().totalVideoFrames > 0 ? 'played' : 'nothing to see');
          });
          player.loadVideo({
            url: source,
            transport: 'dash',
            autoPlay: true,
            requestConfig: { manifest: { maxRetry: 0 }, segment: { maxRetry: 0 } },
            ...(withCredentials ? loaders : {}),
          });
          player.setPlaybackRate(4);
        });
      } finally {
        player.dispose();
      }
    },
    { source, withCredentials },
  );
  await context.close();
  return seen;
}

const folder = (fields: Partial<LinkFields> = {}) =>
  link('/hls/course/manifest.mpd', { prefix: 2, token: 'tok', ...fields });
const once = { withCredentials: true };

const segments = ['720p/segment 1.m4s', '720p/segment 2.m4s', '720p/segment 3.m4s'];
const all = new Set(['manifest.mpd', 'init.mp4', ...segments].map((name) => `${name} 200 tok`));

test('by a link in the path', async () => {
  await rig.fetched();
  expect(await watch(rig.origins.player, rig.origins.files + inPath(folder()))).toBe('played');
  expect(await rig.fetched()).toEqual(all);
});

test('by a link in the path, one file in byte ranges', async () => {
  const target = inPath(folder()).replace('manifest', 'bytes');
  expect(await watch(rig.origins.player, rig.origins.files + target)).toBe('played');
  expect(await rig.fetched()).toEqual(new Set(['bytes.mpd 200 tok', 'film.mp4 206 tok']));
});

test('by the cookie of a folder link, where it goes to other sites, and with cookies of third parties blocked', async () => {
  await rig.fetched();
  expect(await watch(rig.origins.player, rig.origins.files + folder(), once)).toBe('played');
  expect(await rig.fetched()).toEqual(all);
  expect(await watch(rig.origins.player, rig.origins.lax + folder(), once)).toBe('refused 403');
  expect(await watch(rig.origins.player, rig.origins.files + folder())).toBe('refused 403');
});

test('the player sees why it is refused, where its origin is let in', async () => {
  const late = inPath(folder({ expires: inSeconds(-5) }));
  for (const [target, status] of [
    [late, 410],
    [inPath(folder()).replace('tok', 'toc'), 403],
    [inPath(folder()).replace('manifest', 'none'), 404],
  ] as const)
    expect(await watch(rig.origins.player, rig.origins.files + target)).toBe(`refused ${status}`);
  expect(await watch(rig.origins.stranger, rig.origins.files + late)).toBe('refused 0');
  expect(await watch(rig.origins.stranger, rig.origins.files + inPath(folder()))).toBe('refused 0');
});
