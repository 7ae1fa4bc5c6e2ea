// LEAVE=1: what a failed test leaves behind, for a person to look at. See CONTRIBUTING.md, "When a test fails".

/** Whether a failed test's folders are to stay. */
export const leave = process.env.LEAVE === '1';

/** Settings of a cluster that is to keep its whole log, in the folder log/ beside its data. */
export const clusterLog: Readonly<Record<string, string>> = leave
  ? {
      logging_collector: 'on',
      log_directory: '../log',
      log_filename: 'postgresql.log',
      log_line_prefix: '%m [%p] %d ',
    }
  : {};
