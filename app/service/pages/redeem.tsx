// The pages for a person who holds a card: type the code, then download the files.

import { randomUUID } from 'node:crypto';
import { formatBytes } from '../../reports/format.ts';
import type { Words } from '../codes/words.ts';
import { moment } from '../codes/words.ts';
import { page } from './layout.tsx';

type FormProps = { typed?: string | undefined; problem?: Words | undefined };

/** The form. `problem` says why the code that was typed gave nothing. */
export function redeemForm({ typed = '', problem }: FormProps) {
  const children = (
    <>
      <h1>Redeem your code</h1>
      <p>
        Type the code from your card to download what comes with it. Capital or small letters, with or without
        dashes.
      </p>
      {problem && (
        <div class="notice bad" role="alert" id="problem">
          <p>
            <strong>{problem.title}</strong> {problem.text}
          </p>
        </div>
      )}
      <form class="redeem" method="post" action="/tallygate/redeem">
        <label for="code">Code</label>
        <input
          type="text"
          id="code"
          name="code"
          value={typed}
          required
          maxlength={60}
          placeholder="XXXXX-XXXXX-XXXX"
          autocomplete="off"
          autocapitalize="characters"
          spellcheck={false}
          autofocus
          aria-invalid={problem ? 'true' : undefined}
          aria-describedby={problem ? 'problem' : undefined}
        />
        {/* Sent twice, by a second click or a reload, the same form takes one use. */}
        <input type="hidden" name="once" value={randomUUID()} />
        <button type="submit">Show my files</button>
      </form>
    </>
  );
  return page({
    title: problem ? `${problem.title} Redeem a code` : 'Redeem a code',
    width: 'narrow',
    children,
  });
}

type FileEntry = { name: string; size: number | undefined; link: string; downloaded: boolean };
type FilesProps = {
  title: string;
  artwork?: string | undefined;
  files: readonly FileEntry[];
  finishBy: Date;
  minutes: number;
};

/** The files of a redeemed code. */
export function filesPage({ title, artwork, files, finishBy, minutes }: FilesProps) {
  const children = (
    <>
      {artwork && <img class="cover" src={artwork} alt="" />}
      <h1>{title}</h1>
      <p>
        {files.length === 1 ? 'Your file is ready.' : `Your ${files.length} files are ready.`} Start{' '}
        {files.length === 1 ? 'the download' : 'each download'} within {minutes} minutes; load this page again
        for more time.
      </p>
      <ul class="handout">
        {files.map(({ name, size, link, downloaded }) => (
          <li>
            <span class="what">
              <span class="name">{name}</span>
              <small>{size === undefined ? 'size unknown' : sizeText(size)}</small>
            </span>
            {downloaded ? (
              <span class="hint">Downloaded</span>
            ) : (
              <a class="button" href={link} download aria-label={`Download ${name}`}>
                Download
              </a>
            )}
          </li>
        ))}
      </ul>
      <p class="hint">
        A download that breaks off can be continued until {moment(finishBy)}. This page works until then:
        bookmark it if you want to come back.
      </p>
    </>
  );
  return page({ title, width: 'narrow', children });
}

/** Stands where a page was that is no longer there. */
export function endedPage(words: Words) {
  const children = (
    <>
      <h1>{words.title}</h1>
      <p>{words.text}</p>
      <p>
        <a href="/tallygate/redeem">Redeem a code</a>
      </p>
    </>
  );
  return page({ title: words.title, width: 'narrow', children });
}

/** Visitors read "12 bytes", not "12 B". */
function sizeText(size: number): string {
  return size < 1000 ? `${size} bytes` : formatBytes(size);
}
