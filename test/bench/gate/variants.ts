// What is measured beside native secure_link with a native JSON log: what njs costs however little it does, and our
// gate. What people use instead is in peers.ts.

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expression, key, nativeLink, ourLink } from './links.ts';

/** One way of serving a file to who has a link, in a location of its own. */
export type Variant = {
  readonly name: string;
  /** In the table. */
  readonly label: string;
  /** What is asked for: path and query. */
  link(file: string): string;
  /** Configuration on the level of http; `folder` is where NGINX lives. */
  http?(folder: string): string;
  /** Configuration of the server. */
  server(folder: string): string;
  /** The files that these name, in that folder. */
  readonly files?: Readonly<Record<string, string>>;
};

// What protect.conf cannot do with less, written as tightly as we know how: two hashes, read as bytes.
const bareScript = `import crypto from 'crypto';
function call(r) {
  const v = r.variables;
  v.bare_visitor = crypto.createHash('sha256').update(r.rawVariables.bare_who).digest('base64url').slice(32);
  return crypto.createHmac('sha256', v.bare_secret).update(r.rawVariables.bare_canonical).digest('hex');
}
export default { call };
`;

export const native: Variant = {
  name: 'native',
  label: 'native secure_link and JSON log',
  link: (file) => nativeLink(`/native/${file}`),
  http: () => recordFormat('native_json', '$remote_addr'),
  server: (folder) => nativeLocation(folder, 'native'),
};

const idle: Variant = {
  name: 'idle',
  label: 'native, njs called for nothing',
  link: (file) => nativeLink(`/idle/${file}`),
  http: () => `js_set $idle idle.call;\n${recordFormat('idle_json', '$idle')}`,
  server: (folder) => nativeLocation(folder, 'idle', `js_import idle from ${folder}/idle.js;`),
  files: { 'idle.js': "export default { call: function () { return 'x'; } };\n" },
};

const bare: Variant = {
  name: 'bare',
  label: 'native, njs: MAC and visitor alone',
  link: (file) => nativeLink(`/bare/${file}`),
  http: () => `js_set $bare bare.call;
js_var $bare_visitor;
map "" $bare_secret { default ${key.secret}; }
map "" $bare_who { default "nBfY2kQe7rW1sXo4mZt0aA$remote_addr $http_user_agent"; }
map "" $bare_canonical {
    default "tallygate-link-v1\nk=a1\ne=$secure_link_expires\nf=\nb=\nt=q3Jx_7-Z\ni=\nr=\nn=\np=\n$uri\n";
}
${recordFormat('bare_json', '$bare$bare_visitor')}`,
  server: (folder) => nativeLocation(folder, 'bare', `js_import bare from ${folder}/bare.js;`),
  files: { 'bare.js': bareScript },
};

export const gate: Variant = {
  name: 'gate',
  label: 'protect.conf (HMAC-SHA256, record)',
  link: (file) => ourLink(`/gate/${file}`),
  server: (folder) => `location /gate/ { alias ${folder}/www/; include tallygate/protect.conf; }`,
};

const lean: Variant = {
  name: 'lean',
  label: 'protect-native.conf (record)',
  link: (file) => nativeLink(`/lean/${file}`),
  server: (folder) => `location /lean/ { alias ${folder}/www/; include tallygate/protect-native.conf; }`,
};

export const own: readonly Variant[] = [native, idle, bare, gate, lean];

/** A `log_format` with as many fields as our record has, all of them NGINX's own but perhaps the visitor. */
export function recordFormat(name: string, visitor: string): string {
  return `log_format ${name} escape=json '{"v":1,"edge":"$hostname","id":"$request_id","at":$msec,"host":"$host",'
  '"path":"$uri","etag":"$sent_http_etag","status":$status,"sent":$body_bytes_sent,"range":"$http_range",'
  '"size":"$sent_http_content_length","ms":$request_time,"token":"$arg_t","key":"$arg_k",'
  '"visitor":"${visitor}","agent":"$http_user_agent","referrer":"$http_referer","country":""}';`;
}

function nativeLocation(folder: string, name: string, more = ''): string {
  return `location /${name}/ {
        ${more}
        alias ${folder}/www/;
        secure_link $arg_md5,$arg_expires;
        secure_link_md5 "${expression}";
        if ($secure_link = "") { return 403; }
        if ($secure_link = "0") { return 410; }
        access_log ${folder}/log/native.log ${name}_json;
    }`;
}

/** Writes what the variants need beside the includes. */
export async function writeFiles(variants: readonly Variant[], folder: string): Promise<void> {
  for (const { files = {} } of variants)
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
}
