// What goes over the wire, made from the OpenAPI document by test/check/wire-types.ts. Do not edit it: run make openapi.

export type CodeBatch = {
  id: string;
  label: string;
  title: string;
  paths: string[];
  created_at: string;
  redeem_until?: string | undefined;
  revoked_at?: string | undefined;
  /** How many codes the batch has. */
  codes: number;
  /** Uses of all codes together: held + spent + free. */
  uses: number;
  /** Uses that were redeemed and whose copy is not complete yet. */
  held: number;
  /** Uses whose copy is complete. */
  spent: number;
};

export type CodeBatchRequest = {
  /** What you call the batch. */
  label: string;
  /** The title on cards and pages. The label unless given. */
  title?: string | undefined;
  /** The files that a code opens. */
  paths: string[];
  count: number;
  /** How often each code can be used: copies of each file. Default: 1. */
  uses?: number | undefined;
  /** Random characters of a code, 5 bits each. With fewer than 13, the limit on failed attempts is what protects the codes: then too many wrong ones lock a client address, and all who share it. Default: 13. */
  length?: number | undefined;
  /** The end of redeeming. A day means the end of that day in the time zone of the pages ([reports] zone). Cards name the last day that counts. */
  redeem_until?: string | undefined;
  /** Seconds within which a redeemed download must begin. Default: 900. */
  start_ttl?: number | undefined;
  /** Seconds for which a use is held and a download can be resumed. Default: 86400. */
  finish_ttl?: number | undefined;
  /** A square JPEG or PNG of up to 512 KiB and 2048 pixels a side, in base64. */
  artwork?: string | undefined;
  /** Make the batch though NGINX has no such file, or refuses it, or redeem_until is over. Default: false. */
  force?: boolean | undefined;
};

export type CodeBatches = {
  batches: CodeBatch[];
  /** The cursor of the next page, if there is one. */
  next?: string | undefined;
};

export type CodeUse = {
  serial: number;
  uses: number;
  held: number;
  spent: number;
  revoked_at?: string | undefined;
};

export type CodeUses = {
  batch: CodeBatch;
  codes: CodeUse[];
  /** The cursor of the next page, if there is one. */
  next?: string | undefined;
};

export type EdgeStatus = {
  edge: string;
  /** Bytes of its logs that were unread when the agent last looked. */
  unread_bytes: number;
  last_record_at?: string | undefined;
  last_seen_at: string;
};

export type FileCount = Tally & {
  /** null: not known, because no download is of a known size. */
  completed?: number | undefined;
  /** null: not known, because no download is of a known size. */
  copies?: number | undefined;
  /** Downloads of the file while its size was not known: nobody knows whether they completed. */
  size_unknown: number;
  /** Whether completed and copies are partly an estimate: an import took the size from elsewhere (--sizes). */
  estimated: boolean;
  host: string;
  path: string;
};

export type FileCounts = {
  files: FileCount[];
  /** The cursor of the next page, if there is one. */
  next?: string | undefined;
};

export type IssuedCodes = {
  id: string;
  codes: Array<{
    serial: number;
    code: string;
    url: string;
  }>;
};

export type KeyUsage = {
  /** "" for downloads that need no link. */
  id: string;
  /** secure_link: for links of NGINX's own module, which the site issued before. unknown: not in the key file. */
  kind: 'hs256' | 'secure_link' | 'unknown';
  /** The ring of the key: its links open only the sites of this ring. Absent for the default ring. */
  ring?: string | undefined;
  /** Whether new links (of its ring) are signed with it. */
  current: boolean;
  requests: number;
  requests_30_days: number;
  last_used_at?: string | undefined;
  /** Whether it is not current, nor the next to be, and had no request in 30 days. */
  safe_to_retire: boolean;
};

export type KeyUsages = {
  keys: KeyUsage[];
};

export type Link = {
  path: string;
  link: string;
  /** In the form "cookie": the value of a Set-Cookie header for your application to answer with. A browser compares its Path with URLs letter by letter: write URLs encoded as in "link". */
  cookie?: string | undefined;
  expires_at: string;
  finish_by?: string | undefined;
};

export type LinkRequest = {
  /** Decoded, as NGINX has it in $uri. A path that ends in "/" stands for everything below it. */
  path: string;
  /** Seconds until the last download may begin. Default: 86400. */
  ttl?: number | undefined;
  /** Seconds until the end; at least ttl. After ttl a download can be resumed but not begun: only requests that start behind byte 0 are answered. */
  finish_ttl?: number | undefined;
  /** The link is refused before this time (RFC 3339). */
  not_before?: string | undefined;
  /** Only this IPv4 address, or the /64 of this IPv6 address, may download. */
  address?: string | undefined;
  /** Bytes per second, over one connection at a time: a second connection is answered with 503. Leave it out for players and for programs that fetch in pieces (aria2 -x). */
  rate?: number | undefined;
  /** The name browsers save the file under. */
  filename?: string | undefined;
  /** How many segments of the path, from its beginning, make the folder that the link covers: 2 for /hls/course/master.m3u8 and what it refers to. A path that ends in "/" needs no prefix. */
  prefix?: number | undefined;
  /** Where the link carries its terms. "query": in the query, for downloads. "cookie": in a cookie, for a folder from which a browser on the same host plays or shows files; "link" is then the plain URL. "path": in the path, for players that keep no cookies; NGINX needs segments.conf. "page": a page with a button that leads to the file, for mails and chats, where previewers and scanners fetch every link. "cookie" and "path" carry no file name. Default: "query". */
  form?: 'query' | 'path' | 'cookie' | 'page' | undefined;
};

export type Problem = {
  type: string;
  title: string;
  status: number;
  detail: string;
  request_id: string;
  errors?:
    | Array<{
        pointer?: string | undefined;
        parameter?: string | undefined;
        detail: string;
      }>
    | undefined;
};

export type RedeemRequest = {
  /** As typed: any case, with or without dashes. */
  code: string;
  /** The form of the links: see TokenRequest. Default: "query". */
  form?: 'query' | 'path' | undefined;
};

export type Redeemed = {
  title: string;
  /** The page that shows the files. It works until finish_by. */
  page: string;
  finish_by: string;
  files: Array<{
    path: string;
    size?: number | undefined;
    link: string;
  }>;
};

export type ReprintedCodes = {
  id: string;
  codes: Array<{
    serial: number;
    code: string;
    url: string;
  }>;
  /** How many codes are left out: those that were redeemed or revoked. */
  omitted: number;
};

export type ShownToken = Token & {
  /** The link of the first path. Only for keys that may issue. */
  link?: string | undefined;
};

export type Spent = {
  /** copies: max_copies are complete. bytes: max_copies + 1 times the size of a file was sent, in pieces that never made that many copies (downloads that were cancelled again and again). */
  by: 'copies' | 'bytes';
  /** When that was counted of the last of its files. */
  at: string;
  /** From then on the links are refused. Until then, for retry_grace seconds, a download may be resumed or repeated, for what was sent may not have arrived. */
  ends_at: string;
};

export type Status = {
  version: string;
  /** Log lines read: always requests + rejects. */
  lines: number;
  requests: number;
  rejects: number;
  /** Tokens and visitors that the edges refuse now. */
  denied: number;
  edges: EdgeStatus[];
};

export type Tally = {
  requests: number;
  downloads: number;
  completed: number;
  copies: number;
  bytes: number;
};

export type Token = {
  id: string;
  status: 'active' | 'not_yet' | 'expired' | 'exhausted' | 'revoked';
  /** The link of the first path. */
  link: string;
  /** In the form "cookie": the value of a Set-Cookie header for your application to answer with. A browser compares its Path with URLs letter by letter: write URLs encoded as in "link". */
  cookie?: string | undefined;
  links?:
    | Array<{
        path: string;
        link: string;
        /** In the form "cookie": the value of a Set-Cookie header for your application to answer with. A browser compares its Path with URLs letter by letter: write URLs encoded as in "link". */
        cookie?: string | undefined;
      }>
    | undefined;
  paths: string[];
  created_at: string;
  expires_at: string;
  finish_by?: string | undefined;
  not_before?: string | undefined;
  max_copies?: number | undefined;
  enforce: 'edge' | 'strict';
  form: 'query' | 'path' | 'cookie' | 'page';
  prefix?: number | undefined;
  rate?: number | undefined;
  filename?: string | undefined;
  address?: string | undefined;
  label: string;
  customer: string;
  metadata?: Record<string, unknown> | undefined;
  revoked_at?: string | undefined;
  spent?: Spent | undefined;
};

export type TokenBatch = {
  tokens: Token[];
};

export type TokenBatchRequest = {
  tokens: TokenRequest[];
};

export type TokenFile = {
  path: string;
  /** Copies of this file that are complete, whoever fetched them, but for the first one of bots. */
  spent: number;
  /** Copies that max_copies leaves. Absent without a limit. */
  left?: number | undefined;
  /** What of this file is spent: see spent.by. */
  by?: 'copies' | 'bytes' | undefined;
  /** From then on this file is refused: see spent.ends_at. */
  ends_at?: string | undefined;
};

export type TokenRequest = {
  /** Decoded, as NGINX has it in $uri. A path that ends in "/" stands for everything below it. */
  path?: string | undefined;
  /** Seconds until the last download may begin. Default: 86400. */
  ttl?: number | undefined;
  /** Seconds until the end; at least ttl. After ttl a download can be resumed but not begun: only requests that start behind byte 0 are answered. */
  finish_ttl?: number | undefined;
  /** The link is refused before this time (RFC 3339). */
  not_before?: string | undefined;
  /** Only this IPv4 address, or the /64 of this IPv6 address, may download. */
  address?: string | undefined;
  /** Bytes per second, over one connection at a time: a second connection is answered with 503. Leave it out for players and for programs that fetch in pieces (aria2 -x). */
  rate?: number | undefined;
  /** The name browsers save the file under. */
  filename?: string | undefined;
  /** How many segments of the path, from its beginning, make the folder that the link covers: 2 for /hls/course/master.m3u8 and what it refers to. A path that ends in "/" needs no prefix. */
  prefix?: number | undefined;
  /** Where the link carries its terms. "query": in the query, for downloads. "cookie": in a cookie, for a folder from which a browser on the same host plays or shows files; "link" is then the plain URL. "path": in the path, for players that keep no cookies; NGINX needs segments.conf. "page": a page with a button that leads to the file, for mails and chats, where previewers and scanners fetch every link. "cookie" and "path" carry no file name. Default: "query". */
  form?: 'query' | 'path' | 'cookie' | 'page' | undefined;
  /** Several files, instead of path. The same path twice is one file. */
  paths?: string[] | undefined;
  /** Default: "". */
  label?: string | undefined;
  /** Your reference: an order, an account. Default: "". */
  customer?: string | undefined;
  metadata?: Record<string, unknown> | undefined;
  /** How many copies of each file may be downloaded. A copy is spent when it is complete, not by a click. */
  max_copies?: number | undefined;
  /** edge: links are refused retry_grace seconds after the last copy; until then what did not arrive can be fetched again, up to one copy more. strict: not one request too many, in locations with protect-strict.conf; after the last copy a download can be resumed, and none begun. Default: "edge". */
  enforce?: 'edge' | 'strict' | undefined;
};

export type TokenWithTally = ShownToken & {
  /** What is spent of each file, for the limit holds for each: those that the token names, and of its folders the 1,000 that were fetched last. */
  files: TokenFile[];
  tally: Tally;
};

export type Tokens = {
  tokens: ShownToken[];
  /** The cursor of the next page, if there is one. */
  next?: string | undefined;
};

export type TokensQuery = {
  /** Default: 100. */
  limit?: number | undefined;
  status?: 'active' | 'not_yet' | 'expired' | 'exhausted' | 'revoked' | undefined;
  /** Only tokens with exactly this label. */
  label?: string | undefined;
  /** Only tokens with exactly this customer reference. */
  customer?: string | undefined;
  /** Only tokens for this path. */
  path?: string | undefined;
};

export type BatchesQuery = {
  /** Default: 100. */
  limit?: number | undefined;
};

export type FilesQuery = {
  /** Default: "downloads". */
  sort?: 'path' | 'downloads' | 'completed' | 'copies' | 'bytes' | undefined;
  /** Default: 100. */
  limit?: number | undefined;
  /** Counts from this time on; tallies have 15-minute buckets. */
  from?: string | undefined;
  to?: string | undefined;
  /** Only paths that begin with this. */
  prefix?: string | undefined;
  /** Whether bots count too. Default: "false". */
  bots?: 'true' | 'false' | undefined;
};
