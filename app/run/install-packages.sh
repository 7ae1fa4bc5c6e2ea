#!/usr/bin/env bash
# Installs what is missing to run Tallygate from a checkout: NGINX with its njs module and PostgreSQL. With
# --for-tests or --for-bench it also installs what only those use; with --for-check only what make check uses. It says
# what it installs before it does, starts no service and makes no database cluster. Called by make.
set -euo pipefail

say() { printf 'tallygate: %s\n' "$*" >&2; }

missing=()
need() { # need PACKAGE FILE-OR-COMMAND...: PACKAGE is missing unless one of them is there
    local package=$1 candidate
    shift
    for candidate in "$@"; do
        if [[ $candidate == */* ]]; then
            compgen -G "$candidate" > /dev/null && return
        elif command -v "$candidate" > /dev/null; then
            return
        fi
    done
    missing+=("$package")
}

if [[ ${1:-} == --for-check ]]; then
    need shellcheck shellcheck
else
    need nginx "${NGINX_BIN:-/usr/sbin/nginx}"
    need libnginx-mod-http-js "${NGINX_MODULES:-/usr/lib/nginx/modules}/ngx_http_js_module.so"
    need postgresql '/usr/lib/postgresql/*/bin/initdb' initdb
    need curl curl
fi
if [[ ${1:-} == --for-tests ]]; then
    need njs njs
    need openssl openssl
    need logrotate /usr/sbin/logrotate
    need pgbouncer /usr/sbin/pgbouncer
    need rsync rsync
    need systemd systemd-analyze
    need openssh-server /usr/sbin/sshd
    need openssh-client ssh
    need python3 python3
    need php-cli php
    need ruby ruby
    need bzip2 bzip2
    need xz-utils xz
    need zstd zstd
    need aria2 aria2c
    need wget wget
    need faketime '/usr/lib/*/faketime/libfaketime.so.1'
    need chromium chromium
elif [[ ${1:-} == --for-bench ]]; then
    need wrk wrk
    need goaccess goaccess
    need awstats /usr/lib/cgi-bin/awstats.pl
    # Only apt has these: elsewhere bench-gate says which are missing and goes on. Beside the NGINX that NGINX_BIN names
    # it measures Debian's, which alone has a Lua module.
    if command -v apt-get > /dev/null; then
        need libnginx-mod-http-lua /usr/lib/nginx/modules/ngx_http_lua_module.so
        if [[ -n ${NGINX_BIN:-} ]]; then
            need nginx /usr/sbin/nginx
            need libnginx-mod-http-js /usr/lib/nginx/modules/ngx_http_js_module.so
        fi
    fi
fi

node_major=$(node --version 2> /dev/null | sed 's/^v//; s/\..*//' || true)
if ((${node_major:-0} < 20)); then
    say "Node.js 20 or newer is needed, and ${node_major:+only version $node_major}${node_major:-none} is here."
    say 'Debian 13 and Ubuntu 25.04 have it as the package nodejs; for older ones see https://nodejs.org/en/download'
    exit 1
fi

try_with_apt() {
    local apt=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq
        -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive dpkg --configure -a > /dev/null || true
    # Where not every list could be fetched, those that are here may do.
    "${apt[@]}" update || true
    "${apt[@]}" install --yes --no-install-recommends "${missing[@]}" > /dev/null
}

install_with_apt() {
    local sudo=()
    if ((EUID != 0)); then
        command -v sudo > /dev/null || { say "run this as root once, or install: ${missing[*]}"; exit 1; }
        sudo=(sudo)
    fi
    say "installing with apt: ${missing[*]}  (no service is started by this)"
    # Debian starts a service and makes a cluster when these are installed, unless these two files say no;
    # they go again when it is done.
    local policy=/usr/sbin/policy-rc.d cluster=/etc/postgresql-common/createcluster.d/tallygate.conf made=()
    # shellcheck disable=SC2317 # called by the trap
    tidy() { ((${#made[@]} == 0)) || "${sudo[@]}" rm -f "${made[@]}"; }
    trap tidy EXIT
    if [[ ! -e $policy ]]; then
        made+=("$policy")
        printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" tee "$policy" > /dev/null
        "${sudo[@]}" chmod 755 "$policy"
    fi
    if [[ ! -e $cluster ]]; then
        made+=("$cluster")
        "${sudo[@]}" mkdir -p "${cluster%/*}"
        echo 'create_main_cluster = false' | "${sudo[@]}" tee "$cluster" > /dev/null
    fi
    # Another apt may be at work, a mirror may fail for a moment, an earlier run may have been cut short.
    local attempt
    for attempt in 1 2 3 4 5; do
        try_with_apt && break
        ((attempt < 5)) || { say "apt could not install: ${missing[*]}"; exit 1; }
        say "apt failed; once more in $((attempt * 10)) s"
        sleep $((attempt * 10))
    done
    tidy
    trap - EXIT
}

if ((${#missing[@]} > 0)); then
    if command -v apt-get > /dev/null; then
        install_with_apt
    else
        say "please install these first (Debian's names): ${missing[*]}"
        say 'NGINX must be 1.22 or newer and its njs module is ngx_http_js_module; PostgreSQL must be 15 or newer'
        exit 1
    fi
fi
