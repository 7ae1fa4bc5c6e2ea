// The fields of a golden vector, read back from its canonical string: what a second implementation would do.

import type { SignedFields } from '../../njs/link/canonical.ts';

export function fieldsOf({ canonical }: { canonical: string }): SignedFields {
  const [, ...lines] = canonical.split('\n');
  const value = (name: string) => lines.find((line) => line.startsWith(`${name}=`))?.slice(2) ?? '';
  const [k, e, f, b, t, i, r, n, p] = ['k', 'e', 'f', 'b', 't', 'i', 'r', 'n', 'p'].map(value) as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  return { k, e, f, b, t, i, r, n, p, path: lines[9] ?? '' };
}
