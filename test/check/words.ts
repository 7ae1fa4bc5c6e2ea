// Words that were used for several things, or several words for one. ARCHITECTURE.md says what each word means.

export type Confusion = {
  /** What is looked for, in identifiers and comments alike. */
  pattern: RegExp;
  /** Where it is looked for: git's patterns. */
  files: readonly string[];
  /** What to write instead. */
  instead: string;
  /** Lines that may hold it all the same, with the reason. */
  except?: { pattern: RegExp; reason: string };
};

const counting = ['app/ingest/*.ts', 'app/agent/*.ts'];

export const confusions: readonly Confusion[] = [
  {
    pattern: /roll(?:ed|ing|s)?[-_ ]?up/i,
    files: [...counting, 'app/reports/*.ts'],
    instead: 'totals (tally_totals, tally_days, tally_months) or dimensions (tally_dimensions)',
    except: {
      pattern: /refresh_rollups|0002_rollups/,
      reason: 'names in a migration, which is never changed',
    },
  },
  { pattern: /recount/i, files: counting, instead: 'rebuild' },
  {
    pattern: /drain/i,
    files: counting,
    instead: 'store, or read to the end',
    except: { pattern: /once\(out, 'drain'\)/, reason: "Node's event" },
  },
  {
    pattern: /\bwalk(?:er|ed|s)?\b/i,
    files: ['app/ingest/record/*.ts', 'app/ingest/fold/*.ts', 'app/ingest/store/*.ts', 'app/agent/*.ts'],
    instead: 'the fast reading',
  },
  { pattern: /sum[-_]?transfers/i, files: counting, instead: 'new tallies' },
  {
    pattern: /\b(?:const|let|function|class|type) (?:address|addresses)\b/,
    files: ['app/service/*.ts', 'app/service/*.tsx'],
    instead: 'clientAddress, or url',
  },
];
