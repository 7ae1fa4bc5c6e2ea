// The examples that no test can run as they are written, each with its reason. Everything else in a Markdown file or
// behind --help is run.

export type NotRun = { command: RegExp; reason: string };

export const notRun: readonly NotRun[] = [
  {
    command: /^make( |$)/,
    reason:
      'It would build, install or run these very tests. CI calls check, smoke and test; test/run and test/deploy call the programs behind the others. That each target exists is checked here.',
  },
  {
    command: /^ssh edge tail -F /,
    reason:
      'It follows a log on another host for ever. test/ingest/import.test.ts feeds `tallygate ingest -`.',
  },
];
