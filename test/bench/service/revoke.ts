// How long a revoked token is still accepted at the edge: from the API's answer to NGINX's first 410.

import { setTimeout as delay } from 'node:timers/promises';

export type Api = (path: string, body?: unknown) => Promise<{ id: string; link: string }>;

/** Seconds from asking for the revocation to the refusal, one for each of `count` tokens, ascending. */
export async function revocationTimes(api: Api, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const { id, link } = await api('/tokens', { path: '/downloads/album.zip' });
    const startedAt = performance.now();
    await api(`/tokens/${id}/revoke`);
    while ((await status(link)) !== 410) {
      if (performance.now() - startedAt > 30_000) throw new Error('a revoked token is accepted after 30 s');
      await delay(2);
    }
    times.push((performance.now() - startedAt) / 1000);
  }
  return times.sort((a, b) => a - b);
}

async function status(link: string): Promise<number> {
  const answer = await fetch(link, { headers: { range: 'bytes=0-0' } });
  await answer.arrayBuffer();
  return answer.status;
}
