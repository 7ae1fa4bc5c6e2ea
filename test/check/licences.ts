// Which licences a dependency may have. Ours is MIT: what we bundle must ask for no more than its notice.

/** SPDX ids that a dependency may have, whether it is bundled or only used by developers. */
export const allowed: readonly string[] = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Unlicense',
];

/** A package whose licence is not in the list above, or not said by package-lock.json. */
export type Exception = {
  /** The package, or a prefix that ends in `*`. */
  package: string;
  /** What package-lock.json says; none where it says nothing. */
  licence?: string;
  /** `developer`: never part of what we ship. */
  use: 'shipped' | 'developer';
  reason: string;
};

export const exceptions: readonly Exception[] = [
  {
    package: 'axe-core',
    licence: 'MPL-2.0',
    use: 'developer',
    reason: 'Tests load it into a browser, unchanged. MPL asks for the source of changed files alone.',
  },
  {
    package: 'lightningcss*',
    licence: 'MPL-2.0',
    use: 'developer',
    reason: 'Vitest comes with it. We do not change it.',
  },
  {
    package: 'jsonify',
    licence: 'Public Domain',
    use: 'developer',
    reason: 'patch-package needs it. "Public Domain" is no SPDX id, and asks for nothing.',
  },
  {
    package: 'color-convert',
    use: 'shipped',
    reason: 'Its package.json names no licence. Its LICENSE file is the MIT licence.',
  },
];
