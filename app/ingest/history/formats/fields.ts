// What the fields of a log are, by the names that servers give them: NGINX's variables, the columns of W3C and CSV logs,
// the keys of JSON, LTSV and logfmt. One table for all: names are compared without case and punctuation, so
// $http_user_agent, cs(User-Agent), user-agent and request.headers.User-Agent each have one entry at most.

export type Kind =
  | 'address'
  /** An address with a port behind it. */
  | 'socket'
  | 'forwarded'
  | 'host'
  | 'time'
  | 'date'
  | 'request'
  | 'method'
  /** As it was asked for: percent-encoded, perhaps with a query or as a whole URL. */
  | 'target'
  /** Decoded and normalised by the server. */
  | 'path'
  | 'status'
  /** Bytes of the body that were sent; bytes with the headers. */
  | 'sent'
  | 'bytes'
  | 'referrer'
  | 'agent'
  | 'range'
  | 'contentRange'
  | 'contentLength'
  | 'size'
  | 'etag'
  | 'id'
  /** How long the request took, in several units. `taken` is milliseconds, or seconds where it has a dot. */
  | 'seconds'
  | 'milliseconds'
  | 'microseconds'
  | 'taken'
  /** What is not used. */
  | 'other';

/** What a line says, as Latin-1 text of its bytes: undefined where its format does not say it. */
export type Fields = { -readonly [kind in Kind]?: string };

// In each row the name that says it best comes first: of two that a log has, that one is used.
const names: Readonly<Partial<Record<Kind, string>>> = {
  address: `proxy_protocol_addr remote_addr client_ip clientip c_ip remote_ip remoteip client_addr clientaddr client_address remote_address remoteaddress
    clienthost cliip client_host remote_host remotehost source_address source_ip sourceip src_ip srcip client remote ip ipaddress
    ip_address peer addr x_client_ip cs_ip id_orig_h`,
  socket:
    'client_port_address downstream_remote_address remote_socket client_socket clientipport client_ip_port',
  forwarded: `http_x_forwarded_for x_forwarded_for forwarded_for proxy_add_x_forwarded_for xff http_cf_connecting_ip
    cf_connecting_ip http_true_client_ip true_client_ip http_fastly_client_ip fastly_client_ip http_x_real_ip x_real_ip
    http_forwarded request_x_forwarded_for request_forwarded_for`,
  host: `host x_host_header http_host vhost virtual_host server_name cs_host csxhost request_host requesthost reqhost http_request_host
    client_request_host authority url_domain domain domain_name site`,
  time: `msec time_iso8601 time_local timestamp at_timestamp startutc start_utc time datetime date_time ts edgestarttimestamp edgeendtimestamp
    time_micros timestart time_start start_time event_time eventtime requesttimestamp received_at reqtimesec log_time logtime`,
  date: 'date',
  request: 'request request_line requestline req http_request first_line requestfirstline',
  method: `request_method method cs_method http_method httprequestmethod client_request_method clientrequestmethod requestmethod reqmethod
    verb http_verb`,
  target: `request_uri cs_uri_stem cs_uri request_path requestpath requesturi client_request_uri clientrequesturi uri url_original request_url requesturl
    originalurl http_url url path reqpath url_path http_path request_target target uri_path requesthttpurl`,
  path: 'tallygate_path document_uri',
  status: `status sc_status status_code statuscode downstream_status downstreamstatus edge_response_status edgeresponsestatus response_status
    responsestatus http_status httpstatus response_code responsecode http_status_code httpresponsestatuscode resp_status code response`,
  sent: `body_bytes_sent response_body_size response_body_bytes downstream_content_size downstreamcontentsize httpresponsebodybytes size
    bytes_body body_size body_bytes response_size responsesize resp_size bytes length response_length response_body_len sent bytes_out`,
  bytes: `bytes_sent sc_bytes edge_response_bytes edgeresponsebytes httpresponsebytes total_bytes totalbytes bytessent response_bytes
    responsebytes out_bytes`,
  referrer:
    'http_referer referer referrer http_referrer cs_referer request_referer client_request_referer clientrequestreferer',
  agent: `http_user_agent user_agent useragent ua cs_user_agent request_user_agent client_request_user_agent clientrequestuseragent agent http_agent
    user_agent_original`,
  range: 'http_range request_headers_range request_range cs_range range',
  contentRange: 'sent_http_content_range resp_headers_content_range downstream_content_range',
  contentLength:
    'sent_http_content_length resp_headers_content_length downstream_content_length sc_content_len',
  size: 'object_size objectsize',
  etag: 'sent_http_etag resp_headers_etag downstream_etag',
  id: 'request_id req_id',
  seconds: 'request_time reqtime',
  milliseconds: 'request_time_ms total_time elapsed_ms duration_ms response_time_ms',
  microseconds: 'time_taken_micros request_time_us duration_us',
  taken: 'time_taken',
};

/** A name's kind, and how well it says it: the smaller the better. */
export type Meaning = { kind: Kind; rank: number };

const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');

const meanings = new Map<string, Meaning>();
for (const [kind, list] of Object.entries(names) as [Kind, string][]) {
  for (const [rank, name] of list.split(/\s+/).entries()) meanings.set(plain(name), { kind, rank });
}

export function meaningOf(name: string): Meaning | undefined {
  return meanings.get(plain(name));
}

// Of a machine or a program that wrote or passed the line on, not of the request.
const elsewhere =
  /^(?:host|agent|server|upstream|origin|backend|kubernetes|docker|container|log|event|ecs|cloud|process|service|resource|labels|observer|destination)\b/i;

/** What a key inside others (`request.headers.User-Agent`) means: by the whole of it, else by how it ends. */
export function meaningOfKey(key: string): Meaning | undefined {
  const whole = meaningOf(key);
  if (whole || elsewhere.test(key)) return whole;
  const parts = key.split('.');
  for (let from = 1; from < parts.length; from += 1) {
    const found = meaningOf(parts.slice(from).join('.'));
    if (found) return { kind: found.kind, rank: found.rank + 100 * from };
  }
  return undefined;
}
