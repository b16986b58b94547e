#!/usr/bin/env bats
# packaging/s6 under the real s6-svscan: readiness, restart, log, stop.

load ../support/interop
load ../support/services

setup_file() {
    folder_make
    program_place
    ! lacks "s6 is not installed here" command -v s6-svscan || return 0
    ! lacks "this build has no --ready-fd" has_option ready-fd || return 0
    export PATH services=$work/services service=$work/services/nano_ssh_server
    mkdir "$services"
    cp -R "$packaging/s6/nano_ssh_server" "$services/"
    port_find
    echo "OPTS='--listen 127.0.0.1:$port $(usual_options)'" >"$service/conf"
    echo "LOG=$work/log" >"$service/log/conf"
    s6-svscan "$services" </dev/null >"$work/svscan" 2>&1 3>&- &
    export svscan=$!
    await 20 s6-svok "$service"
    s6-svwait -U -t 20000 "$service"
}
teardown_file() {
    [ -z "${svscan:-}" ] || {
        s6-svscanctl -t "$services"
        await 10 is_gone "$svscan" || kill -KILL "$svscan"
    }
    folder_remove
}
setup() {
    skip_if_lacking
    served_by s6
}

pid_of() { s6-svstat -o pid "$service"; }

# bats test_tags=quick
@test "ready is when it listens" {
    logs_in
    equal "$(s6-svstat -o up,ready "$service")" 'true true'
    s6-svc -wd -d "$service"
    s6-svc -wU -T 20000 -u "$service"
    logs_in # at once
}

@test "the log has a date, and is s6-log's" {
    logs_in
    await 5 grep -Eq "^[0-9-]{10} [0-9:]{8}\.[0-9]+  Accepted publickey for $login from 127\.0\.0\.1 " "$work/log/current"
}

@test "killed, it is started anew" {
    local before
    before=$(pid_of)
    kill -KILL "$before"
    await 10 another "$before"
    s6-svwait -U -t 20000 "$service"
    logs_in
}
another() { [ "$(pid_of)" != "$1" ] && [ "$(pid_of)" != -1 ]; }

@test "told to end, it ends with 0, its sessions with it, and nothing is left" {
    local pid session
    pid=$(pid_of)
    client 'echo $$; exec sleep 1000' >"$work/session" 3>&- &
    await 10 test -s "$work/session"
    session=$(cat "$work/session")
    s6-svc -wD -T 10000 -d "$service"
    equal "$(s6-svstat -o exitcode "$service")" 0
    is_gone "$pid"
    await 5 is_gone "$session"
    wait
    s6-svc -wU -T 20000 -u "$service"
    logs_in
}

@test "options that are wrong are not tried again" {
    local other=$services/other
    mkdir "$work/other"
    cp "$packaging/s6/nano_ssh_server/"[!l]* "$work/other/"
    echo "OPTS=--nonsense" >"$work/other/conf"
    mv "$work/other" "$other"
    s6-svscanctl -a "$services"
    await 10 s6-svok "$other"
    await 10 stays_down "$other"
}
stays_down() { equal "$(s6-svstat -o up,wantedup,exitcode "$1")" 'false false 2' >/dev/null; }
