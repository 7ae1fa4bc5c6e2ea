// Mutants that no test can kill, and why. `make mutate` fails on any other that survives, and on any named here that is
// killed or gone.

type Survivors = {
  file: string;
  why: string;
  /** By the line of the source as it stands, without the space before it: the changes as `make mutate` prints them. */
  lines: Readonly<Record<string, readonly string[]>>;
};

export const survivors: readonly Survivors[] = [
  {
    file: 'njs/link/address.ts',
    why: 'No address begins with a dot.',
    lines: {
      "if (address.indexOf('.') >= 0) return address.slice(address.lastIndexOf(':') + 1);": [
        '>= -> >',
        '0 -> 1',
      ],
    },
  },
  {
    file: 'njs/link/address.ts',
    why: 'Eight groups are eight without their last character too, and the lower half is not used.',
    lines: { 'const head = gap < 0 ? address : address.slice(0, gap);': ['gap < 0 -> false'] },
  },
  {
    file: 'njs/link/arguments.ts',
    why: 'Behind the end stands no argument.',
    lines: { 'while (start < length) {': ['< -> <='] },
  },
  {
    file: 'njs/link/arguments.ts',
    why: 'Three digits of which the first is not 0 are more than 16 anyway.',
    lines: {
      "return isDigits(text, 2) && text.charAt(0) !== '0' && Number(text) <= 16;": ['2 -> 3'],
    },
  },
  {
    file: 'njs/link/build.ts',
    why: 'It saves time: where nothing needs encoding, encoding changes nothing.',
    lines: {
      'if (/^[A-Za-z0-9/._~-]*$/.test(path)) return path;': ['/^[A-Za-z0-9/._~-]*$/.test(path) -> false'],
    },
  },
  {
    file: 'njs/link/forms.ts',
    why: 'Behind the end stands no character, and so no control character.',
    lines: { 'for (let i = 0; i < text.length; i++) {': ['< -> <='] },
  },
  {
    file: 'njs/link/covered.ts',
    why: 'What is looked for behind a character never stands at 0.',
    lines: { "if (end < 0) return '';": ['< -> <=', '0 -> 1'] },
  },
  {
    file: 'njs/record/bytes-sent.ts',
    why: 'What stands in place of nothing only has to be none of the texts that are looked for.',
    lines: {
      "if (v.server_protocol === 'HTTP/1.1' && (v.http_expect || '').toLowerCase() === '100-continue')": [
        "'' -> 'mutant'",
      ],
      "if (/^(HIT|STALE|UPDATING|REVALIDATED)$/.test(v.upstream_cache_status || '')) return Infinity;": [
        "'' -> 'mutant'",
      ],
      "const found = /([0-9]+)\\s*$/.exec(v.upstream_response_length || '');": ["'' -> 'mutant'"],
    },
  },
  {
    file: 'njs/record/bytes-sent.ts',
    why: 'No whole chunk or frame has a length between those that the tests have: they grow by two bytes or more there.',
    lines: {
      'if (data < more) return Math.max(0, data);': ['< -> <='],
      'if (bytes - 2 < 0x40) return Math.max(0, bytes - 2);': ['2 -> 3', '< -> <=', '0x40 -> 65'],
      'if (bytes - 3 < 0x4000) return bytes - 3;': ['3 -> 4', '< -> <=', '0x4000 -> 16385'],
      'return bytes - (bytes - 5 < 0x40000000 ? 5 : 9);': ['5 -> 6', '< -> <=', '0x40000000 -> 1073741825'],
    },
  },
  {
    file: 'app/ingest/history/line-counts.ts',
    why: 'It only grows a little sooner or later.',
    lines: {
      'this.#size += 1;': ['1 -> 2'],
      'if (2 * this.#size >= this.#hi.length) this.#grow();': ['>= -> >', '2 -> 3'],
    },
  },
  {
    file: 'app/ingest/history/line-counts.ts',
    why: 'Every walk that comes round to all slots finds a line, or a free one. This is the shortest.',
    lines: {
      'for (let slot = lo & mask; ; slot = (slot + 1) & mask) {': ['& -> |', '+ -> -', '1 -> 2'],
    },
  },
  {
    file: 'app/ingest/history/line-counts.ts',
    why: 'It only begins with room for one line less.',
    lines: { '#size = 0;': ['0 -> 1'] },
  },
  {
    file: 'app/ingest/history/line-counts.ts',
    why: 'The same number is written once more.',
    lines: {
      'if (times > (this.#elsewhere[slot] as number)) this.#elsewhere[slot] = times;': ['> -> >='],
    },
  },
  {
    file: 'app/ingest/history/line-counts.ts',
    why: 'Behind the last slot there is nothing, and nothing is not more than 0.',
    lines: { 'for (let slot = 0; slot < this.#hi.length; slot += 1) {': ['< -> <='] },
  },
  {
    file: 'app/ingest/fold/fold.ts',
    why: 'Nobody asks before the fold is sealed.',
    lines: {
      'versionsMet = 0;': ['0 -> 1'],
      'originsMet = 0;': ['0 -> 1'],
    },
  },
  {
    file: 'app/ingest/fold/fold.ts',
    why: 'The same number is written once more.',
    lines: {
      'if (day < this.firstDay) this.firstDay = day;': ['< -> <='],
      'if (day > this.lastDay) this.lastDay = day;': ['> -> >='],
      'if (at > (this.lastAt[index] as number)) this.lastAt[index] = at;': ['> -> >='],
      'if (began < (this.beganAt[index] as number)) this.beganAt[index] = began;': ['< -> <='],
    },
  },
  {
    file: 'app/ingest/fold/fold.ts',
    why: 'Of no bytes nothing is covered anyway.',
    lines: {
      'if (sent > 0 && from >= 0) this.#cover(index, from, from + sent, version);': ['> -> >='],
    },
  },
  {
    file: 'app/ingest/fold/fold.ts',
    why: 'It only makes more room.',
    lines: {
      'if (this.size === this.visitorHi.length) this.#grow(Math.min(this.#capacity, this.size * 2));': [
        '2 -> 3',
      ],
    },
  },
];
