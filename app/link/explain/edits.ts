// Ways to change an address back, for the table of what happens to addresses (carried.ts).

/** These change the path, the query or one argument of an address, and leave the rest alone. */
export const inPath = (edit: (path: string) => string) => (address: string) => {
  const [, head = '', path = '', rest = ''] = /^([a-z]+:\/\/[^/?#]*)?([^?#]*)(.*)$/is.exec(address) ?? [];
  return head + edit(path) + rest;
};
export const inQuery = (edit: (query: string) => string) => (address: string) => {
  const mark = address.indexOf('?') + 1;
  return mark === 0 ? address : address.slice(0, mark) + edit(address.slice(mark));
};
export const inArgument = (name: string, edit: (value: string) => string) =>
  inQuery((query) =>
    query.replace(
      new RegExp(`((?:^|&)${name}=)([^&]*)`),
      (_, lead: string, value: string) => lead + edit(value),
    ),
  );
export const byte = (hex: string) => String.fromCharCode(Number.parseInt(hex, 16));
export const quoted = (text: string) => JSON.stringify(text.length > 20 ? `${text.slice(0, 20)}…` : text);

// One character that may be left behind a link by a sentence, brackets or quotation marks, as it is or encoded.
const trailer =
  /(?:&(?:gt|lt|quot|apos|nbsp|#x?[0-9a-f]+);?|%e2%80%..|%c2%..|%(?:0[9ad]|2[0127-9ace]|3[abcef]|5[bd]|60|7[bcde])|[^A-Za-z0-9%-])$/i;
export const withoutTrailers = (address: string) => {
  const shorter: string[] = [];
  for (let text = address; shorter.length < 12; shorter.push(text)) {
    const next = text.replace(trailer, '');
    if (next === text) break;
    text = next;
  }
  return shorter;
};

export const invisible =
  /[\u00a0\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]|%c2%a[0d]|%e2%80%(?:8[b-f]|a[a-e])|%e2%81%a[0-4]|%ef%bb%bf/gi;
export const dashes = /[\u2010-\u2015\u2212]|%e2%80%9[0-5]|%e2%88%92/gi;

/** Whether the encoded characters of a path are UTF-8. */
export function isUtf8(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/** Keeps only the first or the last value of each argument of ours that stands more than once. */
export const once = (pick: 'first' | 'last') =>
  inQuery((query) => {
    const parts = query.split('&');
    const ours = (part: string) => /^[efbktpirns]=/.test(part);
    const nameOf = (part: string) => part.slice(0, 2);
    return parts
      .filter((part, index) => {
        const others = pick === 'first' ? parts.slice(0, index) : parts.slice(index + 1);
        return !ours(part) || !others.some((other) => ours(other) && nameOf(other) === nameOf(part));
      })
      .join('&');
  });

/** The addresses inside an address: in its arguments, or between the underscores that Proofpoint writes. */
export function wrapped(address: string): string[] {
  const values = (address.split('?')[1] ?? '').split(/[&;]/).map((part) => part.slice(part.indexOf('=') + 1));
  const decoded = values.flatMap((value) => {
    try {
      return [decodeURIComponent(value)];
    } catch {
      return [];
    }
  });
  return [/__(https?:\/\/.*?)__;/.exec(address)?.[1] ?? '', ...decoded].filter((text) =>
    /^https?:/.test(text),
  );
}
