#!/usr/bin/env bash
# Runs the installer that is installed: here.sh [--prefix FOLDER] [--destdir FOLDER] COMMAND ... Called by make
# rollback, releases and undeploy, which need no checkout that is built.
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
