// The page of a link (form "page"): what the file is, and a button. Messengers and mail scanners fetch each address that they
// see, but press no button.

import type { GetWords } from '../links/get-words.ts';
import { page } from './layout.tsx';

type Props = { words: GetWords; name: string; action: string };

/** @param action where the form is sent to: the address of the page itself */
export function getPage({ words, name, action }: Props) {
  return page({
    title: name,
    lang: words.lang,
    width: 'narrow',
    children: (
      <>
        <h1>
          <bdi>{name}</bdi>
        </h1>
        <p>{words.ready}</p>
        <form class="redeem" method="post" action={action}>
          <button type="submit">{words.download}</button>
        </form>
      </>
    ),
  });
}

/** In place of the button, where the link opens nothing. */
export function noGetPage(words: GetWords, refused: 'broken' | 'ended') {
  return page({
    title: words[refused].title,
    lang: words.lang,
    width: 'narrow',
    children: (
      <>
        <h1>{words[refused].title}</h1>
        <p>{words[refused].text}</p>
      </>
    ),
  });
}
