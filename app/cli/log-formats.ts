// What `tallygate ingest` tells of formats, and how it picks paths.

import { formatNames } from '../ingest/history/formats/named.ts';

export const formatsHelp = `
Formats:
  auto            found by trying all on the first lines
  records         Tallygate's own
${formatNames.map(([name, about]) => `  ${name.padEnd(15)} ${about}`).join('\n')}
  '$remote_addr ...'  NGINX: the string of a log_format
  '%h ...'            Apache, lighttpd, Varnish: the string of a LogFormat

What syslog, journald, Docker or Kubernetes put in front of a line is left out.

  tallygate ingest --format '$remote_addr [$time_local] "$request" $status $body_bytes_sent' access.log
  tallygate ingest --nginx-conf /etc/nginx/nginx.conf /var/log/nginx/*.log*
`;

/** Whether a path is like one of the globs, or like its last part for a glob without a slash. */
export function pathMatcher(globs: readonly string[]): (path: string) => boolean {
  if (globs.length === 0) return () => true;
  const patterns = globs.map((glob) => {
    const source = glob
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    return new RegExp(glob.includes('/') ? `^${source}$` : `(?:^|/)${source}$`, 's');
  });
  return (path) => patterns.some((pattern) => pattern.test(path));
}
