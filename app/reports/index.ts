// All reports, and each by its name.

import { dailyReport, filesReport, monthlyReport } from './queries/counts.ts';
import { downloadsReport, leechesReport, unusualTokensReport } from './queries/downloads.ts';
import { firstDaysReport, foldersReport, releasesReport } from './queries/groups.ts';
import { historyReport, totalsReport } from './queries/history.ts';
import {
  codesReport,
  denialsReport,
  keysReport,
  rejectsReport,
  sourcesReport,
  tokenFilesReport,
  tokensReport,
  versionsReport,
} from './queries/operation.ts';
import {
  classesReport,
  clientsReport,
  countriesReport,
  referrersReport,
  userAgentsReport,
} from './queries/origins.ts';
import { fileVisitorsReport, visitorDaysReport, visitorsReport } from './queries/visitors.ts';
import type { Report } from './report.ts';

export const reports: readonly Report[] = [
  filesReport,
  dailyReport,
  monthlyReport,
  foldersReport,
  releasesReport,
  firstDaysReport,
  totalsReport,
  historyReport,
  downloadsReport,
  versionsReport,
  classesReport,
  visitorsReport,
  fileVisitorsReport,
  visitorDaysReport,
  referrersReport,
  clientsReport,
  countriesReport,
  userAgentsReport,
  tokensReport,
  tokenFilesReport,
  codesReport,
  unusualTokensReport,
  leechesReport,
  denialsReport,
  keysReport,
  sourcesReport,
  rejectsReport,
];
