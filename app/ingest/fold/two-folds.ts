// Two folds for a process that reads one batch while it stores another.

import type { Names } from '../record/names.ts';
import { Fold } from './fold.ts';

/** They take turns: one is filled while the other is stored. */
export class TwoFolds {
  readonly #folds: readonly [Fold, Fold];
  #turn = 0;

  constructor(names: Names) {
    this.#folds = [new Fold(names, 512), new Fold(names, 512)];
  }

  /** The other fold, emptied, for `capacity` transfers. Its last batch has been stored by now. */
  next(capacity: number): Fold {
    this.#turn = 1 - this.#turn;
    const fold = this.#folds[this.#turn] as Fold;
    fold.clear(capacity);
    return fold;
  }
}
