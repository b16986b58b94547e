#!/usr/bin/env bats
# NANO_SSH_*: what a container gives instead of files and options.

load ../support/interop

setup_file() { folder_make; }
teardown_file() {
    servers_end
    folder_remove
}
setup() {
    host_key=$(cat "$work/host_key")
}
teardown() { server_is_well; }

# start OPTION...: without any of its own but --ready-fd; what the test exported is all it has.
start() {
    for _ in {1..20}; do
        export port=$((RANDOM % 20000 + 10000))
        [ ! -e "$work/s$port.pid" ] || continue
        if NANO_SSH_LISTEN=127.0.0.1:$port server_run "s$port" "$@"; then
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

# bats test_tags=quick
@test "all from the environment; the key's text is gone from it" {
    export NANO_SSH_HOST_KEY=$host_key NANO_SSH_USER=$login
    NANO_SSH_AUTHORIZED_KEYS=$(cat "$work/id.pub")
    export NANO_SSH_AUTHORIZED_KEYS
    start --verbose
    run client 'env; echo in'
    like "$output" 'in$'
    equal "$(grep -c NANO_SSH <<<"$output" || true)" 0
    log_has "Key found for $login from .*: NANO_SSH_AUTHORIZED_KEYS:1$"
    may_look
    equal "$(tr '\0\n' '  ' <"/proc/$server_pid/environ" | grep -caF -e "$(sed -n 3p "$work/host_key")" || true)" 0
    run -255 client -l nobody true
    server_stop
}

@test "a host key's line ends: as they are, as \\n, as blanks, with a carriage return" {
    for text in "$host_key" "${host_key//$'\n'/\\n}" "${host_key//$'\n'/\\n}\\n" "${host_key//$'\n'/ }" "${host_key//$'\n'/$'\r\n'}"; do
        NANO_SSH_HOST_KEY=$text run "$SERVER" --check
        equal "$status" 0
        like "$output" "Host key ED25519 $(ssh-keygen -lf "$work/host_key" | cut -d ' ' -f 2 | sed 's,[+],\\+,g')"
    done
    server_stopped=yes
}

@test "a host key that is none: the line names the variable and tells nothing of it" {
    ssh-keygen -q -t ed25519 -N secret -f "$BATS_TEST_TMPDIR/encrypted"
    for text in x /run/secrets/host_key '\' '\n' "${host_key:0:200}" "${host_key/b3Bl/b3Bm}" \
        "$(cat "$BATS_TEST_TMPDIR/encrypted")" "$(head -c 100000 /dev/zero | tr '\0' A)"; do
        NANO_SSH_HOST_KEY=$text run "$SERVER" --check
        equal "$status" 1
        like "$output" '^host key NANO_SSH_HOST_KEY refused: [a-z]'
        equal "${#lines[@]}" 1
        [ ${#output} -lt 200 ]
    done
    server_stopped=yes
}

@test "an option goes before its variable; an empty variable is none" {
    export NANO_SSH_HOST_KEY=x NANO_SSH_AUTHORIZED_KEYS='' NANO_SSH_USER=nobody NANO_SSH_TRUSTED_CA=''
    start -r "$work/host_key" -a "$work/authorized_keys" -u "$login" --verbose
    client true
    log_has "Key found for .*: $work/authorized_keys:1$"
    may_look
    equal "$(tr '\0' '\n' <"/proc/$server_pid/environ" | grep -a HOST_KEY=)" NANO_SSH_HOST_KEY=
    server_stop
    NANO_SSH_LISTEN=nonsense run "$SERVER" -p also-nonsense -r "$work/host_key"
    equal "$status" 1
    like "$output" '"also-nonsense"'
    NANO_SSH_LISTEN=nonsense run "$SERVER" -r "$work/host_key"
    equal "$status" 1
    like "$output" '"nonsense" .*NANO_SSH_LISTEN'
}

@test "authorized keys: lines with options, comments, authorities, mistakes" {
    ssh-keygen -q -t ed25519 -N '' -f "$BATS_TEST_TMPDIR/second"
    ssh-keygen -q -t ed25519 -N '' -f "$BATS_TEST_TMPDIR/ca"
    ssh-keygen -q -t ed25519 -N '' -f "$BATS_TEST_TMPDIR/third"
    ssh-keygen -q -s "$BATS_TEST_TMPDIR/ca" -I of-ca -n "$login" "$BATS_TEST_TMPDIR/third.pub"
    export NANO_SSH_HOST_KEY=$host_key
    # shellcheck disable=SC2089
    NANO_SSH_AUTHORIZED_KEYS="# a comment

command=\"printf 'forced\\n'\",restrict $(cat "$work/id.pub")
nonsense=1 $(cat "$BATS_TEST_TMPDIR/second.pub")
$(head -c 9000 /dev/zero | tr '\0' x)
cert-authority $(cat "$BATS_TEST_TMPDIR/ca.pub")"
    # shellcheck disable=SC2090
    export NANO_SSH_AUTHORIZED_KEYS
    start --verbose
    equal "$(client 'echo mine')" forced
    log_has 'NANO_SSH_AUTHORIZED_KEYS:3$'
    key_only "$BATS_TEST_TMPDIR/third"
    equal "$(client 'echo by certificate')" 'by certificate'
    log_has 'NANO_SSH_AUTHORIZED_KEYS:6$'
    key_only "$BATS_TEST_TMPDIR/second"
    run -255 client true
    log_has 'NANO_SSH_AUTHORIZED_KEYS:(4|5): '
    server_stop
}

@test "a trusted CA as text" {
    ssh-keygen -q -t ed25519 -N '' -f "$BATS_TEST_TMPDIR/ca"
    ssh-keygen -q -t ed25519 -N '' -f "$BATS_TEST_TMPDIR/user"
    ssh-keygen -q -s "$BATS_TEST_TMPDIR/ca" -I of-ca -n "$login" "$BATS_TEST_TMPDIR/user.pub"
    export NANO_SSH_HOST_KEY=$host_key
    NANO_SSH_TRUSTED_CA=$(cat "$work/id.pub" "$BATS_TEST_TMPDIR/ca.pub")
    export NANO_SSH_TRUSTED_CA
    start --verbose -a "$work/none"
    key_only "$BATS_TEST_TMPDIR/user"
    client true
    log_has 'NANO_SSH_TRUSTED_CA:2$'
    key_only "$work/id" # the CA's own key is no user's
    run -255 client true
    server_stop
}

@test "authorized keys of 100 KB" {
    export NANO_SSH_HOST_KEY=$host_key
    NANO_SSH_AUTHORIZED_KEYS=$(for i in {1..1200}; do echo "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI$i nobody"; done)$'\n'$(cat "$work/id.pub")
    export NANO_SSH_AUTHORIZED_KEYS
    start --verbose
    client true
    log_has 'NANO_SSH_AUTHORIZED_KEYS:1201$'
    server_stop
}

@test "a host key that is another's, as a mounted secret: read, but not one that others may write" {
    is_root || skip "needs root"
    key=$BATS_TEST_TMPDIR/key
    cp "$work/host_key" "$key"
    chmod 755 "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR/.." "$BATS_TEST_TMPDIR/../.." 2>/dev/null
    cp "$SERVER" "$BATS_TEST_TMPDIR/server"
    for mode in 440 444 460 446; do
        chgrp 54321 "$key"
        chmod $mode "$key"
        run setpriv --reuid 54321 --regid 54321 --clear-groups "$BATS_TEST_TMPDIR/server" --check -r "$key"
        case $mode in
        44[04]) equal "$status" 0 ;;
        *)
            equal "$status" 1
            like "$output" 'others may read or write it'
            ;;
        esac
    done
    server_stopped=yes
}
