// Tells a person who typed a URL or sent a form what went wrong.

import { page } from './layout.tsx';

type Props = {
  title: string;
  text: string;
  /** Where a reader who is signed in can go on. */
  back?: { to: string; title: string } | undefined;
  /** The id under which our log has our error. */
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
