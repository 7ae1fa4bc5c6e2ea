// Every check of a site's configuration, in the order of the report.

import type { Finding } from '../finding.ts';
import { leaks, ledToOpen } from './checks/elsewhere.ts';
import { otherwiseBehindTheGate, toldToOrigins } from './checks/features.ts';
import { hiddenByOurs, hidingOurs } from './checks/hidden.ts';
import { misplaced } from './checks/homes.ts';
import { bySubrequest, openToSegments, withoutPages } from './checks/inside.ts';
import { buffered, signatures } from './checks/logs.ts';
import { undone } from './checks/nested.ts';
import { aboveTheGate } from './checks/order.ts';
import { unrecorded } from './checks/records.ts';
import { answeredAfterAll } from './checks/refusals.ts';
import { takenAway } from './checks/siblings.ts';
import type { Site } from './model.ts';

/** A pure function from the parsed site to findings. */
export type Check = (site: Site) => Finding[];

export const checks: readonly Check[] = [
  misplaced,
  // What lets people in without a link
  takenAway,
  undone,
  leaks,
  ledToOpen,
  answeredAfterAll,
  bySubrequest,
  openToSegments,
  // What does not work
  aboveTheGate,
  hiddenByOurs,
  hidingOurs,
  otherwiseBehindTheGate,
  toldToOrigins,
  withoutPages,
  // What is not counted, or is written where it should not be
  unrecorded,
  buffered,
  signatures,
];
