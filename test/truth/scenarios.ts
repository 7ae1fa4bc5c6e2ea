// How people download. One row each: to add one, write what a client does and name the sizes it is to be done with.

import type { Browser } from 'playwright-core';
import type { LinkFields } from '../../app/link/sign.ts';
import { aria2, curl, curlCut, curlKilled, saved, type Visit, wget } from './clients.ts';
import { click, listen, watch } from './viewers.ts';

export type Scene = {
  /** Bytes of the file. */
  size: number;
  /** A number in [0, 1), the same for the same seed. */
  random(): number;
  browser: Browser;
  /**
   * A new visitor and their way to the file. `cuts`: their downloads break after so many bytes, one after the other.
   * Address and agent are new ones where none is given; `fields` are those of the link, if there is one.
   */
  visit(options?: VisitOptions): Promise<Visit>;
};
type VisitOptions = {
  cuts?: readonly number[];
  address?: string;
  agent?: string;
  fields?: Partial<LinkFields>;
};
export type Scenario = {
  name: string;
  sizes: readonly number[];
  /** How often a whole `make truth` does it, for each size. */
  times: number;
  run(scene: Scene): Promise<void>;
  /** Only behind the gate. */
  gated?: true;
  /** What the file is, where it is more than bytes. */
  kind?: 'sound' | 'film' | 'stream';
};

const KB = 1000;
const MB = 1_000_000;
const all = [KB, 300 * KB, 3 * MB, 20 * MB];
const large = [300 * KB, 3 * MB, 20 * MB];
const third = ({ size }: Scene) => Math.ceil(size / 3);
const yesterday = () => ({ expires: Math.floor(Date.now() / 1000) - 86_400 });
const forged = (url: string) => url.replace(/s=(.)/, (_, first) => `s=${first === 'A' ? 'B' : 'A'}`);

/** Breaks after so many bytes, which the client has then, and that is all. */
async function cutAt(scene: Scene, bytes: number): Promise<void> {
  const visit = await scene.visit({ cuts: [bytes] });
  await curlCut(visit);
  await saved(visit, bytes);
}

async function whole(visit: Visit, size: number): Promise<void> {
  await curl(visit);
  await saved(visit, size);
}

export const scenarios: readonly Scenario[] = [
  {
    name: 'curl, whole',
    sizes: all,
    times: 5,
    run: async (scene) => whole(await scene.visit(), scene.size),
  },
  {
    name: 'wget, whole',
    sizes: all,
    times: 4,
    async run(scene) {
      const visit = await scene.visit();
      await wget(visit);
      await saved(visit, scene.size);
    },
  },
  ...[4, 16].map(
    (connections): Scenario => ({
      name: `aria2 -x${connections}`,
      sizes: large,
      times: 4,
      async run(scene) {
        const visit = await scene.visit();
        await aria2(visit, connections);
        await saved(visit, scene.size);
      },
    }),
  ),
  {
    name: 'cut at a third, given up',
    sizes: all,
    times: 5,
    run: (scene) => cutAt(scene, third(scene)),
  },
  {
    name: 'cut anywhere, given up',
    sizes: large,
    times: 6,
    run: (scene) => cutAt(scene, 1 + Math.floor(scene.random() * (scene.size - 1))),
  },
  {
    name: 'cut near the end, given up',
    sizes: large,
    times: 3,
    run: (scene) => cutAt(scene, Math.floor(scene.size * 0.9)),
  },
  {
    name: 'curl killed at a third',
    sizes: large,
    times: 4,
    run: async (scene) => curlKilled(await scene.visit(), third(scene)),
  },
  {
    name: 'cut, then curl -C -',
    sizes: large,
    times: 4,
    async run(scene) {
      const visit = await scene.visit({ cuts: [third(scene)] });
      await curlCut(visit);
      await curl(visit, ['-C', '-']);
      await saved(visit, scene.size);
    },
  },
  {
    name: 'cut twice, then curl -C -',
    sizes: large,
    times: 3,
    async run(scene) {
      const visit = await scene.visit({ cuts: [third(scene), third(scene)] });
      await curlCut(visit);
      await curlCut(visit, ['-C', '-']);
      await curl(visit, ['-C', '-']);
      await saved(visit, scene.size);
    },
  },
  {
    name: 'cut, wget goes on by itself',
    sizes: large,
    times: 4,
    async run(scene) {
      const visit = await scene.visit({ cuts: [Math.ceil(scene.size * (0.1 + 0.5 * scene.random()))] });
      await wget(visit, ['--tries=5', '--waitretry=0']);
      await saved(visit, scene.size);
    },
  },
  {
    name: 'cut, then wget --continue',
    sizes: large,
    times: 4,
    async run(scene) {
      const visit = await scene.visit({ cuts: [third(scene)] });
      await wget(visit, ['--tries=1'], 4);
      await wget(visit, ['--continue']);
      await saved(visit, scene.size);
    },
  },
  {
    name: 'cut, then all over again',
    sizes: large,
    times: 3,
    async run(scene) {
      const visit = await scene.visit({ cuts: [third(scene)] });
      await curlCut(visit);
      await whole(visit, scene.size);
    },
  },
  {
    name: 'two halves',
    sizes: all,
    times: 2,
    async run(scene) {
      const visit = await scene.visit();
      const half = Math.floor(scene.size / 2);
      await curl(visit, ['-r', `0-${half - 1}`]);
      await curl(visit, ['-r', `${half}-`]);
    },
  },
  {
    name: 'the first two bytes alone',
    sizes: [3 * MB],
    times: 3,
    run: async (scene) => curl(await scene.visit(), ['-r', '0-1']),
  },
  {
    name: 'HEAD, then GET',
    sizes: all,
    times: 2,
    async run(scene) {
      const visit = await scene.visit();
      await curl({ ...visit, file: '/dev/null' }, ['--head']);
      await whole(visit, scene.size);
    },
  },
  {
    name: 'HEAD alone',
    sizes: [3 * MB],
    times: 3,
    run: async (scene) => curl({ ...(await scene.visit()), file: '/dev/null' }, ['--head']),
  },
  {
    name: 'asked again, 304',
    sizes: all,
    times: 2,
    async run(scene) {
      const visit = await scene.visit();
      const tag = `${visit.file}.etag`;
      await curl(visit, ['--etag-save', tag]);
      for (let i = 0; i < 3; i++) await curl(visit, ['--etag-compare', tag]);
    },
  },
  {
    name: 'the same visitor twice',
    sizes: all,
    times: 2,
    async run(scene) {
      const visit = await scene.visit();
      for (let i = 0; i < 2; i++) await whole(visit, scene.size);
    },
  },
  {
    name: 'three agents, one address',
    sizes: all,
    times: 2,
    async run(scene) {
      const address = '127.77.0.1';
      for (const agent of ['Firefox/150.0', 'VLC/3.0.21 LibVLC/3.0.21', 'Podcasts/4.1'])
        await whole(await scene.visit({ address, agent }), scene.size);
    },
  },
  {
    name: 'one agent, three addresses',
    sizes: all,
    times: 2,
    async run(scene) {
      const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0';
      for (let i = 0; i < 3; i++) await whole(await scene.visit({ agent }), scene.size);
    },
  },
  {
    name: 'forged and expired links',
    sizes: [300 * KB],
    times: 6,
    gated: true,
    async run(scene) {
      const visit = await scene.visit();
      await curl({ ...visit, url: forged(visit.url) });
      await curl(await scene.visit({ fields: yesterday() }));
    },
  },
  {
    name: 'Chromium, a click',
    sizes: large,
    times: 3,
    run: async (scene) => click(scene.browser, await scene.visit(), scene.size),
  },
  {
    name: 'Chromium, <audio> sought through',
    sizes: large,
    times: 2,
    kind: 'sound',
    run: async (scene) => listen(scene.browser, await scene.visit(), 0.9),
  },
  {
    name: 'Chromium, <video>',
    sizes: [0],
    times: 4,
    kind: 'film',
    run: async (scene) => listen(scene.browser, await scene.visit(), 0.5),
  },
  {
    name: 'hls.js, a stream',
    sizes: [0],
    times: 4,
    kind: 'stream',
    run: async (scene) => watch(scene.browser, await scene.visit({ fields: { prefix: 2 } })),
  },
];
