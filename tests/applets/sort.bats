#!/usr/bin/env bats
# sort: against GNU's.

setup() {
    load common
    folder_make
    printf '10 b\n9 a\n-3 c\n+1 x\n\n 2 z\n2.5 y\n2.25 q\n9 A\n0x1 h\n10 a\n-3.5 c\n007 b\n1e3 k' >n
    printf 'root:x:0:0\nb:y:12:3\nc:x:7:100\n:::\nd\nzz:a:7:20\n' >t
    printf 'b\nA\na\nB\n_\nb\na \n a\nab\n\na\n' >w
    printf '1K\n900\n2M\n1.5M\n3G\n-2K\n0\n10k\n1T\n5\n' >h
    printf 'a\0b\na\0a\n\377\n\001\na\n' >x
}

# bats test_tags=quick
@test "sort" {
    local options file
    for file in n t w x; do
        for options in '' -r -n -nr -u -f -fu -nu -b '-k 2' '-k 2n' '-k2,2 -k1,1n' '-t : -k 2' '-t : -k 2,2' '-t: -k3,3n -k1' '-t: -k3nr' \
            '-t: -k 3,3n -k 4,4nr -u' -s '-s -k 2,2' '-sn' '-rk2' '-k2r -k1n' '-b -k2' '-k2b' '-fs'; do
            # shellcheck disable=SC2086
            alike sort $options $file
        done
    done
    alike sort -h h
    alike sort -hr h
    alike sort n t w
    alike sort n missing
    alike sort -
}

@test "sort -o, also onto what it reads, and odd options" {
    sort w >wanted
    ours sort -o w w
    cmp w wanted
    run -2 ours sort -k 0 w
    run -2 ours sort -k x w
    run -2 ours sort -t '' w
    run -2 ours sort -t ab w
}

@test "a million lines" {
    awk 'BEGIN { srand(1); for (i = 0; i < 1000000; i++) print int(rand() * 1e9), i }' >big
    is_sanitized || ulimit -v 200000
    run -0 bash -c '"$1" big | cmp - <(sort -S 10M big)' - "$(ours sort --help >/dev/null; echo "$BATS_TEST_TMPDIR/bin/sort")"
}
