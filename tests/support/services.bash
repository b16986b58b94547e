# shellcheck shell=bash disable=SC2034,SC2154
# For tests/packaging/*.bats, after interop.bash: the server as a service of somebody else's.

packaging=$root/packaging

# As an installed one is found: by its name.
program_place() {
    mkdir -p "$work/bin"
    ln -sf "$SERVER" "$work/bin/nano_ssh_server"
    PATH=$work/bin:$PATH
}

# lacks REASON COMMAND...: true where COMMAND fails. For setup_file, where this bats knows no skip: each test does, by setup's
# skip_if_lacking.
lacks() {
    ! "${@:2}" >/dev/null 2>&1 || return 1
    export lacking=$1
}
skip_if_lacking() { [ -z "${lacking:-}" ] || skip "$lacking"; }

needs() { command -v "$1" >/dev/null || skip "$1 is not installed here"; }

# Sets port: one that nobody listens on now.
port_find() {
    export port
    for _ in {1..50}; do
        port=$((RANDOM % 20000 + 10000))
        (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || return 0
    done
    return 1
}

# What a service of these tests is started with, beside --listen
usual_options() { echo "--host-key $work/host_key --authorized-keys $work/authorized_keys"; }

# served_by NAME: the client's configuration for what listens on $port, whoever started it
served_by() {
    server=$work/$1
    export server
    client_configure 127.0.0.1 "$port"
}

logs_in() { equal "$(client 'echo in')" in; }

# Makes $work/dev, and SERVER one that has it as /dev; fails where that is not allowed.
own_dev_make() {
    is_root || return 1
    mkdir -p "$work/dev/pts"
    local file
    for file in null zero urandom random tty ptmx; do
        : >"$work/dev/$file"
    done
    # shellcheck disable=SC2016
    cat >"$work/server_own_dev" <<END
#!/bin/sh
exec unshare -m sh -c '
    for file in null zero urandom random tty ptmx; do
        mount --bind "/dev/\$file" "$work/dev/\$file" || exit 99
    done
    mount --rbind /dev/pts "$work/dev/pts" && mount --rbind "$work/dev" /dev && exec "\$@"' sh "$SERVER" "\$@"
END
    chmod 755 "$work/server_own_dev"
    "$work/server_own_dev" --version >/dev/null || return 1
    SERVER=$work/server_own_dev
}

# dev_log_start / dev_log_stop: who listens at this /dev/log; what came is in $work/syslog.
dev_log_start() {
    : >"$work/syslog"
    python3 -B "$root/tests/support/dev_log.py" "$work/dev/log" "$work/syslog" 3>&- &
    dev_log_pid=$!
    echo "$dev_log_pid" >"$work/dev_log_pid"
    await 10 grep -q ready "$work/syslog"
}
dev_log_stop() {
    [ -e "$work/dev_log_pid" ] || return 0
    kill "$(cat "$work/dev_log_pid")" 2>/dev/null
    rm -f "$work/dev_log_pid"
}
syslog_has() {
    await 5 grep -Eq -e "$1" "$work/syslog" || {
        echo "not in syslog: $1"
        cat "$work/syslog"
        return 1
    }
}
