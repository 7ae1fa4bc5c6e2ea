#!/usr/bin/env bash
# Runs the installer of the current release: here.sh [--prefix FOLDER] [--destdir FOLDER] COMMAND ... `make rollback`,
# `releases` and `undeploy` call it. So they work in a checkout that was never built.
set -euo pipefail
prefix=/usr/local destdir='' previous=''
for argument in "$@"; do
    case $previous in
        --prefix) prefix=$argument ;;
        --destdir) destdir=$argument ;;
    esac
    previous=$argument
done
installer=$destdir$prefix/lib/tallygate/current/deploy.js
if [[ ! -e $installer ]]; then
    echo "tallygate: nothing is installed below $destdir$prefix" >&2
    echo "  Deploy first: make deploy. Elsewhere? Say PREFIX= and DESTDIR=." >&2
    exit 1
fi
exec node "$installer" "$@"
