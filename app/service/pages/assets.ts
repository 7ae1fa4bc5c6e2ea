// What pages load beside their HTML: one stylesheet, one script (for the live view alone), one icon. Their
// addresses hold a hash of their content, so that browsers may keep them for ever.

import { createHash } from 'node:crypto';
import { newRouter } from '../http/router.ts';
import icon from './assets/icon.svg?raw';
import live from './assets/live.js?raw';
import style from './assets/style.css?raw';

type Asset = { name: string; type: string; text: string };

const stylesheet = asset('style', 'css', 'text/css; charset=utf-8', style);
const favicon = asset('icon', 'svg', 'image/svg+xml', icon);

const script = asset('live', 'js', 'text/javascript; charset=utf-8', live);

/** The address of the live view's script. */
export const liveScript = address(script);

/** The addresses of the assets, for the pages' heads. */
export const assetPaths = { style: address(stylesheet), icon: address(favicon) };

/** The assets by their address's last part, for the static export. */
export const assets: readonly Asset[] = [stylesheet, favicon, script];

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
