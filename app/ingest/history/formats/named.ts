// The formats that have names, written as NGINX's log_format. A new one is a line here, and sample lines in
// test/ingest/history/formats/samples.ts.

import { csv, w3c } from './columns.ts';
import type { Fields } from './fields.ts';
import type { Format, Layout } from './format.ts';
import { keyedFormat, splitJson, splitLogfmt, splitLtsv } from './keyed-scanner.ts';
import { LayoutScanner } from './layout-scanner.ts';
import { nginxLayout } from './nginx-format.ts';
import type { LocalClock } from './time.ts';

type Named = {
  name: string;
  /** What it is, for people. */
  about: string;
  /** Its forms, the longest first. */
  forms: readonly string[];
} & Partial<Omit<Layout, 'tokens'>>;

const start = '$remote_addr - $remote_user [$time_local]';
const answer = '"$request" $status $body_bytes_sent';
const client = '"$http_referer" "$http_user_agent"';
const combined = `${start} ${answer} ${client}`;

// In this order they are tried: of two that read a log equally well, the first is taken.
const texts: readonly Named[] = [
  { name: 'combined', about: 'NGINX and Apache', forms: [combined] },
  { name: 'common', about: 'Apache, and most others', forms: [`${start} ${answer}`] },
  {
    name: 'vhost_combined',
    about: 'Apache: combined, the virtual host in front',
    forms: [`$host ${combined}`],
  },
  {
    name: 'vcommon',
    about: 'Apache: common, the virtual host in front',
    forms: [`$host ${start} ${answer}`],
  },
  {
    name: 'main',
    about: "NGINX's example: combined, X-Forwarded-For behind",
    forms: [`${combined} "$http_x_forwarded_for"`],
  },
  {
    name: 'combined_vhost',
    about: 'combined, the virtual host behind',
    forms: [`${combined} "$host"`],
  },
  {
    name: 'lighttpd',
    about: 'lighttpd',
    forms: [`$remote_addr $host $remote_user [$time_local] ${answer} ${client}`],
  },
  {
    name: 'ingress',
    about: 'ingress-nginx of Kubernetes',
    forms: [
      `${combined} $request_length $request_time [$proxy_upstream] [$alternative_upstream] $upstream_addr $upstream_length $upstream_time $upstream_status $request_id`,
    ],
  },
  {
    name: 'traefik',
    about: 'Traefik, its common format',
    forms: [`${combined} $request_count "$router_name" "$server_url" \${request_time_ms}ms`],
    timeIsStart: true,
  },
  {
    name: 's3',
    about: 'Amazon S3 server access log',
    forms: [' $host_id $signature $cipher $authentication $host $tls_version', ''].map(
      (end) =>
        `$owner $bucket [$time_local] $remote_addr $requester $operation_id $operation $key "$request" $status $error_code $body_bytes_sent $object_size $total_time $turn_around_time "$http_referer" "$http_user_agent" $version_id${end}`,
    ),
    timeIsStart: true,
    openEnded: true,
  },
  {
    name: 'alb',
    about: 'AWS load balancers',
    forms: [
      '$type $time $elb $client_socket $target $t1 $t2 $t3 $status $target_status $received $bytes_sent "$request" "$http_user_agent" $cipher $protocol $target_group "$trace" "$host"',
      '$time $elb $client_socket $target $t1 $t2 $t3 $status $target_status $received $bytes_sent "$request" "$http_user_agent" $cipher $protocol',
    ],
    hostOfTarget: true,
    openEnded: true,
  },
  {
    name: 'haproxy',
    about: 'HAProxy, option httplog',
    forms: [' {$request_headers} {$response_headers}', ' {$headers}', ''].map(
      (headers) =>
        `$client_socket [$time] $frontend $backend $timers $status $bytes_sent $request_cookie $response_cookie $termination $connections $queues${headers} "$request"`,
    ),
    timeIsStart: true,
    hostOfTarget: true,
  },
  {
    name: 'heroku',
    about: "Heroku's router",
    forms: [
      '$time heroku[router]: at=info method=$request_method path="$request_uri" host=$host request_id=$request_uuid fwd="$http_x_forwarded_for" dyno=$dyno connect=$connect service=$service status=$status bytes=$body_bytes_sent protocol=$protocol',
    ],
    openEnded: true,
  },
  {
    name: 'iis',
    about: "IIS's own format (W3C is w3c)",
    forms: [
      '$remote_addr, $remote_user, $date, $time, $service, $machine, $server_addr, $time_taken, $received, $bytes_sent, $status, $windows_status, $request_method, $request_uri, $parameters,',
    ],
  },
  {
    name: 'azure-storage',
    about: 'Azure Storage ($logs)',
    forms: [
      '$version;$time;$operation;$outcome;$status;$total_time;$server_time;$authentication;$requester;$owner;$service;"$request_uri";"$object";$request_uuid;$number;$client_socket;$api;$received_headers;$received;$sent_headers;$body_bytes_sent;$rest',
    ],
    hostOfTarget: true,
    timeIsStart: true,
    openEnded: true,
  },
  {
    name: 'envoy',
    about: 'Envoy and Istio',
    forms: [
      '[$time] "$request" $status $flags $details $termination "$failure" $received $body_bytes_sent $duration $upstream_time "$http_x_forwarded_for" "$http_user_agent" "$request_uuid" "$host" "$upstream_addr" $cluster $local_address $downstream_local $client_socket',
      '[$time] "$request" $status $flags $received $body_bytes_sent $duration $upstream_time "$http_x_forwarded_for" "$http_user_agent" "$request_uuid" "$host" "$upstream_addr"',
    ],
    timeIsStart: true,
    openEnded: true,
  },
  {
    name: 'fastly',
    about: 'Fastly, its default without JSON',
    forms: [`$remote_addr "$ident" "$remote_user" $time $request_method $request_uri $status`],
  },
  {
    name: 'bunny',
    about: 'bunny.net',
    forms: [
      '$cache|$status|$msec|$body_bytes_sent|$zone|$remote_addr|$http_referer|$request_uri|$edge|$http_user_agent|$request_uuid|$country',
    ],
    hostOfTarget: true,
  },
  {
    name: 'uwsgi',
    about: 'uWSGI',
    forms: [
      '[pid: $pid|app: $app|req: $number] $remote_addr ($remote_user) {$vars} [$time_local] $request_method $request_uri => generated $body_bytes_sent bytes in $total_time msecs ($protocol $status)',
    ],
    openEnded: true,
  },
  {
    name: 'squid',
    about: 'Squid',
    forms: [
      '$msec $request_time_ms $remote_addr $cache/$status $bytes_sent $request_method $request_uri $remote_user $hierarchy $content_type',
    ],
    hostOfTarget: true,
  },
];

function textFormat({ name, forms, about: _, ...more }: Named, local?: LocalClock): Format {
  const layouts = forms.map((form): Layout => ({ ...nginxLayout(form), strict: true, ...more }));
  return {
    name,
    open(sample) {
      const scanners = layouts.map((layout) => ({ scanner: new LayoutScanner(layout, local), lines: 0 }));
      for (const one of scanners)
        one.lines = sample.filter((line) => one.scanner.scan(line, {}) === 'whole').length;
      const { scanner } = scanners.reduce((a, b) => (b.lines > a.lines ? b : a));
      return namesClients(scanner, sample) ? undefined : scanner;
    },
  };
}

/** Whether what stands behind the address is another name for it, one for each, and no host that was asked. */
function namesClients(scanner: LayoutScanner, sample: readonly string[]): boolean {
  const kinds = scanner.layout.tokens.flatMap((token) => (typeof token === 'string' ? [] : [token.kind]));
  if (!(kinds.indexOf('host') > kinds.indexOf('address') && kinds.indexOf('host') < kinds.indexOf('time')))
    return false;
  const lines = sample.flatMap((line) => {
    const fields: Fields = {};
    return scanner.scan(line, fields) === 'none' ? [] : [fields];
  });
  const variety = (of: (fields: Fields) => string) => new Set(lines.map(of)).size;
  const hosts = variety(({ host = '' }) => host);
  return (
    hosts > 1 &&
    hosts === variety(({ address = '' }) => address) &&
    hosts === variety(({ address, host }) => `${address} ${host}`)
  );
}

/** Every format that has a name. */
export function namedFormats(local?: LocalClock): readonly Format[] {
  return [
    ...texts.map((named) => textFormat(named, local)),
    w3c,
    csv,
    keyedFormat('json', splitJson, local),
    keyedFormat('ltsv', splitLtsv, local),
    keyedFormat('logfmt', splitLogfmt, local),
  ];
}

/** The names with a few words on each, for help texts. */
export const formatNames: readonly (readonly [name: string, about: string])[] = [
  ...texts.map(({ name, about }) => [name, about] as const),
  ['w3c', 'IIS, CloudFront: the columns of the line #Fields'],
  ['csv', 'columns named in the first line'],
  ['json', 'JSON by the names of its keys: NGINX, Caddy, Traefik, Fastly, Cloudflare'],
  ['ltsv', 'label:value, separated by tabs'],
  ['logfmt', 'key=value'],
];
