// What the clients have, in the words of sql/COUNTING.md: the same definitions, computed from what each client received.

import type { Exchange } from './observer.ts';

export type Sums = { requests: number; downloads: number; completed: number; copies: number; bytes: number };

export const names = ['requests', 'downloads', 'completed', 'copies', 'bytes'] as const;

/** Address, agent, and the UTC day on which NGINX ended the request. */
export type Request = Exchange & { visitor: string; sent: number };

export const noSums = (): Sums => ({ requests: 0, downloads: 0, completed: 0, copies: 0, bytes: 0 });

export function add(sums: Sums, more: Sums): void {
  for (const name of names) sums[name] += more[name];
}

export function isDownload({ method, status }: Exchange): boolean {
  return method === 'GET' && (status === 200 || status === 206);
}

/** The connection broke before the client had all of the answer. */
export function isBroken(request: Request): boolean {
  return isDownload(request) && request.received < request.length;
}

/**
 * Of the requests for one file. `received` is the truth; `sent` is what it would be if everything that NGINX handed to the
 * kernel had arrived, which is all that a server can know.
 */
export function sumsOf(requests: readonly Request[], by: 'received' | 'sent'): Sums {
  const sums = noSums();
  for (const transfer of grouped(requests.filter(isDownload), ({ visitor }) => visitor).values())
    add(sums, transferOf(transfer, by));
  return sums;
}

/** Map.groupBy, which Node.js 20 does not have. */
export function grouped<T>(items: readonly T[], by: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(by(item), [...(groups.get(by(item)) ?? []), item]);
  return groups;
}

function transferOf(requests: readonly Request[], by: 'received' | 'sent'): Sums {
  const bytes = requests.reduce((sum, request) => sum + request[by], 0);
  const size = requests[0]?.size ?? 0;
  const isComplete = bytes > 0 && size > 0 && covered(requests, by) >= 0.95 * size;
  return {
    requests: requests.length,
    downloads: bytes > 0 ? 1 : 0,
    completed: isComplete ? 1 : 0,
    copies: isComplete ? Math.max(1, Math.floor(bytes / size)) : 0,
    bytes,
  };
}

/** Bytes of the file that were there at least once. */
function covered(requests: readonly Request[], by: 'received' | 'sent'): number {
  let [sum, reached] = [0, 0];
  for (const request of [...requests].sort((a, b) => a.from - b.from)) {
    const end = request.from + request[by];
    sum += Math.max(0, end - Math.max(request.from, reached));
    reached = Math.max(reached, end);
  }
  return sum;
}
