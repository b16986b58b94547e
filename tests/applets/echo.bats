#!/usr/bin/env bats
# echo, true, false, cat, and what all commands have in common.

setup() {
    load common
    folder_make
    ln -s "$BOX" "$BATS_TEST_TMPDIR/bin/echo"
    ln -s "$BOX" "$BATS_TEST_TMPDIR/bin/cat"
}

# bats test_tags=quick
@test "echo" {
    alike echo
    alike echo a b '' c
    alike echo -n x
    alike echo '-n' -n
}

# bats test_tags=quick
@test "true and false" {
    alike true
    alike false
}

@test "cat: files, standard input, both, none" {
    printf 'one\ntwo' >a
    head -c 300000 /dev/urandom >b
    input=a
    alike cat
    alike cat - b
    alike cat a b a
    alike cat missing a
}

@test "--help and options that are not there" {
    run ours cat --help
    equal "$status" 0
    like "$output" '^Usage: cat \[FILE'
    run ours cat -Z
    equal "$status" 2
    like "$output" '^cat: usage: cat '
}

@test "a full disk and a reader that is gone" {
    run -1 bash -c '"$1" x >/dev/full' - "$BATS_TEST_TMPDIR/bin/echo"
    equal "$output" 'echo: write error: No space left on device'
    run -0 bash -c 'set -o pipefail; { "$1" "$2"; [ $? = 141 ]; } | head -c 1' - "$BATS_TEST_TMPDIR/bin/cat" /dev/zero
}

@test "the program itself may be told to be the shell" {
    run "$SERVER" nano-sh --help
    equal "$status" 0
    like "$output" '^Usage: nano-sh'
}
