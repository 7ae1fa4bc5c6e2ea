// What `make mutate` changes, and which tests must notice. The one place to correct when files move.

/** Files, and the tests to run for each change of them (as vitest's filters). */
export type Target = {
  files: readonly string[];
  tests: readonly string[];
  /** Whether the tests use PostgreSQL or temporary folders: otherwise nothing is started for them. */
  servers?: true;
};

export const targets: readonly Target[] = [
  {
    files: [
      'njs/link/address.ts',
      'njs/link/arguments.ts',
      'njs/link/build.ts',
      'njs/link/canonical.ts',
      'njs/link/covered.ts',
      'njs/link/forms.ts',
    ],
    tests: ['link/address', 'link/arguments', 'link/vectors'],
  },
  {
    files: [
      'njs/record/record.ts',
      'njs/record/quote.ts',
      'njs/record/refused.ts',
      'njs/record/bytes-sent.ts',
      'njs/record/cut-film.ts',
    ],
    tests: ['gate/record/engine'],
  },
  {
    files: [
      'app/ingest/fold/fold.ts',
      'app/ingest/fold/new-tallies.ts',
      'app/ingest/fold/ranges.ts',
      'app/ingest/fold/transfer.ts',
    ],
    tests: ['ingest/fold/fold.', 'ingest/fold/model'],
  },
  {
    files: ['app/ingest/history/line-counts.ts', 'app/ingest/history/line-hash.ts'],
    tests: ['history/line-counts'],
  },
  {
    // Left out: how a format is found and written (guess, choose, pieces, columns, from-nginx), of which the samples
    // are the measure, and the lists of names, fields and prefixes, which are data.
    files: [
      'app/ingest/history/formats/target.ts',
      'app/ingest/history/formats/text.ts',
      'app/ingest/history/formats/time.ts',
      'app/ingest/history/formats/entry.ts',
      'app/ingest/history/formats/client.ts',
      'app/ingest/history/formats/layout-scanner.ts',
    ],
    tests: [
      'history/formats/entry',
      'history/formats/time',
      'history/formats/samples',
      'history/formats/strings',
    ],
  },
  {
    files: ['app/ingest/store/token-usage.ts'],
    tests: ['ingest/store/token-usage', 'ingest/store/limits'],
    servers: true,
  },
];
