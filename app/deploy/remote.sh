#!/usr/bin/env bash
# Runs the installer on another host: remote.sh SSH HOST CONFIG INSTALLER-ARGUMENTS... rsync copies the release to the
# user's own folder there, and so only what has changed. There the installer runs as root, as make deploy does here.
# Called by make.
set -euo pipefail
ssh=$1 host=$2 config=$3
shift 3
read -r -a ssh_command <<< "$ssh"
folder=.cache/tallygate-release

fail() { printf 'tallygate: %s\n  %s\n' "$1" "$2" >&2; exit 1; }
on_host() { "${ssh_command[@]}" "$host" "$1"; }

on_host true || fail "cannot log in to $host" "Try it by itself: $ssh $host"
# shellcheck disable=SC2016 # for the shell over there
on_host 'for program in node rsync nginx; do
    PATH=$PATH:/usr/sbin command -v "$program" > /dev/null || echo "$program"; done' | {
    mapfile -t missing
    ((${#missing[@]} == 0)) || fail "$host lacks: ${missing[*]}" 'Install them there (Debian: apt install nodejs rsync nginx libnginx-mod-http-js).'
}
arguments=$(printf '%q ' "$@")
case " $* " in
    *' deploy '*)
        on_host "mkdir -p $folder"
        rsync --archive --checksum --delete --rsh="$ssh" dist/release/ "$host:$folder/"
        if [[ -n $config ]]; then
            # It may hold a password. So it is sent through the connection, only the user can read it, and it is removed.
            trap 'on_host "rm -f $folder.toml"' EXIT
            on_host "umask 077 && cat > $folder.toml" < "$config"
            # shellcheck disable=SC2016
            arguments+='--config "$HOME/'"$folder.toml"'"'
        fi
        command="node \"\$HOME/$folder/deploy.js\" $arguments" ;;
    *)
        on_host "mkdir -p $folder"
        rsync --archive --rsh="$ssh" app/deploy/here.sh "$host:$folder.sh"
        command="bash \"\$HOME/$folder.sh\" $arguments" ;;
esac
# As root where that is needed; sudo may ask for a password on the terminal.
on_host "if [ \$(id -u) = 0 ]; then $command; else sudo $command; fi"
