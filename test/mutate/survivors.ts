// Mutants that no test can kill, and why. `make mutate` fails on any other that survives.

export type Survivor = {
  file: string;
  /** The line of the source as it stands, without the space before it. */
  source: string;
  /** As `make mutate` prints it. */
  change: string;
  why: string;
};

export const survivors: readonly Survivor[] = [];
