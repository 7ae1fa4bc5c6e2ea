// What pages load beside their HTML: one stylesheet, one icon, and the scripts of the two pages that
// follow what happens. Their addresses hold a hash of their content, so that browsers may keep them for ever.

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

/** The addresses of the scripts: the live view's, and the one that keeps the overview fresh. */
export const scriptPaths = { live: address(scripts.live), overview: address(scripts.overview) };

/** The addresses of the assets, for the pages' heads. */
export const assetPaths = { style: address(stylesheet), icon: address(favicon) };

/** The assets by their address's last part, for the static export. */
export const assets: readonly Asset[] = [stylesheet, favicon, scripts.live, scripts.overview];

export function assetRoutes() {
  const router = newRouter();
  for (const item of assets) {
    router.get(address(item), (c) =>
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

function address({ name }: Asset): string {
  return `/tallygate/assets/${name}`;
}
