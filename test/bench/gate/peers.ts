// What people use instead of us: a service that NGINX asks (auth_request), one that answers with X-Accel-Redirect, and
// Lua inside NGINX. All write the record with a native log_format. The services name no visitor: that is less work than
// ours, and what people do.

import { hmacLink, key, ourLink } from './links.ts';
import { recordFormat, type Variant } from './variants.ts';

const upstreamHeaders = 'proxy_http_version 1.1; proxy_set_header Connection "";';

/** Those that need the Node service of auth-service.ts, which listens on `port`. */
export function serviceVariants(port: number): Variant[] {
  return [
    {
      name: 'auth_request',
      label: 'auth_request to a Node service',
      link: (file) => ourLink(`/auth/${file}`),
      http: () => `upstream bench_service { server 127.0.0.1:${port}; keepalive 32; }`,
      server: (folder) => `location /auth/ {
        auth_request /bench-authorize;
        alias ${folder}/www/;
        access_log ${folder}/log/native.log native_json;
    }
    location = /bench-authorize {
        internal;
        proxy_pass http://bench_service/authorize;
        ${upstreamHeaders}
        proxy_pass_request_body off;
        proxy_set_header Content-Length "";
        proxy_set_header X-Original-URI $request_uri;
    }`,
    },
    {
      name: 'accel',
      label: 'X-Accel-Redirect from a Node service',
      link: (file) => ourLink(`/accel/${file}`),
      server: (folder) => `location /accel/ {
        proxy_pass http://bench_service;
        ${upstreamHeaders}
    }
    location /bench-accel/ {
        internal;
        alias ${folder}/www/;
        access_log ${folder}/log/native.log native_json;
    }`,
    },
  ];
}

function luaVariant(name: string, label: string, hash: 'sha1' | 'sha256', functions: string): Variant {
  return {
    name,
    label,
    link: (file) => hmacLink(hash, `/${name}/${file}`),
    http: () => recordFormat(`${name}_json`, '$bench_visitor'),
    server: (folder) => `location /${name}/ {
        set $bench_visitor "";
        access_by_lua_file ${folder}/${name}.lua;
        alias ${folder}/www/;
        access_log ${folder}/log/native.log ${name}_json;
    }`,
    files: { [`${name}.lua`]: `${functions}\n${luaGate}` },
  };
}

// As tight as ours: the plain form of a link, one string built at once, nothing captured.
const luaGate = `
local v = ngx.var
local e, k, t, s = v.arg_e, v.arg_k, v.arg_t or '', v.arg_s
local key = bench.keys[k]
if not key or not e or not s then return ngx.exit(403) end
local canonical = 'tallygate-link-v1\\nk=' .. k .. '\\ne=' .. e .. '\\nf=\\nb=\\nt=' .. t
    .. '\\ni=\\nr=\\nn=\\np=\\n' .. v.uri .. '\\n'
if bench.encode(bench.hmac(key, canonical)) ~= s then return ngx.exit(403) end
if tonumber(e) < ngx.time() then return ngx.exit(410) end
local who = bench.salt .. v.remote_addr .. ' ' .. (v.http_user_agent or '')
v.bench_visitor = string.sub(bench.encode(bench.hash(who)), 1, 11)
`;

// Lua runs the file for each request: what lasts is kept in a module of the worker's.
function luaModule(name: string, body: string): string {
  return `local bench = package.loaded['${name}']
if not bench then
  bench = { encode = require('ngx.base64').encode_base64url, salt = 'nBfY2kQe7rW1sXo4mZt0aA' }
  ${body}
  package.loaded['${name}'] = bench
end`;
}

function sha1Functions(): string {
  return luaModule(
    'bench_sha1',
    `bench.keys = { ${key.id} = '${key.secret}' }
  bench.hmac, bench.hash = ngx.hmac_sha1, ngx.sha1_bin`,
  );
}

// NGINX is linked with OpenSSL, whose functions LuaJIT calls. The key is padded and hashed once, as its HMAC_CTX would.
function sha256Functions(): string {
  return luaModule(
    'bench_sha256',
    `local ffi = require('ffi')
  local bit = require('bit')
  ffi.cdef [[
    typedef struct { uint32_t h[8]; uint32_t Nl, Nh; uint32_t data[16]; unsigned int num, md_len; } bench_sha256;
    int SHA256_Init(bench_sha256 *c);
    int SHA256_Update(bench_sha256 *c, const void *data, size_t len);
    int SHA256_Final(unsigned char *md, bench_sha256 *c);
  ]]
  local C, size = ffi.C, ffi.sizeof('bench_sha256')
  local state, out = ffi.new('bench_sha256'), ffi.new('unsigned char[32]')
  local function padded(secret, with)
    local c = ffi.new('bench_sha256')
    local block = {}
    for i = 1, 64 do block[i] = string.char(bit.bxor(string.byte(secret, i) or 0, with)) end
    C.SHA256_Init(c)
    C.SHA256_Update(c, table.concat(block), 64)
    return c
  end
  local function keyed(secret) return { inner = padded(secret, 0x36), outer = padded(secret, 0x5c) } end
  bench.keys = { ${key.id} = keyed('${key.secret}') }
  bench.hmac = function(key, text)
    ffi.copy(state, key.inner, size)
    C.SHA256_Update(state, text, #text)
    C.SHA256_Final(out, state)
    ffi.copy(state, key.outer, size)
    C.SHA256_Update(state, out, 32)
    C.SHA256_Final(out, state)
    return ffi.string(out, 32)
  end
  bench.hash = function(text)
    C.SHA256_Init(state)
    C.SHA256_Update(state, text, #text)
    C.SHA256_Final(out, state)
    return ffi.string(out, 32)
  end`,
  );
}

/** Two hashes of SHA-1, for which the Lua module has functions; and MAC and visitor as strong as ours. */
export const luaVariants: readonly Variant[] = [
  luaVariant('lua_sha1', 'Lua, two SHA-1', 'sha1', sha1Functions()),
  luaVariant('lua', 'Lua, two SHA-256 (LuaJIT, OpenSSL)', 'sha256', sha256Functions()),
];
