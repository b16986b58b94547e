#!/usr/bin/env bats
# head, wc, hexdump, uniq, tee, xargs, sha256sum: against the machine's own.

setup() {
    load common
    folder_make
    printf 'one\ntwo\n\nfour  five\nsix' >a
    seq 1 2000 >b
    : >empty
    head -c 70000 /dev/urandom >c
    printf 'x\nx\nX\ny\ny\ny\nz\n\n\nx' >u
    input=b
}

# each NAME: alike for every line of standard input, split at blanks
each() {
    local line
    while read -r line; do
        # shellcheck disable=SC2086
        alike ${line:?} || return
    done
}

# bats test_tags=quick
@test "head" {
    each <<'END'
head
head -n 3
head -3
head -n 0 a
head -n 1k a b
head -c 5 a
head -c 65537 c
head -c5 a b empty
head -q a b
head -v a
head a b empty missing -
head -n 1 missing
END
}

@test "head: no number" {
    run -1 ours head -n x a
    equal "$output" 'head: x: not a number that fits here'
    run -1 ours head -n 99999999999999999999 a
}

# bats test_tags=quick
@test "wc" {
    AS=busybox each <<'END'
wc a
wc
wc -l
wc -l a
wc -w a
wc -c a
wc -lc a
wc empty
wc -lc c
wc a b missing
wc -l a b -
END
}

# bats test_tags=quick
@test "uniq" {
    each <<'END'
uniq u
uniq -c u
uniq -d u
uniq -u u
uniq -i u
uniq -ci u
uniq -cd u
uniq empty
uniq -c empty
uniq missing
END
    ours uniq -c u out
    diff out <(uniq -c u)
    head -c 1000000 /dev/zero | tr '\0' x >long
    cat long >>long2
    printf '\n' >>long2
    cat long >>long2
    run -0 ours uniq -c long2
    equal "${output:0:9}" '      2 x'
}

# bats test_tags=quick
@test "hexdump" {
    head -c 100 /dev/zero >zeros
    AS=busybox each <<'END'
hexdump a
hexdump -C a
hexdump -C empty
hexdump -C zeros
hexdump zeros
hexdump -v zeros
hexdump -Cv zeros a
hexdump a zeros
hexdump c
hexdump -C c
hexdump -n 5 c
hexdump -C -n 33 c
hexdump -C -s 5 -n 20 c
hexdump -C -s 69990 c
END
    diff <(ours cat c | ours hexdump -C -s 1000) <(hexdump_of c 1000)
}
hexdump_of() { ours hexdump -C -s "$2" "$1"; }

# bats test_tags=quick
@test "tee" {
    run -0 bash -c '"$1" x y <a >z' - "$(command_of tee)"
    cmp a x && cmp a y && cmp a z
    ours tee -a x <b >/dev/null
    cat a b | cmp - x
    run -1 bash -c '"$1" /dev/full x <c 2>errors | cmp - c || exit 9; exit "${PIPESTATUS[0]}"' - "$(command_of tee)"
    cmp x c
    equal "$(cat errors)" 'tee: /dev/full: No space left on device'
    run -1 ours tee no/such <a
}
command_of() {
    ours "$1" --help >/dev/null
    echo "$BATS_TEST_TMPDIR/bin/$1"
}

# bats test_tags=quick
@test "xargs" {
    printf 'a b "c d"  e\\ f '"'g\"h'"'\n\n  i\n' >w
    printf 'a b\0c\n\0\0d' >z
    printf '  one two\nthree "x"\n' >lines
    input=w
    each <<'END'
xargs
xargs -n 2
xargs -n1 printf %s,
xargs -t -n 3
xargs false
xargs -r echo x
xargs no-such-program-here
xargs cat
END
    input=empty
    alike xargs
    alike xargs -r echo x
    alike xargs echo a
    input=z
    alike xargs -0 -n1 printf '[%s]'
    alike xargs -0 printf '[%s]'
    input=lines
    alike xargs -I % echo 'a%b%' x %
    alike xargs -I {} printf '[%s]' {}
    input=b
    alike xargs
    alike xargs -n 1500 echo
    alike xargs -n 700 sh -c 'exit 7'
    for code in 0 1 125 255; do
        alike xargs sh -c "exit $code" sh
    done
    alike xargs sh -c 'kill -9 $$' sh
}

@test "xargs: many words are several commands, several at a time, and what is wrong" {
    seq 1 100000 >many
    run -0 bash -c '"$1" <many echo | tr " " "\n" | cmp - many' - "$(command_of xargs)"
    run -0 bash -c '"$1" <many -P 4 -n 20000 echo | wc -w' - "$(command_of xargs)"
    equal "$output" 100000
    run -123 bash -c 'seq 8 | "$1" -P 3 -n 1 sh -c "[ \$0 != 5 ]"' - "$(command_of xargs)"
    run -1 bash -c 'echo "a \"b" | "$1"' - "$(command_of xargs)"
    like "$output" 'xargs: unmatched quote$'
    run -1 bash -c 'head -c 300000 /dev/zero | tr "\0" x | "$1"' - "$(command_of xargs)"
    equal "$output" 'xargs: too long'
}

# bats test_tags=quick
@test "sha256sum" {
    each <<'END'
sha256sum a b c empty
sha256sum
sha256sum a missing b
sha256sum -
END
    sha256sum a b c >good
    sed 's/  / */' good >stars
    sed '2s/^./x/' good >odd
    sed '2s/^..../0000/' good >bad
    sed 's/  a/  missing/' good >gone
    echo hello >nothing
    { cat bad; echo; echo x; } >several
    printf '%s  a\r\n' x >>odd
    tr a-f A-F <good | sed 's/  A/  a/;s/  B/  b/;s/  C/  c/' >capitals
    for list in good stars odd bad gone nothing several capitals; do
        alike sha256sum -c $list
        diff <(ours sha256sum -c $list 2>&1 | grep WARN) <(sha256sum -c $list 2>&1 | grep WARN)
    done
    alike sha256sum -c good bad
    run -1 ours sha256sum -c -s bad
    equal "$output" 'sha256sum: WARNING: 1 computed checksum did NOT match'
}

@test "long lines and readers that are gone" {
    head -c 1500000 /dev/zero | tr '\0' y >long
    for command in 'head -n 1' 'tail -n 1' 'sort' 'uniq' 'wc -c' 'sed s/y$/z/' 'grep -c y'; do
        # shellcheck disable=SC2086
        alike $command long
    done
    for command in 'head -n 100000000' 'uniq -u' 'sed p' 'grep 5' 'tail -n +1'; do
        # shellcheck disable=SC2086
        set -- $command
        ours "$1" --help >/dev/null
        run -141 bash -c 'seq 1000000000 | "$@" | head -c 1; exit "${PIPESTATUS[1]}"' - "$BATS_TEST_TMPDIR/bin/$1" "${@:2}"
    done
}
