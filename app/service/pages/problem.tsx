// What went wrong, for somebody who typed an address or sent a form.

import { page } from './layout.tsx';

type Props = {
  title: string;
  text: string;
  /** Where to go on, for whoever is signed in. */
  back?: { to: string; title: string } | undefined;
  /** What finds a fault of ours in our log. */
  requestId?: string | undefined;
};

/** The problem in words. */
export function problemPage({ title, text, back, requestId }: Props) {
  return page({
    title,
    width: 'narrow',
    home: back?.to,
    children: (
      <>
        <h1>{title}</h1>
        <p class="lede">{text}</p>
        {requestId && (
          <p class="hint">
            request_id: <code>{requestId}</code>
          </p>
        )}
        {back && (
          <p>
            <a href={back.to}>{back.title}</a>
          </p>
        )}
      </>
    ),
  });
}
