#!/usr/bin/env bats
# The shell on a terminal: prompts, control-C, jobs, a terminal that vanishes.

setup() {
    load common
    folder_make
}

@test "a greeting, prompts, a command over two lines, exit" {
    run on_a_terminal <<'END'
wait This is the built-in shell, since /bin/none is not there
send cd /usr\n
wait :/usr
send echo "a\n
wait >\x20
send b"\n
wait a\r\nb
send exit 5\n
END
    equal "$output" ''
    equal "$status" 5
}

@test "an error is one line, and the prompt is back" {
    run on_a_terminal <<'END'
send )\n
wait nano-sh: syntax error near )
send eval 'echo ${x?none here}'; echo never\n
wait eval: none here
send { echo ${y?not there}; } >/dev/null\n
wait nano-sh: not there
send f() { f; }; f\n
wait nano-sh: functions nested too deeply
send echo $((1/0))\n
wait nano-sh: not a number
send echo vis''ible $?\n
wait visible 2\r\n
send exit\n
END
    equal "$output" ''
    equal "$status" 0
}

@test "control-C ends a command, a loop, a substitution, not the shell" {
    run on_a_terminal <<'END'
send sh -c 'echo g""o; exec /bin/sleep 300'\n
wait go\r\n
send \x03
send echo s''t=$?\n
wait st=130
send echo g''o; while :; do :; done\n
wait go\r\n
send \x03
send echo s''t=$?\n
wait st=130
send while :; do sh -c 'echo g""o; exec /bin/sleep 300'; done\n
wait go\r\n
send \x03
send echo s''t=$?\n
wait st=130
send echo $(echo g''o >&2; /bin/sleep 300)\n
wait go\r\n
send \x03
send echo s''t=$?\n
wait st=130
send exit 7\n
END
    equal "$output" ''
    equal "$status" 7
}

# bats test_tags=release
@test "control-C that comes just before a fork ends what is forked, too" {
    command -v strace >/dev/null || skip 'strace is not here'
    # A child takes its time to come: "go" is on the terminal long before there is a sleep.
    rm "$BATS_TEST_TMPDIR/bin/nano-sh"
    cat >"$BATS_TEST_TMPDIR/bin/nano-sh" <<END
#!/bin/bash
exec -a -nano-sh strace -f -qq -o /dev/null -e trace=fork,clone,vfork -e inject=fork,clone,vfork:delay_enter=400000 "$BOX" -
END
    chmod +x "$BATS_TEST_TMPDIR/bin/nano-sh"
    run on_a_terminal <<'END'
send echo $(echo g''o >&2; /bin/sleep 300)\n
wait go\r\n
send \x03
send echo s''t=$?\n
wait st=130
send exit 7\n
END
    equal "$output" ''
    equal "$status" 7
}

@test "stopped, to the background, to the front; a notice" {
    run on_a_terminal <<'END'
send sh -c 'echo g""o; exec /bin/sleep 300'\n
wait go\r\n
send \x1a
wait stopped
send jobs\n
wait ] stopped
send bg; jobs\n
wait ] running
send fg\n
front
send \x03
send echo s''t=$?\n
wait st=130
send (exit 3) & /bin/sleep 0.5\n
wait started
wait ended, 3
send exit 0\n
END
    equal "$output" ''
    equal "$status" 0
}

@test "modes that a killed program left behind" {
    run on_a_terminal <<'END'
send sh -c 'stty -echo raw; kill -9 $$'; stty -a; echo e''nd\n
wait \x20icanon
wait end
send exit 0\n
END
    equal "$output" ''
    equal "$status" 0
}

@test "the terminal vanishes: the shell and what it started end" {
    run on_a_terminal <<'END'
send sh -c 'echo $$ >first; exec sleep 300' & sh -c 'echo $$ >second; exec sleep 300' | cat\n
file first
file second
hang-up
gone first
gone second
END
    equal "$output" ''
    equal "$status" 129
}

@test "-i without a terminal: prompts, and lines are read plainly" {
    run bash -c 'printf "echo a\n)\necho b\n" | "$1" -i 2>&1' - "$BATS_TEST_TMPDIR/bin/nano-sh"
    like "$output" '[#$] a'$'\n'
    like "$output" 'syntax error near \)'
    like "$output" '[#$] b'$'\n'
}
