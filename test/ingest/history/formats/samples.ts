// Logs of many servers, each telling one story: three visitors fetch /iso/a.iso in four requests, the last two of them
// parts that one visitor fetched. A new format is one entry more.

/** One request of the story; times in the forms that logs have them. */
export type Part = {
  address: string;
  /** The second of 2024-03-10 09:00 UTC. */
  second: number;
  clf: string;
  iso: string;
  epoch: number;
  status: number;
  sent: number;
  range: string;
  from: number;
};

export type Sample = {
  name: string;
  /** What --format says; auto unless given. */
  format?: string;
  /** How the log begins; one line for each part follows. */
  head?: string[];
  line: (part: Part) => string;
  /** What it must be found to be. */
  found?: RegExp;
  host?: string;
  /** The user agent; `told: false` where the format has none. */
  agent?: string;
  told?: false;
  /** Bytes of the whole answers and of the parts, where the log does not tell 5,000,000 and 2,500,000. */
  sent?: [number, number];
  /** Where the log tells it. */
  size?: number;
  from?: number[];
  etag?: string;
  referrer?: string;
  /** Milliseconds. */
  ms?: number;
  /** Seconds to the clock of the story, where the log's own is another (a zone that it does not name). */
  offBy?: number;
  /** The visitors' addresses in the log, where they are not the story's. */
  hosts?: true;
};

const addresses = ['203.0.113.5', '203.0.113.9', '198.51.100.7', '198.51.100.7'];

export const story: readonly Part[] = addresses.map((address, second) => ({
  address,
  second,
  clf: `10/Mar/2024:10:00:0${second} +0100`,
  iso: `2024-03-10T09:00:0${second}Z`,
  epoch: Date.UTC(2024, 2, 10, 9, 0, second) / 1000,
  status: second < 2 ? 200 : 206,
  sent: second < 2 ? 5_000_000 : 2_500_000,
  range: second < 2 ? '-' : second === 2 ? 'bytes 0-2499999/5000000' : 'bytes 2500000-4999999/5000000',
  from: second < 2 ? 0 : second === 2 ? 0 : 2_500_000,
}));

const ua = 'curl/8.4.0';
const ask = '"GET /iso/a.iso HTTP/1.1"';
const clf = ({ address, clf: time }: Part) => `${address} - - [${time}]`;
const common = (part: Part) => `${clf(part)} ${ask} ${part.status} ${part.sent}`;
const combined = (part: Part) => `${common(part)} "-" "${ua}"`;
const host = 'dl.example.org';
const json = (value: object) => JSON.stringify(value);

export const samples: readonly Sample[] = [
  { name: 'combined', line: combined, found: /^combined$/ },
  { name: 'common', line: common, found: /^common$/, told: false },
  { name: 'combined by name', format: 'combined', line: combined },
  { name: 'vhost in front', line: (part) => `${host} ${combined(part)}`, found: /^vhost_combined$/, host },
  { name: 'vhost with port in front', line: (part) => `DL.example.org:443 ${combined(part)}`, host },
  { name: 'vcommon', line: (part) => `${host}:443 ${common(part)}`, found: /^vcommon$/, host, told: false },
  { name: 'vhost behind', line: (part) => `${combined(part)} ${host}`, found: /^combined_vhost$/, host },
  { name: 'vhost in quotes behind', line: (part) => `${combined(part)} "${host}"`, host },
  { name: 'vhost with port behind', line: (part) => `${combined(part)} ${host}:8443`, host },
  {
    name: 'NGINX main',
    line: (part) =>
      `10.0.0.1 - - [${part.clf}] ${ask} ${part.status} ${part.sent} "-" "${ua}" "${part.address}"`,
    found: /^main$/,
  },
  {
    name: 'NGINX main, two proxies',
    line: (part) =>
      `10.0.0.1 - - [${part.clf}] ${ask} ${part.status} ${part.sent} "-" "${ua}" "1.2.3.4, ${part.address}, 10.0.0.2"`,
  },
  { name: 'NGINX main without a proxy', line: (part) => `${combined(part)} "-"` },
  {
    name: 'X-Forwarded-For first',
    line: (part) =>
      `${part.address} 10.0.0.2 - - [${part.clf}] ${ask} ${part.status} ${part.sent} "-" "${ua}"`,
  },
  {
    name: 'X-Forwarded-For first, a list',
    line: (part) =>
      `${part.address}, 10.0.0.3 10.0.0.2 - - [${part.clf}] ${ask} ${part.status} ${part.sent} "-" "${ua}"`,
  },
  {
    name: 'X-Forwarded-For first, no peer',
    line: (part) =>
      `${part.address}, 10.0.0.3 - - [${part.clf}] ${ask} ${part.status} ${part.sent} "-" "${ua}"`,
  },
  {
    name: 'X-Forwarded-For in brackets',
    line: (part) =>
      `192.168.1.2 (${part.address}) - - [${part.clf}] ${ask} ${part.status} ${part.sent} "-" "${ua}"`,
  },
  { name: 'two spaces', line: (part) => combined(part).replace('] "', ']  "').replace(' - - ', '  -  -  ') },
  { name: 'Windows line ends', line: (part) => `${combined(part)}\r` },
  { name: 'a byte order mark', line: (part) => `${part.second === 0 ? '\ufeff' : ''}${combined(part)}` },
  { name: 'blanks in front and behind', line: (part) => `  ${combined(part)}  ` },
  { name: 'microseconds', line: (part) => combined(part).replace(/(:\d\d) \+/, '$1.000123 +') },
  { name: 'ISO time in brackets', line: (part) => combined(part).replace(part.clf, part.iso) },
  {
    name: 'ISO time with offset',
    line: (part) => combined(part).replace(part.clf, `2024-03-10T10:00:0${part.second}+01:00`),
  },
  {
    name: 'the time without an offset',
    line: (part) => combined(part).replace(part.clf, `10/Mar/2024:10:00:0${part.second}`),
    offBy: 3600,
  },
  { name: 'common and the time taken', line: (part) => `${common(part)} 12345`, told: false },
  { name: 'common and times in seconds', line: (part) => `${common(part)} 0.123 0.120`, told: false },
  {
    name: 'combined and more behind',
    line: (part) => `${combined(part)} rt=0.123 uct="0.001" uht="0.1" "gzip: -"`,
  },
  { name: 'no user', line: (part) => combined(part).replace(' - - ', ' - ') },
  { name: 'neither ident nor user', line: (part) => combined(part).replace(' - - ', ' ') },
  { name: 'a user with a blank', line: (part) => combined(part).replace(' - - ', ' - Ada Lovelace ') },
  { name: 'a user in quotes', line: (part) => combined(part).replace(' - - ', ' - "ada" ') },
  { name: 'no quotes around a missing referrer', line: (part) => combined(part).replace('"-"', '-') },
  {
    name: 'IPv6 with zone',
    line: (part) => combined(part).replace(part.address, `fe80::${part.address.at(-1)}%eth0`),
    hosts: true,
  },
  {
    name: 'IPv6 of three networks',
    line: (part) => combined(part).replace(part.address, `2001:DB8:${part.address.at(-1)}::1`),
    hosts: true,
  },
  {
    name: 'names in place of addresses',
    line: (part) => combined(part).replace(part.address, `c${part.address.at(-1)}.isp.example`),
    hosts: true,
  },
  {
    name: 'vhost and names',
    line: (part) => `${host} ${combined(part).replace(part.address, `c${part.address.at(-1)}.isp.example`)}`,
    host,
    hosts: true,
  },
  {
    name: 'lighttpd',
    line: (part) => combined(part).replace(' - - ', ` ${host} - `),
    found: /^lighttpd$/,
    host,
  },
  {
    name: 'time first, no bytes',
    line: (part) =>
      `[${part.clf}] ${part.address} - - ${host} to: 127.0.0.1:80: GET /iso/a.iso HTTP/1.1 ${part.status}`,
    host,
    told: false,
    sent: [1, 1],
  },
  {
    name: 'bars',
    line: (part) => `${part.clf}|${part.address}|GET /iso/a.iso HTTP/1.1|${part.status}|-|${part.sent}|${ua}`,
  },
  {
    name: 'bars with blanks',
    line: (part) =>
      `${part.iso} | ${part.address} | GET | /iso/a.iso | HTTP/2.0 | ${part.status} | ${part.sent} | https://example.org/x | Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/120.0`,
    agent: 'Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/120.0',
    referrer: 'example.org',
  },
  {
    name: 'tabs',
    line: (part) =>
      [
        part.iso,
        part.address,
        'GET',
        '/iso/a.iso',
        part.status,
        part.sent,
        '-',
        'Mozilla/5.0 (X11; Linux) Firefox/120.0',
      ].join('\t'),
    agent: 'Mozilla/5.0 (X11; Linux) Firefox/120.0',
  },
  {
    name: 'semicolons',
    line: (part) =>
      `${part.iso};${part.address};"GET /iso/a.iso HTTP/1.1";${part.status};${part.sent};"-";"${ua}"`,
  },
  {
    name: 'CSV with a head',
    head: ['time,client_ip,method,host,path,status,bytes,user_agent'],
    line: (part) => `${part.iso},${part.address},GET,${host},/iso/a.iso,${part.status},${part.sent},"${ua}"`,
    found: /^csv$/,
    host,
  },
  {
    name: 'Google Cloud Storage',
    head: [
      '"time_micros","c_ip","c_ip_type","c_ip_region","cs_method","cs_uri","sc_status","cs_bytes","sc_bytes","time_taken_micros","cs_host","cs_referer","cs_user_agent","s_request_id","cs_operation","cs_bucket","cs_object"',
    ],
    line: (part) =>
      `"${part.epoch}000000","${part.address}","1","","GET","/iso/a.iso","${part.status}","0","${part.sent}","120000","${host}","","${ua}","A1","GET_Object","b","iso/a.iso"`,
    host,
    ms: 120,
  },
  {
    name: 'LTSV',
    line: (part) =>
      `time:[${part.clf}]\thost:${part.address}\treq:GET /iso/a.iso HTTP/1.1\tstatus:${part.status}\tsize:${part.sent}\treferer:-\tua:${ua}\tvhost:${host}\treqtime:0.120`,
    found: /^ltsv$/,
    host,
    ms: 120,
  },
  {
    name: 'logfmt',
    line: (part) =>
      `time=${part.iso} level=info remote_addr=${part.address} method=GET host=${host} path=/iso/a.iso status=${part.status} bytes=${part.sent} user_agent="${ua}"`,
    found: /^logfmt$/,
    host,
  },
  {
    name: 'syslog RFC 3164',
    line: (part) => `Mar 10 10:00:0${part.second} web1 nginx: ${combined(part)}`,
    found: /^combined, behind syslog$/,
  },
  {
    name: 'syslog with priority and pid',
    line: (part) => `<190>Mar 10 10:00:0${part.second} web1 nginx[71]: ${combined(part)}`,
  },
  {
    name: 'syslog RFC 5424',
    line: (part) => `<190>1 ${part.iso} web1 nginx 71 access - ${combined(part)}`,
    found: /5424/,
  },
  {
    name: 'syslog RFC 5424 with structured data',
    line: (part) =>
      `<190>1 2024-03-10T09:00:00.123456+00:00 web1 nginx - - [meta sequenceId="1"][x@1 a="b"] \ufeff${combined(part)}`,
  },
  {
    name: 'rsyslog with ISO time',
    line: (part) => `2024-03-10T10:00:00.123456+01:00 web1 nginx: ${combined(part)}`,
  },
  { name: 'docker compose', line: (part) => `web-1  | ${combined(part)}`, found: /docker compose/ },
  {
    name: 'docker compose in colour with times',
    line: (part) => `\u001b[36mweb-1  |\u001b[0m 2024-03-10T09:00:00.123456789Z ${combined(part)}`,
  },
  {
    name: 'docker json-file',
    line: (part) => json({ log: `${combined(part)}\n`, stream: 'stdout', time: '2024-03-10T09:00:00.1Z' }),
  },
  {
    name: 'kubernetes CRI',
    line: (part) => `2024-03-10T09:00:00.123456789Z stdout F ${combined(part)}`,
    found: /kubernetes/,
  },
  {
    name: 'kubectl logs --prefix --timestamps',
    line: (part) => `[pod/web-7d9c/nginx] 2024-03-10T09:00:00.123456789Z ${combined(part)}`,
  },
  { name: 'docker logs -t', line: (part) => `2024-03-10T09:00:00.123456789Z ${combined(part)}` },
  {
    name: 'journald JSON',
    line: (part) =>
      json({ __REALTIME_TIMESTAMP: '1710061200000000', _HOSTNAME: 'web1', MESSAGE: combined(part) }),
  },
  { name: 'journald', line: (part) => `2024-03-10T10:00:00+0100 web1 nginx[71]: ${combined(part)}` },
  {
    name: 'NGINX JSON',
    line: (part) =>
      json({
        time_iso8601: part.iso,
        remote_addr: part.address,
        host,
        request_method: 'GET',
        request_uri: '/iso/a.iso?x=1',
        status: part.status,
        body_bytes_sent: part.sent,
        http_referer: 'https://example.org/',
        http_user_agent: ua,
        request_time: 1.2,
      }),
    found: /^json$/,
    host,
    referrer: 'example.org',
    ms: 1200,
  },
  {
    name: 'NGINX JSON, numbers as text',
    line: (part) =>
      json({
        time_local: part.clf,
        remote_addr: '10.0.0.1',
        http_x_forwarded_for: part.address,
        request: 'GET /iso/a.iso HTTP/1.1',
        status: `${part.status}`,
        body_bytes_sent: `${part.sent}`,
        http_user_agent: ua,
      }),
  },
  {
    name: 'NGINX JSON with ranges',
    line: (part) =>
      json({
        msec: `${part.epoch}.000`,
        remote_addr: part.address,
        uri: '/iso/a.iso',
        request_method: 'GET',
        status: part.status,
        body_bytes_sent: part.sent,
        sent_http_content_range: part.range === '-' ? '' : part.range,
        sent_http_content_length: `${part.sent}`,
        http_user_agent: ua,
      }),
    size: 5_000_000,
    from: [0, 0, 0, 2_500_000],
  },
  {
    name: 'Caddy',
    line: (part) =>
      json({
        level: 'info',
        ts: part.epoch,
        logger: 'http.log.access',
        msg: 'handled request',
        request: {
          remote_ip: '10.0.0.1',
          remote_port: '4000',
          client_ip: part.address,
          proto: 'HTTP/2.0',
          method: 'GET',
          host,
          uri: '/iso/a.iso',
          headers: { 'User-Agent': [ua], Referer: ['https://example.org/'] },
        },
        bytes_read: 0,
        user_id: '',
        duration: 1.1,
        size: part.sent,
        status: part.status,
        resp_headers: {
          Server: ['Caddy'],
          Etag: ['"abc"'],
          'Content-Length': [`${part.sent}`],
          ...(part.status === 206 ? { 'Content-Range': [part.range] } : {}),
        },
      }),
    host,
    referrer: 'example.org',
    size: 5_000_000,
    from: [0, 0, 0, 2_500_000],
    etag: '"abc"',
  },
  {
    name: 'Traefik JSON',
    line: (part) =>
      json({
        ClientAddr: `${part.address}:4000`,
        ClientHost: part.address,
        ClientPort: '4000',
        DownstreamContentSize: part.sent,
        DownstreamStatus: part.status,
        Duration: 70_000_000,
        OriginContentSize: 1,
        OriginStatus: 500,
        RequestHost: host,
        RequestMethod: 'GET',
        RequestPath: '/iso/a.iso',
        RequestProtocol: 'HTTP/2.0',
        StartUTC: part.iso,
        'request_User-Agent': ua,
        level: 'info',
        msg: '',
        time: part.iso,
      }),
    host,
  },
  {
    name: 'Traefik common',
    line: (part) => `${combined(part)} 5 "web@docker" "http://172.18.0.3:80" 70ms`,
    found: /^traefik$/,
    ms: 70,
  },
  {
    name: 'Google Cloud load balancer',
    line: (part) =>
      json({
        httpRequest: {
          remoteIp: part.address,
          requestMethod: 'GET',
          requestUrl: `https://${host}/iso/a.iso`,
          responseSize: `${part.sent}`,
          status: part.status,
          userAgent: ua,
          serverIp: '10.1.2.3',
        },
        timestamp: part.iso,
        resource: { type: 'http_load_balancer' },
      }),
    host,
  },
  {
    name: 'Cloudflare Logpush',
    line: (part) =>
      json({
        ClientIP: part.address,
        ClientRequestHost: host,
        ClientRequestMethod: 'GET',
        ClientRequestURI: '/iso/a.iso',
        EdgeResponseBytes: part.sent,
        EdgeResponseStatus: part.status,
        EdgeStartTimestamp: part.epoch * 1e9,
        ClientRequestUserAgent: ua,
      }).replace(/e\+18/, ''),
    host,
  },
  {
    name: 'Elastic Common Schema',
    line: (part) =>
      json({
        '@timestamp': part.iso,
        source: { address: part.address },
        http: {
          request: { method: 'GET' },
          response: { status_code: part.status, body: { bytes: part.sent } },
        },
        url: { original: '/iso/a.iso', domain: host },
        user_agent: { original: ua },
        host: { name: 'web1', ip: ['10.0.0.1'] },
      }),
    host,
  },
  {
    name: 'Fastly JSON',
    line: (part) =>
      `<134>2024-03-10T09:00:00Z cache-fra1 log[12]: ${json({ timestamp: part.iso, client_ip: part.address, host, url: '/iso/a.iso', request_method: 'GET', response_status: part.status, response_body_size: part.sent, request_user_agent: ua, request_referer: '' })}`,
    host,
  },
  {
    name: 'Fastly',
    line: (part) =>
      `<134>2024-03-10T09:00:00Z cache-fra1 log[12]: ${part.address} "-" "-" Sun, 10 Mar 2024 09:00:0${part.second} GMT GET /iso/a.iso ${part.status}`,
    told: false,
    sent: [1, 1],
  },
  {
    name: 'CloudFront',
    head: [
      '#Version: 1.0',
      '#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for',
    ],
    line: (part) =>
      [
        '2024-03-10',
        `09:00:0${part.second}`,
        'FRA2',
        part.sent,
        part.address,
        'GET',
        'd111.cloudfront.net',
        '/iso/a.iso',
        part.status,
        '-',
        'Mozilla/5.0%20(X11;%20Linux)%20A/1',
        '-',
        '-',
        'Hit',
        'abc==',
        host,
        'https',
        300,
        '0.120',
        '-',
      ].join('\t'),
    found: /^w3c$/,
    host,
    agent: 'Mozilla/5.0 (X11; Linux) A/1',
    ms: 120,
  },
  {
    name: 'IIS',
    head: [
      '#Software: Microsoft Internet Information Services 10.0',
      '#Version: 1.0',
      '#Date: 2024-03-10 09:00:00',
      '#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken',
    ],
    line: (part) =>
      `2024-03-10 09:00:0${part.second} 10.0.0.4 GET /iso/a.iso - 443 - ${part.address} Mozilla/5.0+(Windows+NT+10.0) - ${part.status} 0 0 ${part.sent} 300 120`,
    agent: 'Mozilla/5.0 (Windows NT 10.0)',
    ms: 120,
  },
  {
    name: 'IIS as installed, no bytes',
    head: [
      '#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken',
    ],
    line: (part) =>
      `2024-03-10 09:00:0${part.second} 10.0.0.4 GET /iso/a.iso - 443 - ${part.address} curl/8.4.0 - ${part.status} 0 0 120`,
    sent: [1, 1],
    ms: 120,
  },
  {
    name: 'S3',
    line: (part) =>
      `79a5 dlbucket [${part.clf}] ${part.address} - 3E57427F3 REST.GET.OBJECT iso/a.iso ${ask} ${part.status} - ${part.sent} 5000000 70 10 "-" "${ua}" -`,
    found: /^s3$/,
    size: 5_000_000,
    ms: 70,
  },
  {
    name: 'S3 with its newer fields',
    line: (part) =>
      `79a5 dlbucket [${part.clf}] ${part.address} - 3E57427F3 REST.GET.OBJECT iso/a.iso ${ask} ${part.status} - ${part.sent} 5000000 70 10 "-" "${ua}" - s9lzHYrFp76 SigV4 ECDHE-RSA-AES128 AuthHeader ${host} TLSv1.2 - Yes`,
    host,
    size: 5_000_000,
    ms: 70,
  },
  {
    name: 'application load balancer',
    line: (part) =>
      `https ${part.iso.replace('Z', '.000000Z')} app/lb/50dc6c495c0c9188 ${part.address}:2817 10.0.0.1:80 0.086 0.048 0.037 ${part.status} 200 0 ${part.sent} "GET https://${host}:443/iso/a.iso HTTP/1.1" "${ua}" ECDHE-RSA-AES128 TLSv1.2 arn:aws:x/1 "Root=1-58337281" "${host}" "arn:aws:acm" 1 2024-03-10T09:00:00.1Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-"`,
    host,
  },
  {
    name: 'classic load balancer',
    line: (part) =>
      `${part.iso.replace('Z', '.000000Z')} lb ${part.address}:2817 10.0.0.1:80 0.1 0.1 0.1 ${part.status} 200 0 ${part.sent} "GET http://${host}:80/iso/a.iso HTTP/1.1" "${ua}" - -`,
    host,
  },
  {
    name: 'HAProxy',
    line: (part) =>
      `Mar 10 10:00:0${part.second} lb haproxy[68]: ${part.address}:55008 [10/Mar/2024:10:00:0${part.second}.000] ft~ bk/abc 0/0/0/72/72 ${part.status} ${part.sent} - - ---- 5/4/0/1/0 0/0 ${ask}`,
    found: /^haproxy/,
    told: false,
    offBy: 3600,
  },
  {
    name: 'HAProxy with captured headers',
    line: (part) =>
      `Mar 10 10:00:0${part.second} lb haproxy[68]: 2001:db8:${part.address.at(-1)}::1:55008 [10/Mar/2024:10:00:0${part.second}.000] ft bk/abc 0/0/0/72/72 ${part.status} ${part.sent} - - ---- 5/4/0/1/0 0/0 {${host}|x y} {} ${ask}`,
    told: false,
    offBy: 3600,
    hosts: true,
  },
  {
    name: "Heroku's router",
    line: (part) =>
      `2024-03-10T09:00:0${part.second}.000000+00:00 heroku[router]: at=info method=GET path="/iso/a.iso?x=1" host=${host} request_id=aa-bb fwd="${part.address}" dyno=web.1 connect=0ms service=12ms status=${part.status} bytes=${part.sent} protocol=https tls=true`,
    found: /^heroku$/,
    host,
    told: false,
  },
  {
    name: "IIS's own",
    line: (part) =>
      `${part.address}, -, 03/10/24, 09:00:0${part.second}, W3SVC1, WEB1, 10.0.0.1, 120, 300, ${part.sent}, ${part.status}, 0, GET, /iso/a.iso, -,`,
    found: /^iis$/,
    told: false,
    ms: 120,
  },
  {
    name: 'Azure Storage',
    line: (part) =>
      `2.0;2024-03-10T09:00:0${part.second}.0000000Z;GetBlob;AnonymousSuccess;${part.status};0;10;anonymous;;acc;blob;"https://${host}:443/iso/a.iso?sv=1";"/acc/iso/a.iso";aa-bb;0;${part.address}:50123;2021-08-06;300;0;350;${part.sent};0;;;;;;"curl/8.4.0";;`,
    found: /^azure-storage$/,
    host,
    told: false,
  },
  {
    name: 'Azure Front Door',
    line: (part) =>
      json({
        time: part.iso,
        category: 'FrontDoorAccessLog',
        properties: {
          httpMethod: 'GET',
          requestUri: `https://${host}:443/iso/a.iso`,
          responseBytes: `${part.sent}`,
          userAgent: ua,
          clientIp: part.address,
          clientPort: '50123',
          socketIp: '10.0.0.9',
          timeTaken: '0.120',
          httpStatusCode: `${part.status}`,
        },
      }),
    found: /^json$/,
    host,
    ms: 120,
  },
  {
    name: 'Akamai DataStream',
    line: (part) =>
      json({
        version: 2,
        cp: '123456',
        reqTimeSec: `${part.epoch}.000`,
        bytes: `${part.sent}`,
        cliIP: part.address,
        statusCode: `${part.status}`,
        proto: 'HTTPS',
        reqHost: host,
        reqMethod: 'GET',
        reqPath: 'iso/a.iso',
        UA: 'curl%2F8.4.0',
        totalBytes: `${part.sent + 400}`,
      }),
    found: /^json$/,
    host,
  },
  {
    name: 'Envoy',
    line: (part) =>
      `[${part.iso.replace('Z', '.000Z')}] ${ask} ${part.status} - 0 ${part.sent} 12 11 "${part.address}" "${ua}" "aa-bb" "${host}" "10.0.0.5:80"`,
    found: /^envoy$/,
    host,
  },
  {
    name: 'ingress-nginx',
    line: (part) =>
      `${combined(part)} 300 0.120 [web-80] [] 10.1.0.5:80 5000000 0.100 200 ${`${part.second}`.repeat(32)}`,
    found: /^ingress$/,
    ms: 120,
  },
  {
    name: 'bunny.net',
    line: (part) =>
      `HIT|${part.status}|${part.epoch}000|${part.sent}|390|${part.address}|-|https://${host}/iso/a.iso|DE|${ua}|aa|DE`,
    found: /^bunny$/,
    host,
  },
  {
    name: 'Squid',
    line: (part) =>
      `${part.epoch}.000    120 ${part.address} TCP_MISS/${part.status} ${part.sent} GET http://${host}/iso/a.iso - HIER_DIRECT/10.0.0.1 application/octet-stream`,
    found: /^squid$/,
    host,
    told: false,
    ms: 120,
  },
  {
    name: "Python's http.server",
    line: (part) => common(part).replace(part.clf, `10/Mar/2024 10:00:0${part.second}`),
    told: false,
    offBy: 3600,
  },
  {
    name: 'Google App Engine, one host behind',
    line: (part) => `${combined(part)} "${host}" ms=12 cpu_ms=3 instance=00c61b`,
    host,
  },
  { name: 'Varnish', line: (part) => combined(part).replace('/iso', `http://${host}/iso`), host },
  {
    name: 'all in quotes',
    line: (part) =>
      `"${part.address}" "-" "-" "[${part.clf}]" ${ask} "${part.status}" "${part.sent}" "https://example.org/v/" "${ua}" "1514848" "[dh-up-gc18]" "0.068" "https" "${host}"`,
    host,
    referrer: 'example.org',
  },
  { name: 'single quotes', line: (part) => combined(part).replaceAll('"', "'") },
  {
    name: 'carets',
    line: (part) => `${part.address}^${part.clf}^GET /iso/a.iso HTTP/1.1^${part.status}^${part.sent}^${ua}`,
  },
  {
    name: 'double colons',
    line: (part) =>
      `${part.address} :: ${part.iso} :: GET /iso/a.iso HTTP/1.1 :: ${part.status} :: ${part.sent} :: ${ua}`,
  },
  {
    name: 'CSV without a head',
    line: (part) =>
      `"${part.iso}","${part.address}","GET","/iso/a.iso","${part.status}","${part.sent}","-","A/1 (KHTML, like Gecko)"`,
    agent: 'A/1 (KHTML, like Gecko)',
  },
  {
    name: 'bytes before the status',
    line: (part) => `${part.address} [${part.clf}] ${ask} ${part.sent} ${part.status} "${ua}"`,
  },
  {
    name: 'a time before the bytes',
    line: (part) => `${clf(part)} ${ask} ${part.status} 0.123 ${part.sent} "-" "${ua}"`,
  },
  {
    name: 'the user in quotes, vhost and X-Forwarded-For behind',
    line: (part) =>
      `10.0.0.1 - "-" [${part.clf}] ${ask} ${part.status} ${part.sent} "-" "${ua}" "${part.address}" "${host}"`,
    host,
  },
  {
    name: 'common without bytes',
    line: (part) => `${clf(part)} ${ask} ${part.status}`,
    told: false,
    sent: [1, 1],
  },
  { name: 'HTTP/0.9', line: (part) => common(part).replace(' HTTP/1.1', ''), told: false },
  {
    name: 'CloudFront without its head',
    line: (part) =>
      [
        '2024-03-10',
        `09:00:0${part.second}`,
        'FRA2',
        part.sent,
        part.address,
        'GET',
        'd1.cloudfront.net',
        '/iso/a.iso',
        part.status,
        '-',
        ua,
        '-',
      ].join('\t'),
    host: 'd1.cloudfront.net',
  },
  {
    name: 'uWSGI',
    line: (part) =>
      `[pid: 1|app: 0|req: 1/1] ${part.address} () {28 vars in 300 bytes} [Sun Mar 10 09:00:0${part.second} 2024] GET /iso/a.iso => generated ${part.sent} bytes in 120 msecs (HTTP/1.1 ${part.status}) 2 headers in 90 bytes (1 switches on core 0)`,
    told: false,
    ms: 120,
  },
  {
    name: 'Zeek',
    head: [
      '#separator \\x09',
      '#fields\tts\tuid\tid.orig_h\tid.resp_h\tmethod\thost\turi\tuser_agent\tresponse_body_len\tstatus_code',
    ],
    line: (part) =>
      [
        `${part.epoch}.000`,
        'CuX',
        part.address,
        '10.0.0.1',
        'GET',
        host,
        '/iso/a.iso',
        ua,
        part.sent,
        part.status,
      ].join('\t'),
    host,
  },
  { name: 'grep over several files', line: (part) => `access.log.1.gz:${combined(part)}` },
  {
    name: 'JSON behind a kubernetes prefix',
    line: (part) =>
      `${part.iso} stdout F ${json({ ts: part.iso, ip: part.address, method: 'GET', path: '/iso/a.iso', status: part.status, size: part.sent, ua })}`,
  },
  {
    name: 'a NGINX string',
    format:
      '$host|$msec|$remote_addr|$request_method $scheme://$http_host$request_uri|$status|$body_bytes_sent|$http_user_agent',
    line: (part) =>
      `${host}|${part.epoch}.000|${part.address}|GET https://${host}:443/iso/a.iso?a=b|${part.status}|${part.sent}|${ua}`,
    host,
  },
  {
    name: 'a NGINX string with ranges',
    format: `log_format x '$remote_addr $time_iso8601 "$request" $status $bytes_sent "$sent_http_content_range" $sent_http_content_length '\n  '"$sent_http_etag" $request_id $request_time';`,
    line: (part) =>
      `${part.address} ${part.iso} ${ask} ${part.status} ${part.sent + 300} "${part.range}" ${part.sent} "\\x22abc-1\\x22" ${`${part.second}`.repeat(32)} 0.120`,
    size: 5_000_000,
    from: [0, 0, 0, 2_500_000],
    etag: '"abc-1"',
    told: false,
    ms: 120,
  },
  {
    name: 'a NGINX string of JSON',
    format:
      '{"t":$msec,"who":"$remote_addr","what":"$request","s":$status,"b":$body_bytes_sent,"a":"$http_user_agent"}',
    line: (part) =>
      `{"t":${part.epoch}.000,"who":"${part.address}","what":"GET /iso/a.iso HTTP/1.1","s":${part.status},"b":${part.sent},"a":"${ua}"}`,
  },
  {
    name: 'an Apache string',
    format: '%v:%p %h %l %u %t \\"%r\\" %>s %O \\"%{Referer}i\\" \\"%{User-Agent}i\\" %D',
    line: (part) => `${host}:443 ${combined(part)} 120000`,
    host,
    ms: 120,
  },
  {
    name: 'an Apache string in pieces',
    format:
      'LogFormat "%a [%{%d/%b/%Y %T}t.%{msec_frac}t %{%z}t] %m %U%q %H %s %B \\"%{User-Agent}i\\" %{Host}i" mine',
    line: (part) =>
      `${part.address} [10/Mar/2024 10:00:0${part.second}.000 +0100] GET /iso/a.iso?x=%zz HTTP/1.1 ${part.status} ${part.sent} "${ua}" ${host}:443`,
    host,
  },
];
