# shellcheck shell=bash
# For tests/image/*.bats: the server in an empty folder that is its root directory, or as the first process of a
# namespace. As interop.bash, which is read here too.

# shellcheck source=tests/support/interop.bash
. "${BASH_SOURCE[0]%/*}/../support/interop.bash"

PATH=$PATH:/usr/sbin:/sbin

# What the server finds: how it is entered, its variables, and what is done to its root directory before (shell, "$1" is it).
as_user=(chroot --userspec=12345:12345)
# shellcheck disable=SC2034
as_root=(chroot)
enter=("${as_user[@]}")
variables=()
before=:

# enclosed OPTION...: in $work/root, which has the program and nothing else. The process becomes the server.
# shellcheck disable=SC2317,SC2016
enclosed() {
    exec env -i PATH="$PATH" "${variables[@]}" unshare -m sh -c '
        eval "$2"
        shift 2
        unset PWD
        exec "$@"' - "$work/root" "$before" "${enter[@]}" "$work/root" /nano_ssh_server "$@"
}

# Read-only; in a mount namespace of its own.
# shellcheck disable=SC2016
read_only() {
    before='mount --bind "$1" "$1" && mount -o remount,bind,ro "$1"'
}

root_make() {
    is_root || skip "needs root"
    mkdir "$work/root"
    cp "$program" "$work/root/nano_ssh_server"
    chmod 755 "$work/root" "$work/root/nano_ssh_server"
}

# a_port: sets port, which none of our servers has
a_port() {
    export port
    while :; do
        port=$((RANDOM % 20000 + 10000))
        [ -e "$work/s$port.pid" ] || return 0
    done
}

# empty_start OPTION...: in the empty folder with the keys of the test in its environment, where `variables` does not name
# others; 1 when it ended.
program=$SERVER
empty_start() {
    local own=("${variables[@]}")
    for _ in {1..20}; do
        a_port
        variables=("${own[@]}" NANO_SSH_LISTEN="127.0.0.1:$port")
        if SERVER=enclosed server_run "s$port" "$@"; then
            client_configure 127.0.0.1 "$port"
            log_from=1
            server_files=$(descriptors)
            export server_files
            variables=("${own[@]}")
            return 0
        fi
        await 5 test -s "$server.status"
        grep -q 'Address already in use' "$server.log" || break
    done
    cat "$server.log" >&2
    return 1
}

with_keys() { variables=(NANO_SSH_HOST_KEY="$(cat "$work/host_key")" NANO_SSH_AUTHORIZED_KEYS="$(cat "$work/id.pub")" "$@"); }
