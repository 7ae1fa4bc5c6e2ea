// What pages load besides their HTML: one stylesheet, one icon, and the scripts of the two pages that renew themselves.
// Each URL holds a hash of the content, so browsers may keep it for ever.

import { createHash } from 'node:crypto';
import { newRouter } from '../http/router.ts';
import icon from './assets/icon.svg?raw';
import live from './assets/live.js?raw';
import overview from './assets/overview.js?raw';
import style from './style/index.css?inline';

type Asset = { name: string; type: string; text: string };

const stylesheet = asset('style', 'css', 'text/css; charset=utf-8', style);
const favicon = asset('icon', 'svg', 'image/svg+xml', icon);

const scripts = {
  live: asset('live', 'js', 'text/javascript; charset=utf-8', live),
  overview: asset('overview', 'js', 'text/javascript; charset=utf-8', overview),
};

/** The URLs of the scripts: the live view's, and the one that keeps the overview fresh. */
export const scriptPaths = { live: urlOf(scripts.live), overview: urlOf(scripts.overview) };

/** The URLs of the stylesheet and the icon, for the heads of pages. */
export const assetPaths = { style: urlOf(stylesheet), icon: urlOf(favicon) };

/** All assets. `name` is the last part of the URL, and the name of the file in a static export. */
export const assets: readonly Asset[] = [stylesheet, favicon, scripts.live, scripts.overview];

export function assetRoutes() {
  const router = newRouter();
  for (const item of assets) {
    router.get(urlOf(item), (c) =>
      c.body(item.text, 200, {
        'content-type': item.type,
        'cache-control': 'public, max-age=31536000, immutable',
        'x-content-type-options': 'nosniff',
      }),
    );
  }
  return router;
}

function asset(stem: string, extension: string, type: string, text: string): Asset {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 10);
  return { name: `${stem}.${hash}.${extension}`, type, text };
}

function urlOf({ name }: Asset): string {
  return `/tallygate/assets/${name}`;
}
