#!/usr/bin/env bats
# Clocks that are wrong, jump, or are past 2038 (tests/support/clock.py).

load ../support/interop

setup_file() {
    folder_make
    ssh-keygen -q -t ed25519 -N '' -f "$work/ca"
    echo 0 >"$work/offset"
    python3 -B "$root/tests/support/clock.py" "$work/offset" /bin/true || skip "no other time can be had here"
    printf '#!/bin/sh\nexec python3 -B %s %s %s "$@"\n' "$root/tests/support/clock.py" "$work/offset" "$SERVER" >"$work/server"
    chmod 755 "$work/server"
    SERVER=$work/server server_start --verbose --trusted-ca "$work/ca.pub" --idle-timeout 300 --keepalive 100
}
teardown_file() {
    [ -z "${work:-}" ] || servers_end
    folder_remove
}
setup() {
    cp "$work/id.pub" "$work/authorized_keys"
    echo 0 >"$work/offset"
    log_mark
}
teardown() {
    [ -z "${master:-}" ] || kill "$master" 2>/dev/null || true
    server_is_well
}

now_is() { echo $(($(date -d "$1" +%s) - $(date +%s))) >"$work/offset"; }
gets_in() { equal "$(client 'echo in')" in; }

# refused PATTERN
refused() {
    log_mark
    run client 'echo in'
    equal "$status" 255
    log_has "^Authentication refused for $login from .*: .*$1"
}

# certify VALIDITY: the client's only key is one that the CA has signed for this time
certify() {
    : >"$work/authorized_keys"
    cp "$work/id" "$work/id.pub" "$BATS_TEST_TMPDIR"
    ssh-keygen -q -s "$work/ca" -I id -n "$login" -V "$1" "$BATS_TEST_TMPDIR/id.pub"
    key_only "$BATS_TEST_TMPDIR/id"
}

@test "a clock that starts in 1970: keys work, what is for a time says what is the matter" {
    now_is 1970-01-02
    gets_in
    certify always:forever
    gets_in
    certify 20200101:20991231
    refused 'the clock of this machine is not set'
    certify always:20991231
    refused 'the clock of this machine is not set'
    echo "expiry-time=\"20991231Z\" $(cat "$work/id.pub")" >"$work/authorized_keys"
    key_only "$work/id"
    refused 'the clock of this machine is not set'
    echo 0 >"$work/offset"
    gets_in
}

@test "past 2038: certificates and times of keys" {
    now_is 2100-06-01
    gets_in
    certify 20380101:21000602
    gets_in
    certify 20380101:21000531
    refused 'the certificate has expired'
    certify 21000602:21000603
    refused 'the certificate is not valid yet'
    key_only "$work/id"
    echo "expiry-time=\"21000602Z\" $(cat "$work/id.pub")" >"$work/authorized_keys"
    gets_in
    echo "expiry-time=\"21000531Z\" $(cat "$work/id.pub")" >"$work/authorized_keys"
    refused 'the line has expired'
}

@test "years forward and back while it runs: what waits goes on, nothing is cut off" {
    ssh -F "$server.conf" -M -S "$work/control" -N here 3>&- &
    master=$!
    await 10 test -S "$work/control"
    for when in 2060-01-01 1970-01-02 2000-01-01 2106-01-01; do
        now_is "$when"
        equal "$(ssh -F "$server.conf" -S "$work/control" here 'echo still')" still
        gets_in
    done
    kill -0 $master
    echo 0 >"$work/offset"
    sleep 0.5
    equal "$(ssh -F "$server.conf" -S "$work/control" here 'echo still')" still
    ssh -F "$server.conf" -S "$work/control" -O exit here 2>/dev/null
    wait $master || true
    [ "$(log_lines | grep -ci 'time\(d \)\?out')" = 0 ]
}

# times_of PROGRAM: the built-in commands and SFTP with files of 2100
times_of() {
    local box=$1
    touch -d '2100-01-02 03:04:05 UTC' "$work/late" 2>/dev/null && [ "$(stat -c %Y "$work/late")" = 4102542245 ] || skip "this file system's time ends before"
    equal "$(TZ=UTC "$box" nano-sh -c "ls -l --full-time $work/late 2>/dev/null || ls -l $work/late" | grep -c 2100)" 1
    equal "$(TZ=UTC "$box" nano-sh -c "stat $work/late" | grep -c '2100-01-02 03:04:05')" 2
    "$box" nano-sh -c "cp -p $work/late $work/later; touch -r $work/late $work/later.too"
    equal "$(stat -c %Y "$work/later")" 4102542245
}

@test "past 2038: the built-in commands" {
    times_of "$SERVER"
}

@test "past 2038: files there and back by SFTP, with their times" {
    touch -d '2100-01-02 03:04:05 UTC' "$work/late"
    printf 'put -p %s %s\nget -p %s %s\n' "$work/late" "$work/late.there" "$work/late.there" "$work/late.back" |
        sftp -q -F "$server.conf" -b - here
    equal "$(stat -c %Y "$work/late.there" "$work/late.back")" $'4102542245\n4102542245'
}

@test "past 2038 with 32 bits, where the machine runs that" {
    small=$root/build/i386-full-sodium/nano_ssh_server
    [ -x "$small" ] && "$small" --version >/dev/null 2>&1 || skip "not built: make ARCH=i386"
    times_of "$small"
    printf '#!/bin/sh\nexec python3 -B %s %s %s "$@"\n' "$root/tests/support/clock.py" "$work/offset" "$small" >"$work/small"
    chmod 755 "$work/small"
    before=$server
    SERVER=$work/small server_start --trusted-ca "$work/ca.pub"
    now_is 2100-06-01
    certify 20380101:21000602
    gets_in
    certify 20380101:21000531
    run client true
    equal "$status" 255
    log_has 'the certificate has expired'
    cp "$work/id.pub" "$work/authorized_keys"
    configuration=$server.conf
    equal "$(client 'nano-sh -c "date -u +%Y-%m"')" 2100-06
    printf 'put -p %s %s\n' "$work/late" "$work/late.small" | sftp -q -F "$server.conf" -b - here
    equal "$(stat -c %Y "$work/late.small")" 4102542245
    kill -TERM "$server_pid"
    server_ended 0
    server=$before server_stopped=yes
}

@test "it ends well" {
    kill -TERM "$server_pid"
    server_ended 0
    server_stopped=yes
}
