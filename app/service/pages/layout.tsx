// The frame of every page. A page gives its title and its content; JSX escapes text. There is no inline script or style:
// assets.ts and security.ts say what a page may load.

import { html } from 'hono/html';
import type { Child } from 'hono/jsx';
import { assetPaths } from './assets.ts';

export type LayoutProps = {
  title: string;
  /** What the bar at the top has beside the name: the operator's navigation, and nothing on visitors' pages. */
  nav?: Child;
  /** Where the name leads. */
  home?: string | undefined;
  /** Width of the content: `narrow` for a form or a message, `wide` for tables. */
  width?: 'narrow' | 'wide';
  /** More for <head>, such as the live view's script. */
  head?: Child;
  /** The language of the page: English unless it says otherwise. */
  lang?: string;
  /** Whether search engines may list the page. Only for pages that everyone is meant to find. */
  indexed?: boolean;
  /** The URLs of the assets. A static export has them beside its pages. */
  assets?: { style: string; icon: string };
  children?: Child;
};

/** A whole document, for `c.html(...)`. */
export function page(props: LayoutProps) {
  return html`<!doctype html>${<Layout {...props} />}`;
}

function Layout({
  title,
  nav,
  home,
  width = 'wide',
  head,
  assets = assetPaths,
  indexed,
  lang = 'en',
  children,
}: LayoutProps) {
  return (
    <html lang={lang}>
      <head>
        <meta charset="utf-8" />
        <title>{`${title} · Tallygate`}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        {!indexed && <meta name="robots" content="noindex" />}
        <link rel="icon" type="image/svg+xml" href={assets.icon} />
        <link rel="stylesheet" href={assets.style} />
        {head}
      </head>
      <body>
        <a class="skip" href="#content">
          Skip to content
        </a>
        <header class="bar">
          {home === undefined ? (
            <span class="brand">
              <TallyMark />
              Tallygate
            </span>
          ) : (
            <a class="brand" href={home}>
              <TallyMark />
              Tallygate
            </a>
          )}
          {nav}
        </header>
        <main id="content" class={width}>
          {children}
        </main>
      </body>
    </html>
  );
}

/** Five in tally marks: four strokes and the one across, like a gate. */
function TallyMark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path d="M8 6v20M13.3 6v20M18.7 6v20M24 6v20M3 23.5l26-15" />
    </svg>
  );
}
