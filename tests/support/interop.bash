# shellcheck shell=bash
# For tests/interop/*.bats: a server of one's own on a free port, in a folder of one's own.
#
# $SERVER is the program under test. setup_file calls folder_make and server_start; every test may
# start more servers. The last test of a file, and teardown_file, call server_stop, which fails when
# the server ended badly or left something behind.

root=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
SERVER=${SERVER:-$root/build/nano_ssh_server}
case $SERVER in
/*) ;;
*) SERVER=$root/$SERVER ;;
esac

# Sanitizers' reports go to files, because a child's standard error is the peer's.
bats_require_minimum_version 1.5.0
unset SSH_AUTH_SOCK SSH_ASKPASS DISPLAY NANO_SSH_{LISTEN,CALL_HOME,HOST_KEY,AUTHORIZED_KEYS,TRUSTED_CA,USER}

is_root() { [ "$(id -u)" = 0 ]; }
has_option() { "$SERVER" --help | grep -q -- "--$1"; } # what its profile has not, it does not speak of
is_sanitized() { case $SERVER in */asan/*) true ;; *) false ;; esac }

# --- folder and keys --------------------------------------------------------------------------------

# Sets work, login; makes a client key and its authorized_keys.
folder_make() {
    work=$(mktemp -d "${TMPDIR:-/tmp}/nano_interop.XXXXXX")
    login=$(id -un)
    export work login
    chmod 755 "$work" # the child that looks up keys is another user
    mkdir -m 1777 "$work/reports"
    ssh-keygen -q -t ed25519 -N '' -C test -f "$work/id"
    cp "$work/id.pub" "$work/authorized_keys"
    chmod 600 "$work/authorized_keys"
    ssh-keygen -q -t ed25519 -N '' -C host -f "$work/host_key"
}

folder_remove() {
    if [ -n "${work:-}" ]; then
        user_remove
        rm -rf "$work"
    fi
}

# --- servers ----------------------------------------------------------------------------------------

# server_run NAME OPTION...: without a port or a key of its own; returns when it is ready (0) or has
# ended (1). Sets server (its files' prefix) and server_pid.
server_run() {
    server=$work/$1
    export server server_pid
    shift
    rm -f "$server".*
    mkfifo "$server.ready"
    local ready_fd=(--ready-fd 9)
    has_option ready-fd || ready_fd=()
    # The middle process waits for the server, whose status a test cannot ask for by itself.
    (
        ASAN_OPTIONS=log_path=$work/reports/report:abort_on_error=0:detect_leaks=0 \
            UBSAN_OPTIONS=log_path=$work/reports/report:print_stacktrace=1 \
            "$SERVER" "${ready_fd[@]}" "$@" 9>"$server.ready" &
        echo $! >"$server.pid"
        status=0
        wait $! || status=$?
        echo $status >"$server.part"
        mv "$server.part" "$server.status"
    ) </dev/null >"$server.out" 2>"$server.log" 3>&- 4>&- &
    local ready=0
    if [ ${#ready_fd[@]} = 2 ]; then
        read -rt 20 _ <"$server.ready" || ready=1
    else
        : <"$server.ready" # who writes to it waits for this
        await 20 grep -q 'Server listening' "$server.log" || ready=1
    fi
    until [ -s "$server.pid" ]; do sleep 0.01; done
    server_pid=$(cat "$server.pid")
    return $ready
}

# server_start OPTION...: on a free port of 127.0.0.1, with the test's keys unless others are given. Sets port and the ssh
# configuration $server.conf beside what server_run sets.
server_start() {
    local host_key=(--host-key "$work/host_key")
    case " $* " in
    *' --host-key '*) host_key=() ;;
    esac
    export port
    for _ in {1..20}; do
        port=$((RANDOM % 20000 + 10000)) # below what the system gives to clients
        [ ! -e "$work/s$port.pid" ] || continue # one of ours, whose files would be lost
        if server_run "s$port" --listen "127.0.0.1:$port" "${host_key[@]}" \
            --authorized-keys "$work/authorized_keys" "$@"; then
            client_configure 127.0.0.1 "$port"
            log_from=1
            server_files=$(descriptors)
            export server_files
            return 0
        fi
        await 5 test -s "$server.status"
        grep -q 'Address already in use' "$server.log" || break
    done
    cat "$server.log" >&2
    return 1
}

# Where it runs no more; fails unless it ended with status 0 and left nothing.
server_stop() {
    local children='' bad=0
    server_stopped=yes
    kill -0 "$server_pid" 2>/dev/null && await 5 no_children || children=$(ps --ppid "$server_pid" -o pid=,stat=,args=)
    kill -TERM "$server_pid" 2>/dev/null || true
    server_ended 0 || bad=1
    if [ -n "$children" ]; then
        echo "children left: $children"
        bad=1
    fi
    return $bad
}

# For teardown_file: ends every server of the folder, whatever happened.
servers_end() {
    local file
    for file in "$work"/*.pid; do
        [ -e "${file%.pid}.status" ] && continue
        kill -KILL "$(cat "$file")" 2>/dev/null
        await 2 test -e "${file%.pid}.status"
    done
    return 0
}

# server_ended STATUS: waits for its end, of its own or by a signal just sent.
server_ended() {
    if ! await 10 test -s "$server.status"; then
        echo "the server has not ended"
        return 1
    fi
    [ "$(cat "$server.status")" = "$1" ] || {
        echo "the server ended with status $(cat "$server.status") instead of $1:"
        tail -n 20 "$server.log"
        return 1
    }
    no_reports
}

# For tests that read what the server's process has: it lets nobody look but a capable root.
may_look() { cat "/proc/$server_pid/maps" >/dev/null 2>&1 || skip "the server's process may not be looked into here"; }
has_ipv6() { grep -q '^0\{31\}1 ' /proc/net/if_inet6 2>/dev/null || skip "this system has no IPv6"; }

no_children() { [ -z "$(ps --ppid "$server_pid" -o pid=)" ]; }
descriptors() { find "/proc/$server_pid/fd" -mindepth 1 2>/dev/null | wc -l; }
is_at_rest() { no_children && [ "$(descriptors)" -le "$server_files" ]; }

# at_rest_soon SECONDS: what is still there is named when it is not.
at_rest_soon() {
    await "$1" is_at_rest && return
    echo "not at rest: $(descriptors) descriptors instead of $server_files, and the children"
    ps --ppid "$server_pid" -o pid,pgid,stat,etimes,args
    ls -l "/proc/$server_pid/fd"
    tail -n 20 "$server.log"
    return 1
}

no_reports() {
    local file
    for file in "$work"/reports/*; do
        [ -s "$file" ] || continue
        cat "$file"
        return 1
    done
    ! grep -E 'runtime error|Sanitizer|stack smashing' "$server.log"
}

# For every teardown: it still runs, and no sanitizer has said anything.
server_is_well() {
    no_reports || return 1
    [ -n "${server_stopped:-}" ] || kill -0 "$server_pid" 2>/dev/null || {
        echo "the server has ended:"
        tail -n 20 "$server.log"
        return 1
    }
}

# --- waiting and looking ----------------------------------------------------------------------------

# await SECONDS COMMAND...: until it succeeds.
await() {
    local end=$((SECONDS + $1 + 1))
    shift
    until "$@"; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.02
    done
}

# What the log says from here on.
log_mark() { log_from=$(($(wc -l <"$server.log") + 1)); }
log_lines() { tail -n "+${log_from:-1}" "$server.log"; }
log_matches() { log_lines | grep -Eq -e "$1"; }

# log_has PATTERN (extended): comes within some seconds.
log_has() {
    await 5 log_matches "$1" || {
        echo "not in the log: $1"
        log_lines
        return 1
    }
}

# equal GOT WANTED
equal() {
    [ "$1" = "$2" ] || {
        printf 'got:    %q\nwanted: %q\n' "$1" "$2"
        return 1
    }
}

# like GOT PATTERN (extended)
like() {
    [[ $1 =~ $2 ]] || {
        printf 'got:     %q\npattern: %s\n' "$1" "$2"
        return 1
    }
}

is_gone() { ! kill -0 "$1" 2>/dev/null; }

# --- clients ----------------------------------------------------------------------------------------

client_configure() { # HOST PORT
    echo "here $(cut -d ' ' -f 1,2 "$work/host_key.pub")" >"$work/known_hosts"
    cat >"$server.conf" <<END
Host *
    HostName $1
    Port $2
    HostKeyAlias here
    User $login
    IdentityFile $work/id
    IdentitiesOnly yes
    IdentityAgent none
    UserKnownHostsFile $work/known_hosts
    GlobalKnownHostsFile /dev/null
    StrictHostKeyChecking yes
    UpdateHostKeys no
    BatchMode yes
    LogLevel ERROR
    ConnectTimeout 10
    SendEnv LANG LC_*
END
}

# client OPTION... COMMAND: as OpenSSH's ssh, to the server started last; no input unless given.
client() { timeout 60 "${ssh:-ssh}" -F "${configuration:-$server.conf}" "${flags[@]}" here "$@"; }
flags=()

# newer NAME: sets newer, where that client of deps/clients.sh is; skips where it is not.
newer() {
    newer=$root/build/clients/$1
    [ -d "$newer" ] || skip "$(cat "$newer.missing" 2>/dev/null || echo "deps/clients.sh has not been run")"
}

# From here on client is this machine's own OpenSSH, or the newer one.
openssh_own() { ssh=ssh; }
openssh_newer() {
    newer openssh
    ssh=$newer/bin/ssh
    export SSH_SK_HELPER=$newer/lib/openssh/ssh-sk-helper
}

# For FIDO keys without a token.
sk_provider=$root/build/host/tests/clients/sk
needs_sk() { [ -e "$sk_provider" ] || skip "not built: ${sk_provider#"$root/"}"; }

# offered WHAT: the binary's algorithms, of a line of --version ("kex", "host keys", …)
offered() { "$SERVER" --version | sed -n "s/^$1: *//p"; }

# key_only FILE: the client offers this key instead of the right one.
key_only() {
    configuration=$BATS_TEST_TMPDIR/ssh.conf
    sed "s,IdentityFile .*,IdentityFile $1," "$server.conf" >"$configuration"
}

# --- files ------------------------------------------------------------------------------------------

# tree FOLDER: files of many sizes and modes, an empty folder; all of one age, or `same` could not compare
tree() {
    local size
    mkdir -p "$1/a/b" "$1/empty"
    for size in 0 1 100 4096 32768 32769 261120 261121 700000; do
        head -c $size /dev/urandom >"$1/a/b/$size"
    done
    printf 'text\n' >"$1/a/with space"
    chmod 751 "$1/a/with space"
    chmod 700 "$1/empty"
    find "$1" -exec touch -h -d @1000000000 {} +
}

listed() { (cd "$1" && find . -printf '%y %m %T@ %P\0' | sort -z | tr '\0' '\n'); }

# same FOLDER FOLDER: in content, modes and times
same() { diff -r "$1" "$2" && equal "$(listed "$2")" "$(listed "$1")"; }

size_of() { stat -c %s "$1" 2>/dev/null || echo 0; }
has_grown() { [ "$(size_of "$1")" -ge "$2" ]; } # FILE SIZE

# small_disk FOLDER SIZE: a file system that is soon full; for teardown, small_disk_end
small_disk() {
    is_root || skip "needs root"
    mkdir -p "$1"
    mount -t tmpfs -o "size=$2" none "$1" 2>/dev/null || skip "cannot mount here"
    small_disk=$1
}
small_disk_end() { [ -z "${small_disk:-}" ] || umount -l "$small_disk"; }

# --- an unprivileged user of this test's own (root only) ------------------------------------------------

user_make() {
    is_root || skip "needs root"
    user=nt$BASHPID$RANDOM
    export user
    echo "$user" >>"$work/users" # for folder_remove, should the test not come to its end
    # Other suites add users at the same time, and the files are locked.
    await 10 useradd --no-create-home --home-dir "$work/home" --shell /bin/bash "$user"
    mkdir -p "$work/home/.ssh"
    cp "$work/id.pub" "$work/home/.ssh/authorized_keys"
    chown -R "$user" "$work/home"
    chmod 700 "$work/home/.ssh"
    chmod 600 "$work/home/.ssh/authorized_keys"
}

# Forced: a process that is just ending would be a reason not to.
user_remove() {
    local name
    [ -e "$work/users" ] || return 0
    while read -r name; do
        if getent passwd "$name" >/dev/null; then
            await 10 userdel -f "$name" 2>/dev/null || echo "user $name stays"
        fi
    done <"$work/users"
    rm -f "$work/users"
}

# --- the Python client --------------------------------------------------------------------------------

# script ARGUMENT... <<'END': Python with tests/support/ssh.py, and here, user, key, pid to start with
script() {
    {
        cat <<END
import os, signal, socket, sys, time
from ssh import *
here, user, key, pid = ("127.0.0.1", ${port:-0}), "$login", Key("$work/id"), ${server_pid:-0}
work, log = "$work", "$server.log"
END
        cat
    } | PYTHONPATH=$root/tests/support timeout 180 python3 -B - "$@"
}

# --- budgets ------------------------------------------------------------------------------------------

budget() { awk -v name="$1" '$1 == name { print $2 }' "$root/tests/budget"; }

# within NAME GOT: prints both
within() {
    echo "# $1: $2 of $(budget "$1")" >&3
    [ "$2" -le "$(budget "$1")" ] || {
        echo "$1: $2 is more than $(budget "$1")"
        return 1
    }
}
