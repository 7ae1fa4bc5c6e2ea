// Downloads as they happen. The page shows the latest, and its script (assets/live.js) puts in each new one. Both get
// their rows from here. Without JavaScript one loads the page again.

import { formatBytes, formatClock } from '../../../reports/format.ts';
import { type LiveDownload, shown } from '../../live/feed.ts';
import { scriptPaths } from '../assets.ts';
import { FileName, shorten } from './table.tsx';
import { operatorPage, type View } from './view.tsx';

export function livePage(view: View, latest: readonly LiveDownload[]) {
  return operatorPage({
    view,
    place: 'live',
    title: 'Live',
    head: <script src={scriptPaths.live} type="module"></script>,
    children: (
      <>
        <h1>Live</h1>
        <p class="lede">
          Each download appears when NGINX ends its request. One that goes on in ranges stays one line.{' '}
          <span id="state" class="tag" role="status">
            not connected
          </span>
        </p>
        <noscript>
          <p class="notice">
            This list does not renew itself without JavaScript. Load the page again to see more.
          </p>
        </noscript>
        <section class="scroll stack" aria-label="Latest downloads" tabindex={0}>
          <table id="live" data-events={view.href('events')} data-most={shown}>
            <caption class="visually-hidden">Latest downloads, newest first</caption>
            <thead>
              <tr>
                {heads.map((title) => (
                  <th scope="col" class={title === 'Sent' ? 'n' : undefined}>
                    {title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody aria-live="off">
              {latest.length === 0 && (
                <tr id="none">
                  <td colspan={7} class="none">
                    Nothing was downloaded in the last hour. New downloads appear here within two seconds.
                  </td>
                </tr>
              )}
              <Rows view={view} downloads={latest} />
            </tbody>
          </table>
        </section>
        <p class="hint">
          The newest {shown} of the last hour, newest first. Times are those of {view.zone}.
        </p>
      </>
    ),
  });
}

const heads = ['Time', 'File', 'Program', 'From', 'Token', 'Sent', 'State'];

/** The rows of these downloads, as HTML for the page's script to put in. */
export function liveRows(view: View, downloads: readonly LiveDownload[]): string | Promise<string> {
  return (<Rows view={view} downloads={downloads} />).toString();
}

function Rows({ view, downloads }: { view: View; downloads: readonly LiveDownload[] }) {
  return (
    <>
      {downloads.map((download) => (
        <Row view={view} download={download} />
      ))}
    </>
  );
}

function Row({ view, download }: { view: View; download: LiveDownload }) {
  const { id, at, host, path, client, from, token, bytes, state } = download;
  return (
    <tr id={`d-${id}`}>
      <td class="nowrap" data-label="Time">
        <time datetime={at}>{formatClock(at, view.zone)}</time>
      </td>
      <th scope="row">
        <FileName view={view} host={host} path={path} />
      </th>
      <td data-label="Program">
        <span class="name">{shorten(client, 24)}</span>
      </td>
      <td data-label="From" class={from === '' ? 'blank' : undefined}>
        <span class="name">{shorten(from, 60) || '–'}</span>
      </td>
      <td data-label="Token" class={token === '' ? 'blank' : undefined}>
        {token === '' ? '–' : <code>{token}</code>}
      </td>
      <td class="n" data-label="Sent">
        {formatBytes(bytes)}
      </td>
      <td data-label="State">
        <span class={`tag ${state === 'completed' ? 'good' : ''}`}>{state}</span>
      </td>
    </tr>
  );
}
