// The list for everyone: the files in the public folders, and how often each was downloaded.

import type { ListedFile, PublicOrder } from '../../public/list.ts';
import { urlPathOf } from '../../public/scan.ts';
import { formatBytes, formatCount, visible } from '../../reports/format.ts';
import { page } from './layout.tsx';

type Props = {
  title: string;
  files: readonly ListedFile[];
  order: PublicOrder;
  /** Counted from 1, and how many there are. */
  at: number;
  pages: number;
  /** The URL of the list in another order, or of another page; undefined where an export has none. */
  href(order: PublicOrder, page: number): string | undefined;
  /** What to put before a file's path: nothing, or the origin of the site if this page is elsewhere. */
  site?: string;
  assets?: { style: string; icon: string } | undefined;
};

const columns = [
  { name: 'name', title: 'File', first: 'name', class: undefined },
  { name: 'date', title: 'Date', first: '-date', class: 'no-phone' },
  { name: 'size', title: 'Size', first: '-size', class: 'n' },
  { name: 'downloads', title: 'Downloads', first: '-downloads', class: 'n' },
] as const;

export function publicPage(props: Props) {
  const { title, files, order, at, pages, href, assets } = props;
  return page({
    title,
    indexed: true,
    ...(assets && { assets }),
    children: (
      <>
        <h1>{title}</h1>
        <p class="lede">
          {files.length === 0
            ? at > 1
              ? 'The list is shorter than that.'
              : 'There is nothing here yet.'
            : 'A download counts when the file was sent, and its ranges count as one. Bots are left out.'}
        </p>
        {files.length > 0 && (
          <section class="scroll" aria-label={title} tabindex={0}>
            <table>
              <caption class="visually-hidden">{title}</caption>
              <thead>
                <tr>
                  {columns.map((column) => (
                    <Head column={column} order={order} href={href} />
                  ))}
                </tr>
              </thead>
              <tbody>
                {files.map((file) => (
                  <Row file={file} site={props.site ?? ''} />
                ))}
              </tbody>
            </table>
          </section>
        )}
        {(at > 1 || at < pages) && (
          <ul class="pager">
            {at > 1 && (
              <li>
                <a href={href(order, Math.min(at - 1, Math.max(1, pages)))} rel="prev">
                  Page before
                </a>
              </li>
            )}
            {at < pages && (
              <li>
                <a href={href(order, at + 1)} rel="next">
                  Next page
                </a>
              </li>
            )}
          </ul>
        )}
      </>
    ),
  });
}

type HeadProps = { column: (typeof columns)[number]; order: PublicOrder; href: Props['href'] };

function Head({ column, order, href }: HeadProps) {
  const { name, title, first } = column;
  const sorted = order.replace('-', '') === name;
  const descending = order.startsWith('-');
  const other = (descending ? name : `-${name}`) as PublicOrder;
  const url = href(sorted ? other : first, 1);
  const text = (
    <>
      {title}
      {sorted && <span aria-hidden="true">{descending ? ' ↓' : ' ↑'}</span>}
    </>
  );
  return (
    <th
      scope="col"
      class={column.class}
      aria-sort={sorted ? (descending ? 'descending' : 'ascending') : undefined}
    >
      {url === undefined ? text : <a href={url}>{text}</a>}
    </th>
  );
}

function Row({ file, site }: { file: ListedFile; site: string }) {
  return (
    <tr>
      <th scope="row">
        <a class="name file" href={site + urlPathOf(file.path)}>
          <bdi>{visible(file.path.slice(1))}</bdi>
        </a>
        {file.checksums.map(({ kind, path }) => (
          <>
            {' '}
            <a class="tag" href={site + urlPathOf(path)}>
              {kind}
            </a>
          </>
        ))}
      </th>
      <td class="nowrap no-phone">
        <time datetime={file.modified.toISOString()}>{file.modified.toISOString().slice(0, 10)}</time>
      </td>
      <td class="n">{formatBytes(file.size)}</td>
      <td class="n">{formatCount(file.downloads)}</td>
    </tr>
  );
}
