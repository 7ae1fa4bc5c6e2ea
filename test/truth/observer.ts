// Reads the HTTP/1.1 that passes a connection, both ways: what was asked, and how much of each answer's body went by.

/** A request and its answer, as the client has them. */
export type Exchange = {
  /** By which NGINX's own log names it: address, port, and which request of the connection it is. */
  key: string;
  method: string;
  /** Decoded, without its query. */
  path: string;
  agent: string;
  status: number;
  /** The first byte's place in the file, the bytes that the answer announced, and the file's size. */
  from: number;
  length: number;
  size: number;
  /** Bytes of the body that the client was given. */
  received: number;
};

type Request = { method: string; path: string; agent: string };
const headEnd = Buffer.from('\r\n\r\n');

export class Observer {
  readonly #origin: string;
  readonly #begun: (exchange: Exchange) => number;
  readonly #asked: Request[] = [];
  #requestHead: Buffer = Buffer.alloc(0);
  #answerHead: Buffer = Buffer.alloc(0);
  #exchange: Exchange | undefined;
  #count = 0;
  #left = 0;
  #untilCut = Number.POSITIVE_INFINITY;

  /**
   * @param origin what NGINX takes the client for: address and port
   * @param begun is told of each answer, and says after how many bytes of its body the connection breaks
   */
  constructor(origin: string, begun: (exchange: Exchange) => number) {
    this.#origin = origin;
    this.#begun = begun;
  }

  /** The client has sent this. No request of ours has a body. */
  request(bytes: Buffer): void {
    this.#requestHead = Buffer.concat([this.#requestHead, bytes]);
    for (let end = this.#requestHead.indexOf(headEnd); end >= 0; end = this.#requestHead.indexOf(headEnd)) {
      const head = this.#requestHead.toString('latin1', 0, end);
      const [method = '', target = ''] = head.split(' ', 2);
      const path = decodeURIComponent(target.split('?')[0] ?? '');
      this.#asked.push({ method, path, agent: header(head, 'user-agent') ?? '' });
      this.#requestHead = this.#requestHead.subarray(end + headEnd.length);
    }
  }

  /** NGINX has sent this: how many bytes of it go on to the client. Fewer than there are: then the connection breaks. */
  answer(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length) {
      if (!this.#exchange) {
        at += this.#takeHead(bytes.subarray(at));
        continue;
      }
      const most = Math.min(bytes.length - at, this.#left);
      const passed = Math.min(most, this.#untilCut);
      this.#exchange.received += passed;
      this.#left -= passed;
      this.#untilCut -= passed;
      at += passed;
      if (this.#untilCut === 0) return at;
      if (this.#left === 0) this.#exchange = undefined;
    }
    return at;
  }

  /** Whether the connection breaks here. */
  get broken(): boolean {
    return this.#untilCut === 0;
  }

  #takeHead(bytes: Buffer): number {
    const before = this.#answerHead.length;
    const head = Buffer.concat([this.#answerHead, bytes]);
    const end = head.indexOf(headEnd);
    if (end < 0) {
      this.#answerHead = head;
      return bytes.length;
    }
    this.#answerHead = Buffer.alloc(0);
    this.#begin(head.toString('latin1', 0, end));
    return end + headEnd.length - before;
  }

  #begin(head: string): void {
    const asked = this.#asked.shift();
    if (!asked) throw new Error('an answer to no request');
    const status = Number(head.split(' ', 2)[1]);
    const hasBody = asked.method !== 'HEAD' && status !== 304 && status !== 204;
    const length = hasBody ? Number(header(head, 'content-length')) : 0;
    if (!(length >= 0)) throw new Error(`an answer of unknown length: ${head}`);
    const [, from, size] = /bytes (\d+)-\d+\/(\d+)/.exec(header(head, 'content-range') ?? '') ?? [];
    this.#count += 1;
    const exchange: Exchange = {
      key: `${this.#origin}:${this.#count}`,
      ...asked,
      status,
      from: Number(from ?? 0),
      length,
      size: Number(size ?? length),
      received: 0,
    };
    this.#untilCut = this.#begun(exchange);
    this.#left = length;
    if (length > 0) this.#exchange = exchange;
  }
}

function header(head: string, name: string): string | undefined {
  return new RegExp(`^${name}: *(.*?)\\r?$`, 'im').exec(head)?.[1];
}
