#!/usr/bin/env bats
# bench/size/measure.py, by which all servers' costs are measured.

setup() {
    bats_require_minimum_version 1.5.0
    root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    SERVER=${SERVER:-$root/build/nano_ssh_server}
    export TMPDIR=$BATS_TEST_TMPDIR
}

measure() { python3 -B "$root/bench/size/measure.py" "$@"; }

# Where it works is empty, and nobody runs what was copied there.
nothing_left() {
    [ -z "$(find "$TMPDIR" -mindepth 1 -name 'nano_measure.*')" ]
    ! find /proc -maxdepth 2 -name exe -lname "$TMPDIR/*" 2>/dev/null | grep .
}

@test "four plausible numbers of our build, called by two words, and nothing left behind" {
    run --separate-stderr measure "env $SERVER" nano --logins 2 --bulk 6 --starts 3
    echo "$output $stderr"
    [ "$status" = 0 ]
    IFS=$'\t' read -r pss start login bulk too_many <<<"$output"
    [ -z "$too_many" ]
    # Who may not look into the server's process learns no PSS. Two logins are too few for more than a magnitude.
    [ "$pss" = - ] && [ "$(id -u)" != 0 ] || awk "BEGIN { exit !($pss > 50 && $pss < 10000) }"
    awk "BEGIN { exit !($start > 0.1 && $start < 5000 && $login > -20 && $login < 1000 && $bulk > 1) }"
    nothing_left
}

@test "a program that is no server, or no program" {
    printf '#!/bin/sh\necho "has no idea" >&2\nexit 3\n' >"$TMPDIR/broken"
    chmod +x "$TMPDIR/broken"
    run --separate-stderr measure "$TMPDIR/broken" nano
    [ "$status" != 0 ]
    [ -z "$output" ]
    [[ $stderr == *broken*"ended with status 3 before it listened: has no idea"* ]]
    run --separate-stderr measure "$TMPDIR/not_there" nano
    [ "$status" != 0 ]
    [[ $stderr == *not_there*"No such file or directory"* ]]
    run measure "$SERVER" telnetd
    [ "$status" = 2 ]
    nothing_left
}

@test "a server that refuses every login" {
    cat >"$TMPDIR/refuses" <<END
#!/bin/sh
exec "$SERVER" "\$@" --user nobody-at-all
END
    chmod +x "$TMPDIR/refuses"
    run --separate-stderr measure "$TMPDIR/refuses" nano
    echo "$output $stderr"
    [ "$status" != 0 ]
    [[ $stderr == *"a login failed"* ]]
    nothing_left
}

@test "ended by a signal, it ends its server" {
    python3 -B "$root/bench/size/measure.py" "$SERVER" nano >"$TMPDIR/out" 2>"$TMPDIR/err" 3>&- &
    for _ in {1..400}; do
        compgen -G "$TMPDIR/nano_measure.*/log" >/dev/null && break # the server's
        sleep 0.05
    done
    kill -TERM $!
    status=0
    wait $! || status=$?
    [ "$status" = 1 ]
    grep -q interrupted "$TMPDIR/err"
    nothing_left
}
