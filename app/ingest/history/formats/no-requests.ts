// Logs that people give and that hold no requests: what they are, and what to give instead. A row more is all that one takes.

type Other = { is: string; line: RegExp; remedy: string };

const others: readonly Other[] = [
  {
    is: "HAProxy's log of connections (option tcplog): it names no file",
    // ... frontend backend/server 0/0/5007 212 -- 0/0/0/0/3 0/0
    line: /:\d+ \[\d\d\/[A-Z][a-z]{2}\/\d{4}:[\d:.]+\] \S+ \S+\/\S+ -?\d+\/-?\d+\/\+?\d+ \+?\d+ [A-Za-z-]{2} [\d/+]+ \d+\/\d+\s*$/,
    remedy: 'Give the log of the web server behind it, or have HAProxy write "option httplog".',
  },
  {
    is: 'an error log',
    line: /^(?:\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[(?:debug|info|notice|warn|error|crit|alert|emerg)\] \d+#\d+:|\[[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d [\d:.]+ \d{4}\] \[[\w:-]+\] (?:\[pid |\[client ))/,
    remedy: 'Give the access log, which has a line for each request.',
  },
];

/** What a log is that holds no requests, told by its first lines; undefined where none of the rows fits half of them. */
export function withoutRequests(sample: readonly string[]): Pick<Other, 'is' | 'remedy'> | undefined {
  return others.find(({ line }) => sample.filter((text) => line.test(text)).length * 2 > sample.length);
}
