#!/usr/bin/env bats
# Terminals: sizes, modes, the login shell, signals, hang-up.

load ../support/interop

setup_file() {
    folder_make
    server_start --verbose
}
teardown_file() {
    servers_end
    folder_remove
}
teardown() { server_is_well; }

# on_terminal ROWS COLUMNS SSH-ARGUMENT...: the play comes on standard input
on_terminal() {
    local rows=$1 columns=$2
    shift 2
    python3 "$root/tests/support/terminal.py" "$rows" "$columns" ssh -F "$server.conf" "$@"
}

# bats test_tags=quick
@test "a command on a terminal: name, size, TERM and SSH_TTY" {
    export TERM=xterm-256color
    run on_terminal 41 123 -t here 'tty; stty size; echo "$TERM $SSH_TTY"; exit 7' </dev/null
    equal "$status" 7
    tty=${lines[0]}
    like "$tty" '^/dev/pts/[0-9]+$'
    equal "${lines[1]}" '41 123'
    equal "${lines[2]}" "xterm-256color $tty"
}

@test "the terminal belongs to the user, and nobody else writes to it" {
    run on_terminal 24 80 -t here 'stat -c "%U %a" $(tty)' </dev/null
    like "${lines[0]}" "^$login 6[02]0$" # only root may hand it over as sshd does: 620
    if is_root; then equal "${lines[0]}" "$login 620"; fi
}

@test "all three standard descriptors are the terminal, which is the controlling one" {
    run on_terminal 24 80 -t here 'readlink /proc/$$/fd/*; ps -o tty= -p $$; :' </dev/null
    equal "${lines[0]} ${lines[1]}" "${lines[1]} ${lines[2]}"
    equal "/dev/${lines[3]// /}" "${lines[0]}"
    equal "${#lines[@]}" 4
}

@test "the client's terminal modes arrive" {
    run on_terminal 24 80 -t here 'stty -a' </dev/null
    like "$output" ' echo '
    like "$output" ' icanon '
    cat >"$BATS_TEST_TMPDIR/odd" <<END
stty -echo -ixon -icrnl kill ^X intr ^Y eof undef tostop
ssh -F $server.conf -t here 'stty -a'
END
    run python3 "$root/tests/support/terminal.py" 24 80 sh "$BATS_TEST_TMPDIR/odd" </dev/null
    for mode in -echo -ixon -icrnl 'kill = \^X' 'intr = \^Y' 'eof = <undef>' tostop; do
        like "$output" "${mode}[ ;"$'\n'"]"
    done
}

@test "a new size reaches the program, with SIGWINCH" {
    run on_terminal 24 80 -t here 'trap "stty size; exit 3" WINCH; echo ready; while :; do sleep 0.05; done' <<'END'
wait ready
size 50 132
wait 50 132
END
    equal "$status" 3
}

# bats test_tags=quick
@test "a login shell: its name begins with a dash, and it ends with its status" {
    run on_terminal 24 80 here <<'END'
wait [#$]
send echo "<$0>"\n
wait <-[a-z]+>
send exit 5\n
END
    equal "$status" 5
}

@test "a login shell without a terminal reads commands from its input" {
    run bash -c 'echo "echo \"\$0 on \$(tty)\"; exit 4" | timeout 20 ssh -F "$1" -T here' - "$server.conf"
    equal "$status" 4
    like "$output" '-[a-z]+ on not a tty'
}

@test "control-C interrupts the program, control-D ends its input" {
    run on_terminal 24 80 -t here 'trap "echo interrupted" INT; sh -c "echo ready; exec sleep 60"; echo "sleep ended $?"; cat; exit 6' <<'END'
wait ready
send \x03
wait interrupted
wait sleep ended
send abc\n
wait abc
send \x04
END
    equal "$status" 6
}

@test "job control: control-Z stops a program, fg goes on" {
    run on_terminal 24 80 here <<'END'
wait [#$]
send set -m; cat\n
sleep 0.3
send \x1a
wait [Ss]topped
send fg\n
sleep 0.2
send again\n
wait again
wait again
send \x04
send exit 0\n
END
    equal "$status" 0
}

@test "much output on a terminal comes whole" {
    run on_terminal 24 80 -tt here 'stty -opost; seq 1 200000 | tee /dev/stderr 2>/dev/null | sha256sum >/dev/null; seq 1 200000' </dev/null
    equal "$(grep -cE '^[0-9]+$' <<<"$output")" 200000
    like "$output" '200000'
}

@test "much output right before the end is not lost" {
    for _ in 1 2 3 4 5; do
        run on_terminal 24 80 -tt here 'stty -opost; head -c 300000 /dev/zero | tr "\0" x; echo; echo last' </dev/null
        like "$output" 'last'
        [ ${#output} -ge 300000 ]
    done
}

@test "two terminals on one connection are different ones" {
    flags=(-o ControlMaster=auto -o ControlPath="$BATS_TEST_TMPDIR/c" -o ControlPersist=yes)
    client true
    chmod 777 "$BATS_TEST_TMPDIR"
    on_terminal 24 80 "${flags[@]}" -tt here \
        "tty >'$BATS_TEST_TMPDIR/first'; until [ -e '$BATS_TEST_TMPDIR/go' ]; do sleep 0.1; done" </dev/null >/dev/null &
    await 10 test -s "$BATS_TEST_TMPDIR/first"
    second=$(on_terminal 24 80 "${flags[@]}" -tt here 'tty' </dev/null | head -n 1)
    touch "$BATS_TEST_TMPDIR/go"
    wait $!
    first=$(cat "$BATS_TEST_TMPDIR/first")
    flags+=(-O exit)
    client 2>/dev/null
    like "$first $second" '^/dev/pts/[0-9]+ /dev/pts/[0-9]+$'
    [ "$first" != "$second" ]
}

@test "the client's end hangs up the terminal: SIGHUP for the foreground, no process stays" {
    local mark=$BATS_TEST_TMPDIR/mark
    run on_terminal 24 80 -tt here "trap 'echo hup >$mark; exit' HUP; echo ready; while :; do sleep 0.05; done" <<'END'
wait ready
hup
END
    await 5 test -s "$mark"
    equal "$(cat "$mark")" hup
    at_rest_soon 5
}

@test "a background program does not hold a terminal's session open" {
    SECONDS=0
    run on_terminal 24 80 -tt here 'sleep 60 & echo started $!' </dev/null
    [ $SECONDS -le 30 ]
    like "$output" 'started [0-9]+'
    output=${output##*started }
    kill "${output%%[!0-9]*}" 2>/dev/null || true # if the terminal's end was not its own
}

# Others have terminals, too, and let go of them.
ptys_at_most() { [ "$(cat /proc/sys/kernel/pty/nr)" -le "$1" ]; }

@test "terminals go back when they are not needed" {
    before=$(cat /proc/sys/kernel/pty/nr)
    for _ in 1 2 3; do on_terminal 24 80 -tt here true </dev/null; done
    at_rest_soon 5
    await 60 ptys_at_most "$before"
}

@test "at the end: nothing is left behind" {
    at_rest_soon 5
    server_stop
}
