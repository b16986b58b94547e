#!/usr/bin/env bats
# packaging/runit under the real runsv.

load ../support/interop
load ../support/services

setup_file() {
    folder_make
    program_place
    ! lacks "runit is not installed here" command -v runsv || return 0
    ! lacks "this build has no --ready-fd" has_option ready-fd || return 0
    export PATH service=$work/nano_ssh_server
    cp -R "$packaging/runit/nano_ssh_server" "$work/"
    port_find
    echo "OPTS='--listen 127.0.0.1:$port $(usual_options)'" >"$service/conf"
    echo "LOG=$work/log" >"$service/log/conf"
    runsv "$service" </dev/null >"$work/runsv" 2>&1 3>&- &
    export runsv=$!
    await 20 sv -w 1 check "$service"
}
teardown_file() {
    [ -z "${runsv:-}" ] || {
        sv -w 10 force-shutdown "$service"
        await 10 is_gone "$runsv" || kill -KILL "$runsv"
    }
    folder_remove
}
setup() {
    skip_if_lacking
    served_by runit
    sv -w 20 start "$service"
}

pid_of() { cat "$service/supervise/pid"; }

# bats test_tags=quick
@test "sv start waits until it listens" {
    logs_in
    sv -w 20 down "$service"
    like "$(sv status "$service")" '^down: '
    sv -w 20 start "$service"
    logs_in
}

@test "the log has a date, and is svlogd's" {
    logs_in
    await 5 grep -Eq "^[0-9-]{10}T[0-9:]{8}\.[0-9]+ Accepted publickey for $login from 127\.0\.0\.1 " "$work/log/current"
}

@test "killed, it is started anew" {
    local before
    before=$(pid_of)
    kill -KILL "$before"
    await 10 another "$before"
    sv -w 20 start "$service"
    logs_in
}
another() { [ -n "$(pid_of)" ] && [ "$(pid_of)" != "$1" ]; }

@test "told to end, it ends with 0 and is gone" {
    local pid
    pid=$(pid_of)
    printf '#!/bin/sh\necho "$1" >"%s"\n' "$work/finished" >"$service/finish"
    chmod 755 "$service/finish"
    sv -w 20 down "$service"
    is_gone "$pid"
    equal "$(cat "$work/finished")" 0
    rm "$service/finish"
}
