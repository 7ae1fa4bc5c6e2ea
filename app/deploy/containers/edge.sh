#!/bin/sh
# Starts NGINX and the agent in one container. It ends when one of them ends: the container is then started again.
set -eu
# Keys and salts are made where the volume has none. All hosts of a site need the same two files.
[ -e /etc/tallygate/keys.conf ] || tallygate keys generate
tallygate salts rotate
nginx -e stderr -g 'daemon off;' &
nginx=$!
tallygate agent &
agent=$!
stop() { kill -QUIT "$nginx" 2> /dev/null || true; kill -TERM "$agent" 2> /dev/null || true; }
trap stop TERM INT
# POSIX sh has no `wait -n`. So we ask every second.
while kill -0 "$nginx" 2> /dev/null && kill -0 "$agent" 2> /dev/null; do sleep 1 & wait $! || true; done
stop
wait "$nginx" || true
wait "$agent" || true
