#!/usr/bin/env bats
# tail: against GNU's, and following.

setup() {
    load common
    folder_make
    printf 'one\ntwo\n\nfour\nfive' >a
    seq 1 50000 >b
    : >empty
    input=b
    ours tail --help >/dev/null
    tail=$BATS_TEST_TMPDIR/bin/tail
}
teardown() { [ -z "${pid:-}" ] || kill "$pid" 2>/dev/null || true; }

# bats test_tags=quick
@test "tail" {
    local options
    while read -r options; do
        # shellcheck disable=SC2086
        alike tail $options
        # shellcheck disable=SC2086
        cmp <(cat b | ours tail ${options%% [ab]*}) <(cat b | tail ${options%% [ab]*})
    done <<'END'

-n 3
-3
-n 0
-n +1
-n +3
-n +0
-n +49999
-n +60000
-n 49999
-n 60000
-c 10
-c 0
-c +1
-c +10
-c 100000
-c +288890
-c 9999999999
-n 3 a
-n 4 a
-n 5 a
-n 9 a
-n +2 a
-n +9 a
-c 3 a b
-q -n 1 a b
-v -n 1 a
-n 1 a b empty missing
empty
/proc/version
END
}

@test "the end of a large file is not looked for at its beginning" {
    truncate -s 3T sparse
    printf 'x\nlast\n' >>sparse
    run -0 ours tail -n 1 sparse
    equal "$output" last
}

# shown N: waits until the output has so many lines
shown() {
    for _ in $(seq 200); do
        [ "$(wc -l <out)" -lt "$1" ] || return 0
        sleep 0.05
    done
    cat out
    return 1
}

@test "following: more, and from the start again when it was cut" {
    printf 'x\n' >f
    "$tail" -f f >out 2>errors &
    pid=$!
    shown 1
    echo y >>f
    shown 2
    echo z >f
    shown 3
    equal "$(cat out)" $'x\ny\nz'
    like "$(cat errors)" 'f: file truncated$'
}

@test "following several, by name" {
    echo 1 >f
    "$tail" -F f g >out 2>errors &
    pid=$!
    shown 2
    echo 2 >g
    shown 5
    echo 3 >new
    mv new f
    shown 8
    equal "$(cat out)" $'==> f <==\n1\n\n==> g <==\n2\n\n==> f <==\n3'
}

@test "following ends with its reader" {
    echo x >f
    run -0 timeout 20 bash -c '"$1" -f f | head -n 1' - "$tail"
    equal "$output" x
}
