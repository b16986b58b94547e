#!/bin/sh
# make demo: the image, looked at and run. Shows what is in it, starts an app without a shell, and the server beside it as tightly
# as can be, with a key made for this in its environment; logs in, and takes all of it away again.
#
#   packaging/demo.sh build/nano_ssh_server.oci.tar          a few commands
#   packaging/demo.sh build/nano_ssh_server.oci.tar login    a login of one's own (make demo LOGIN=yes)
#
# It listens on a free port of 127.0.0.1. PODMAN_FLAGS and PODMAN_RUN_FLAGS: see podman.sh.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=podman.sh
. "$here/podman.sh"
archive=$1 how=${2:-}

die() {
    printf 'make demo: %s\n' "$*" >&2
    exit 1
}
bold='' plain=''
[ ! -t 1 ] || bold=$(printf '\033[1m') plain=$(printf '\033[0m')
title() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }

work=$(mktemp -d "${TMPDIR:-/tmp}/nano_demo.XXXXXX")
cleanup() {
    rm -rf "$work"
    podman_stop
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# --- what is in it -----------------------------------------------------------------------------------------
title "The image: $archive, $(($(wc -c <"$archive"))) bytes"
mkdir "$work/oci"
tar -xf "$archive" -C "$work/oci"
blobs=$work/oci/blobs/sha256
of() { sed 's/[,{]/\n/g' "$1" | sed -n 's/^"digest":"sha256:\([0-9a-f]*\)".*/\1/p'; }
manifest=$blobs/$(of "$work/oci/index.json")
# shellcheck disable=SC2046  # the configuration's, then those of the layers
set -- $(of "$manifest")
config=$blobs/$1
shift
for layer; do
    echo "layer, $(wc -c <"$blobs/$layer") bytes packed:"
    tar -tvf "$blobs/$layer"
done
echo "manifest and configuration, $(cat "$manifest" "$config" | wc -c) bytes:"
cat "$config"
echo

# --- how it runs -------------------------------------------------------------------------------------------
podman_start "$archive" || die "$podman_why"
ssh-keygen -q -t ed25519 -N '' -C demo -f "$work/id"
ssh-keygen -q -t ed25519 -N '' -C host -f "$work/host_key"

title 'An app, in a container of its own, without a shell or a tool'
echo "this file is the app's" >"$work/app.conf"
chmod 755 "$work"
pod_run --detach --name app --read-only --cap-drop all --volume "$work/app.conf:/etc/app.conf:ro" \
    --entrypoint '["/nano_ssh_server", "nano-sh", "-c", "sleep 100000"]' "$podman_image" >/dev/null
pod ps --format '{{.Names}}: {{.Status}}'

title 'The server beside it: read-only, no capabilities, the app'"'"'s processes; what it knows is in its environment'
tries=0
while :; do
    port=$(awk 'BEGIN { srand(); print 10000 + int(rand() * 20000) }')
    pod_run --detach --name demo --pid container:app --read-only --cap-drop all --security-opt no-new-privileges \
        --env NANO_SSH_LISTEN="127.0.0.1:$port" --env NANO_SSH_AUTHORIZED_KEYS="$(cat "$work/id.pub")" \
        --env NANO_SSH_HOST_KEY="$(cat "$work/host_key")" "$podman_image" >/dev/null
    waited=0
    until pod logs demo 2>&1 | grep -q 'listening on'; do
        waited=$((waited + 1))
        if [ "$waited" = 50 ] || [ "$(pod inspect --format '{{.State.Status}}' demo)" != running ]; then
            break
        fi
        sleep 0.1
    done
    pod logs demo >"$work/log" 2>&1
    ! grep -q 'listening on' "$work/log" || break
    tries=$((tries + 1))
    if [ $tries = 5 ] || ! grep -q 'Address already in use' "$work/log"; then
        die "it does not listen: $(tail -n 1 "$work/log")"
    fi
    pod rm --force demo >/dev/null
    sleep 1 # another second, another port
done
cat "$work/log"

# --- a login -----------------------------------------------------------------------------------------------
echo "demo $(cut -d ' ' -f 1,2 "$work/host_key.pub")" >"$work/known_hosts"
cat >"$work/config" <<END
Host demo
    HostName 127.0.0.1
    Port $port
    User user
    HostKeyAlias demo
    UserKnownHostsFile $work/known_hosts
    IdentityFile $work/id
    IdentitiesOnly yes
    IdentityAgent none
    LogLevel ERROR
END
# there COMMAND: printed as typed, and run on the other side
there() {
    printf "%s\$ ssh demo '%s'%s\n" "$bold" "$1" "$plain"
    ssh -F "$work/config" demo "$1" </dev/null 2>&1 || echo "(status $?)"
}
title 'One logs in'
if [ "$how" = login ]; then
    ssh -F "$work/config" -t demo || :
else
    # shellcheck disable=SC2016  # for the other side
    for command in 'id' 'ls -l /' 'ps' 'cat /proc/1/root/etc/app.conf' 'grep open /proc/1/limits' 'mount | head -n 3' \
        'for i in 1 2 3; do echo "round $i"; done' 'echo x >/file'; do
        there "$command"
    done
    printf '%s$ scp demo:/proc/1/root/etc/app.conf .%s\n' "$bold" "$plain"
    scp -q -F "$work/config" demo:/proc/1/root/etc/app.conf "$work/fetched"
    cat "$work/fetched"
fi

title 'It is told to end'
began=$(date +%s)
pod stop --time 10 demo >/dev/null
echo "exit status $(pod inspect --format '{{.State.ExitCode}}' demo), within $(($(date +%s) - began + 1)) s"
