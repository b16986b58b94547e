#!/usr/bin/env bats
# With how little the server can do: port 22 without root, and root with few capabilities (packaging/systemd/confined.conf).

load ../support/interop
load ../support/services

setup_file() {
    folder_make
    ! lacks "needs root" is_root || return 0
    ! lacks "no network of one's own here" unshare -n true || return 0
    ! lacks "this build takes no passwords" has_option password-hash-file || return 0
    export allowed
    allowed=$(sed -n 's/^CapabilityBoundingSet=//p' "$packaging/systemd/confined.conf")
    # Port 22 of a network that is this file's alone.
    unshare -n sleep 1000 </dev/null >/dev/null 2>&1 3>&- &
    echo $! >"$work/net"
    await 10 alone
    inside ip link set lo up
    user_make
    printf '%s:%s\n' "$user" "$(openssl passwd -6 right)" >"$work/hashes"
    chmod 600 "$work/hashes"
}
teardown_file() {
    servers_end
    [ ! -e "$work/net" ] || kill "$(cat "$work/net")"
    folder_remove
}
setup() { skip_if_lacking; }
teardown() { [ -z "${server_pid:-}" ] || server_is_well; }

alone() { [ "$(readlink "/proc/$(cat "$work/net")/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
inside() { nsenter --net="/proc/$(cat "$work/net")/ns/net" "$@"; }
there() { inside timeout 60 ssh -F "$server.conf" "${flags[@]}" here "$@"; }

# serve NAME OPTION... -- COMMAND...: the server on port 22, started by that command
serve() {
    local name=$1 with=()
    shift
    while [ "$1" != -- ]; do
        with+=("$1")
        shift
    done
    shift
    printf '#!/bin/sh\nexec nsenter --net=/proc/%s/ns/net %s %s "$@"\n' "$(cat "$work/net")" "$*" "${program:-$SERVER}" \
        >"$work/run_$name"
    chmod 755 "$work/run_$name"
    local SERVER=$work/run_$name
    server_run "$name" --listen 127.0.0.1:22 --host-key "${key:-$work/host_key}" "${with[@]}" || {
        cat "$server.log"
        return 1
    }
    client_configure 127.0.0.1 22
    sed -i "s/User .*/User $user/" "$server.conf"
}

@test "port 22 without root: setcap cap_net_bind_service=+ep, which no session inherits" {
    needs setcap
    export program=$work/with_capability key=$work/own_key
    cp "$SERVER" "$program"
    setcap cap_net_bind_service=+ep "$program" || skip "this file system has no capabilities"
    cp "$work/host_key" "$key"
    chown "$user" "$key"
    serve capable -- "setpriv --reuid $user --regid $user --clear-groups env HOME=$work/home"
    equal "$(there 'id -un; grep CapEff /proc/self/status | tr -d "\t"')" "$user"$'\n'CapEff:0000000000000000
    equal "$(echo 'grep CapPrm /proc/self/status; exit' | there nano-sh 2>&1 | tr -d '\t' | grep -o 'CapPrm:.*')" CapPrm:0000000000000000
    server_stop
    # … and without: no port 22
    setcap -r "$program"
    server=$work/without
    run ! serve without -- "setpriv --reuid $user --regid $user --clear-groups env HOME=$work/home"
    like "$output" 'cannot listen on 127.0.0.1:22: '
    server_pid=
}

# with_rights NAME CAPABILITY...: served by root with no others
with_rights() {
    local name=$1 set=-all
    shift
    for capability; do
        capability=${capability#CAP_}
        set+=,+${capability,,}
    done
    serve "$name" --password-hash-file "$work/hashes" -- "setpriv --bounding-set $set --inh-caps -all --no-new-privs"
}

# The things a user may want, each by its name
can_log_in() { equal "$(there id -un)" "$user"; }
can_use_a_terminal() { [[ $(there -tt 'tty; stat -c %U.%a $(tty)' | tr -d '\r') == /dev/pts/*"$user.620" ]]; }
can_copy_files() { [ "$(inside sftp -q -F "$server.conf" -b <(printf 'put %s put\nls\n' "$work/id.pub") here | grep -c '^put ')" -ge 1 ]; }
can_give_a_password() {
    printf '#!/bin/sh\necho right\n' >"$work/askpass"
    chmod 755 "$work/askpass"
    local flags=(-o BatchMode=no -o PubkeyAuthentication=no -o NumberOfPasswordPrompts=1)
    SSH_ASKPASS=$work/askpass SSH_ASKPASS_REQUIRE=force can_log_in
}
can_forward() {
    local flags=(-o ExitOnForwardFailure=yes -R 127.0.0.1:7022:127.0.0.1:22 -R "$work/home/socket:127.0.0.1:22")
    like "$(there 'exec 3<>/dev/tcp/127.0.0.1/7022; head -n 1 <&3; test -S socket && echo socket')" 'SSH-2.0.*socket'
    flags=(-W 127.0.0.1:22)
    like "$(there </dev/null | head -c 20)" SSH-2.0
}
can_hang_up() { # a client that vanishes takes its program with it
    rm -f "$work/home/pid"
    nsenter --net="/proc/$(cat "$work/net")/ns/net" ssh -F "$server.conf" here 'echo $$ >pid; exec sleep 1000' 3>&- &
    local client=$! program
    await 10 test -s "$work/home/pid"
    program=$(cat "$work/home/pid")
    kill "$client"
    await 3 is_gone "$program" || {
        kill -KILL "$program"
        return 1
    }
}

@test "root with the capabilities of confined.conf: everything a login can want" {
    # shellcheck disable=SC2086
    with_rights confined $allowed
    local what
    for what in can_log_in can_use_a_terminal can_copy_files can_give_a_password can_forward can_hang_up; do
        $what || {
            echo "not with $allowed: $what"
            tail -n 5 "$server.log"
            return 1
        }
    done
    server_stop
}

@test "none of them is there for nothing" {
    local one other what
    for one in $allowed; do
        case $one in
        CAP_NET_BIND_SERVICE) continue ;; # without it nothing listens: the next test
        CAP_CHOWN) what=can_use_a_terminal ;;
        CAP_KILL) what=can_hang_up ;;
        *) what=can_log_in ;;
        esac
        other=$(printf '%s\n' $allowed | grep -vx "$one")
        # shellcheck disable=SC2086
        with_rights "no_$one" $other
        if $what 2>/dev/null; then
            echo "$what without $one"
            return 1
        fi
        server_stop || :
    done
    run ! with_rights no_port CAP_SETUID CAP_SETGID
    like "$output" 'cannot listen on 127.0.0.1:22'
    server_pid=
}
