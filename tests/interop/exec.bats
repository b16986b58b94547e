#!/usr/bin/env bats
# Commands without a terminal: output, status, input, environment, descriptors.

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

# bats test_tags=quick
@test "a command's output and its status 0" {
    run client 'echo hello'
    equal "$status" 0
    equal "$output" hello
}

# bats test_tags=quick
@test "standard output and standard error stay apart" {
    run --separate-stderr client 'echo out; echo err >&2'
    equal "$output" out
    equal "$stderr" err
}

# bats test_tags=quick
@test "exit statuses 1, 3 and 255" {
    for code in 1 3 255; do
        run client "exit $code"
        equal "$status" $code
    done
}

@test "a command that does not exist: 127" {
    run -127 client 'exec /nonexistent/program'
}

@test "a command killed by a signal: the client is told which" {
    run client -v 'kill -KILL $$'
    equal "$status" 255
    flags=(-v)
    run client 'kill -TERM $$'
    like "$output" 'exit-signal'
}

@test "a signal's name reaches the client" {
    flags=(-vv)
    for name in TERM KILL SEGV USR1; do
        run client "kill -$name \$\$"
        equal "$status" 255
        like "$output" "rtype exit-signal"
    done
}

# bats test_tags=quick
@test "the end of input reaches the program, and what follows it comes back" {
    printf 'one\ntwo' >"$BATS_TEST_TMPDIR/in"
    run client 'cat; echo; echo end' <"$BATS_TEST_TMPDIR/in"
    equal "$output" $'one\ntwo\nend'
    equal "$status" 0
}

@test "no input at all (ssh -n)" {
    flags=(-n)
    run client 'cat; echo end'
    equal "$output" end
}

@test "output ends before the program does: the status still comes" {
    run client 'echo out; exec >&- 2>&-; sleep 0.5; exit 7'
    equal "$status" 7
    equal "$output" out
}

@test "a program that closes its output early while input keeps coming" {
    run bash -c 'head -c 3000000 /dev/zero | timeout 60 ssh -F "$1" here "exec >&- 2>&-; wc -c >/dev/null; exit 5"' - "$server.conf"
    equal "$status" 5
}

@test "a program that closes its input early does not stop the rest" {
    run bash -c 'head -c 3000000 /dev/zero | timeout 60 ssh -F "$1" here "exec <&-; sleep 0.3; echo still here; exit 4"' - "$server.conf"
    equal "$status" 4
    equal "$output" 'still here'
}

@test "a program that exits without reading a large input" {
    run bash -c 'head -c 30000000 /dev/zero | timeout 60 ssh -F "$1" here "exit 6"' - "$server.conf"
    equal "$status" 6
}

# OpenSSH's client tells only a server that is called OpenSSH that its output is closed, so a program
# like yes would go on.
@test "head closes the pipe: the rest of the output is taken and dropped" {
    run bash -c 'timeout 30 ssh -F "$1" here "seq 1 3000000; exit 9" | head -n 3; exit ${PIPESTATUS[0]}' - "$server.conf"
    equal "$output" $'1\n2\n3'
    [ "$status" != 124 ]
    at_rest_soon 5
}

@test "a background program that keeps the output open holds the session, as with sshd" {
    SECONDS=0
    run client 'sleep 2 & echo started; exit 3'
    equal "$status" 3
    equal "$output" started
    [ $SECONDS -ge 1 ]
}

@test "a background program with its own output does not hold the session" {
    SECONDS=0
    run client 'nohup sleep 60 >/dev/null 2>&1 & echo started $!'
    like "$output" '^started [0-9]+$'
    [ $SECONDS -le 30 ]
    kill "${output#* }"
}

# What a supervisor gave the server (systemd does) would be every user's.
@test "each session has kernel keys of its own" {
    [ "$(uname -m)" = x86_64 ] || skip "made for x86_64"
    cat >"$work/keyring" <<'END'
import ctypes, os, sys
keyctl = lambda *words: ctypes.CDLL(None).syscall(250, *words)
if len(sys.argv) > 1:
    keyctl(1, None)
    os.execv(sys.argv[1], sys.argv[1:])
print(keyctl(0, -3, 0))
END
    [ "$(python3 "$work/keyring")" != -1 ] || skip "this kernel has none"
    printf '#!/bin/sh\nexec python3 %s/keyring %s "$@"\n' "$work" "$SERVER" >"$work/with_keys"
    chmod 755 "$work/with_keys"
    SERVER=$work/with_keys server_start
    first=$(client python3 "$work/keyring") second=$(client python3 "$work/keyring")
    server_stop
    like "$first $second" '^[0-9]+ [0-9]+$'
    [ "$first" != "$second" ]
}

@test "the environment is the user's, as sshd makes it" {
    run client env
    home=$(getent passwd "$login" | cut -d : -f 6)
    shell=$(getent passwd "$login" | cut -d : -f 7)
    like "$output" "(^|"$'\n'")USER=$login("$'\n'"|$)"
    like "$output" "LOGNAME=$login"
    like "$output" "HOME=$home"
    like "$output" "SHELL=${shell:-/bin/sh}"
    like "$output" "PATH=[^"$'\n'"]*/usr/bin"
    like "$output" "SSH_CLIENT=127.0.0.1 [0-9]+ $port("$'\n'"|$)"
    like "$output" "SSH_CONNECTION=127.0.0.1 [0-9]+ 127.0.0.1 $port("$'\n'"|$)"
    [[ $output != *SSH_TTY* ]]
    [[ $output != *ASAN_OPTIONS* ]]
}

# bats test_tags=env
@test "LANG and LC_* come along, nothing else does" {
    export LANG=C.UTF-8 LC_TEST='a b=c' FOO=bar LD_PRELOAD_X=x
    flags=(-o 'SendEnv=LANG LC_* FOO LD_PRELOAD_X')
    run client 'echo "$LANG|$LC_TEST|$FOO|$LD_PRELOAD_X"'
    equal "$output" 'C.UTF-8|a b=c||'
}

# bats test_tags=env
@test "more variables than are accepted do no harm" {
    for i in {1..90}; do export "LC_V$i=value$i"; done
    run client 'echo "$LC_V1 $(env | grep -c ^LC_V)"'
    equal "$status" 0
    like "$output" '^value1 [0-9]+$'
}

@test "the program starts in the home directory" {
    run client pwd
    equal "$output" "$(getent passwd "$login" | cut -d : -f 6)"
}

# bats test_tags=quick
@test "the program has descriptors 0, 1 and 2 and no other" {
    run client 'readlink /proc/$$/fd/*; :' # the shell itself: a command may open more
    equal "${#lines[@]}" 3
}

@test "the program has default signals, none of them blocked or ignored" {
    run client 'exec cat /proc/self/status'
    like "$output" 'SigBlk:.0000000000000000.SigIgn:.[0-9a-f]+.SigCgt:.0000000000000000'
    # 32 to 34 belong to libc, which lets nobody set them; make's children have them ignored.
    ignored=$(sed -n 's/^SigIgn:.//p' <<<"$output")
    equal $((16#$ignored & ~0x380000000)) 0
}

@test "the program's limit of open files is not the server's raised one" {
    run client 'ulimit -Sn'
    equal "$output" "$(ulimit -Sn)"
}

@test "the program leads a session and a process group of its own" {
    run client 'ps -o pid=,pgid=,sid= -p $$'
    read -r pid pgid sid <<<"$output"
    equal "$pid $pid" "$pgid $sid"
}

@test "a command of 30,000 bytes" {
    long=$(printf 'x%.0s' {1..30000})
    run client "echo ${long}y | wc -c"
    equal "$output" 30002
}

@test "a command with quotes, newlines, control and UTF-8 characters" {
    run client $'printf %s \'a "b" \\n\nzwei – drei\t\''
    equal "$output" $'a "b" \\n\nzwei – drei\t'
}

@test "a subsystem that is not there is refused" {
    flags=(-s)
    run client none
    [ "$status" != 0 ]
    like "$output" 'subsystem request failed'
}

@test "at the end: nothing is left behind" {
    at_rest_soon 5
    server_stop
}
