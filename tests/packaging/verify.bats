#!/usr/bin/env bats
# make verify: what it proves of the builds that are here, and that it fails on what is something else.

bats_require_minimum_version 1.5.0

# As grep, and fails where it finds something (a mere `!` would not end a test)
lacks() { ! grep "$@"; }

setup_file() {
    root=$(cd "${BATS_TEST_FILENAME%/*}/../.." && pwd)
    export root real=$root/build/x86_64-full-sodium/nano_ssh_server
    export min=$root/build/x86_64-min-sodium/nano_ssh_server packed=$root/build/x86_64-full-sodium-packall/nano_ssh_server
}
setup() {
    [ "$(uname -m)" = x86_64 ] || skip "made for x86_64"
    cd "$BATS_TEST_TMPDIR" || return
}

verify() { run sh "$root/packaging/verify.sh" "$@"; echo "$output"; }

# fails WHAT OPTION... FILE: with status 1, for this reason (extended), and was not run before that
fails() {
    local what=$1
    shift
    verify "$@"
    [ "$status" = 1 ]
    grep -Eq "^FAIL  .*$what" <<<"$output"
    [[ ${lines[-1]} == *' checks FAILED' ]]
}
# fails_only: that alone is wrong
fails_only() {
    fails "$@"
    [ "$(grep -c ^FAIL <<<"$output")" = 1 ]
}

needs() { [ -x "$1" ] || skip "not built: ${1#"$root/"}"; }

# put FILE OFFSET BYTE...: (in octal, as printf has them)
put() {
    local file=$1 offset=$2
    shift 2
    # shellcheck disable=SC2059
    printf "$(printf '\\%s' "$@")" | dd of="$file" bs=1 seek="$offset" conv=notrunc status=none
}
# header NAME [N]: where the Nth program header of that kind begins (ELF of 64 bits)
header() { readelf -lW "$real" | awk -v name="$1" -v n="${2:-1}" '/^  [A-Z_]+ +0x/ { i++; if ($1 == name && ++k == n) print 64 + 56 * (i - 1) }'; }
copy() {
    needs "$real"
    cp "$real" copy
}

# --- what is right --------------------------------------------------------------------------------------
# bats test_tags=quick
@test "the usual build: every check, its shell too, and it starts" {
    needs "$real"
    verify "$real"
    [ "$status" = 0 ]
    for line in 'ok    no library to load' 'ok    static: no interpreter' 'ok    position-independent' 'ok    no executable stack' \
        'ok    read-only after relocation' 'ok    no symbols, no sections' 'ok    stack protector' 'ok    stack clash' \
        'ok    it starts: nano_ssh_server' 'ok    it is what was asked for' 'ok    its shell: static'; do
        grep -q "^$line" <<<"$output"
    done
    lacks -q -e ^FAIL -e '^?' <<<"$output"
}

@test "the small build, when that is asked for; not when the usual one is" {
    needs "$min"
    verify --profile min "$min"
    [ "$status" = 0 ]
    grep -q "ok .*at most $(awk '$1 == "min" { print $2 }' tests/size/budgets)" <<<"$output"
    fails_only 'asked for was .*full' "$min"
    fails_only 'asked for was .*min, OpenSSL' --profile min --crypto openssl "$min"
    fails_only 'asked for was nano_ssh_server 9.9.9' --profile min --version 9.9.9 "$min"
}

@test "what is asked for is in the name of a release's file" {
    needs "$min"
    version=$("$min" --version | sed -n '1s/^nano_ssh_server \([^ ]*\) .*/\1/p')
    cp "$min" "nano_ssh_server-$version-x86_64-min"
    verify "nano_ssh_server-$version-x86_64-min"
    [ "$status" = 0 ]
    cp "$min" "nano_ssh_server-9.0.0-x86_64-min"
    fails_only 'asked for was nano_ssh_server 9.0.0' "nano_ssh_server-9.0.0-x86_64-min"
    cp "$min" "nano_ssh_server-$version-armv7-min"
    fails_only 'for another CPU: x86_64 where armv7' "nano_ssh_server-$version-armv7-min"
}

@test "packed as a whole: the loader is what is seen, and said to be; then what it unpacks" {
    needs "$packed"
    verify "$packed"
    [ "$status" = 0 ]
    grep -q '^?  .*what is seen first is the loader' <<<"$output"
    lacks -q '^ok    stack protector' <<<"$output"
    # Only a capable root may look into it while it runs.
    grep -q -e '^ok    inside: stack protector' -e '^?  .*could not be looked into' <<<"$output"
}

@test "another CPU: what a stripped file does not show is not claimed" {
    other=$(find "$root"/build/*-full-sodium/nano_ssh_server "$root"/dist/*-armv7 2>/dev/null | grep -v -e x86_64 -e i386 | head -n 1)
    [ -n "$other" ] || skip "none is built"
    cp "$other" other
    cpu=$(readelf -hW other | grep -q AArch64 && echo aarch64 || echo "${other##*/build/}" | sed 's/-full.*//; s/.*-//')
    verify --cpu "$cpu" --size 500000 other
    [ "$status" = 0 ]
    grep -q '^?     stack protector: a stripped file' <<<"$output"
    grep -q '^?     stack clash protection' <<<"$output"
}

@test "a checksum beside it is compared" {
    copy
    sha256sum copy >SHA256SUMS
    verify copy
    [ "$status" = 0 ]
    grep -q '^ok .*SHA-256' <<<"$output"
    sed -i 's/^../00/' SHA256SUMS
    fails_only 'SHA-256' copy
    sed -i 's/copy/other/' SHA256SUMS
    fails_only 'SHA256SUMS beside it does not name it' copy
}

# --- what is wrong --------------------------------------------------------------------------------------
# bats test_tags=quick
@test "no program: missing, empty, a folder, a script, a text, a truncated one" {
    fails_only 'no such file' nothing
    : >empty
    fails_only 'no ELF file' empty
    fails_only 'not a file' .
    printf '#!/bin/sh\ntouch ran\n' >script
    chmod +x script
    fails_only 'a script' script
    echo text >text
    fails_only 'no ELF file' text
    copy
    for size in 3 19 64 300 100000 $(($(wc -c <copy) - 1)); do
        head -c "$size" copy >short
        chmod +x short
        fails '(no ELF file|damaged|truncated|no segment)' short
    done
    [ ! -e ran ]
}

@test "another CPU, another byte order" {
    copy
    put copy 18 267 # AArch64
    fails_only 'for another CPU: aarch64 where x86_64' copy
    put copy 18 050 # ARM, with 64 bits
    fails_only 'for another CPU: ELF machine 40, 64 bits' copy
    run sh "$root/packaging/verify.sh" --cpu nonsense copy
    [ "$status" = 2 ]
    printf 'int main(void) { return 0; }' >a.c
    if gcc -m32 -static -nostdlib -Wl,-e,main a.c -o small 2>/dev/null; then
        fails_only 'for another CPU: i386 where' small
    fi
}

@test "compiled otherwise: dynamic, at a fixed address, with symbols" {
    printf '#include <stdio.h>\nint main(void) { fclose(fopen("ran", "w")); puts("nano_ssh_server 0.1.0 (full, libsodium 1, x86_64)"); }' >a.c
    gcc a.c -o dynamic
    fails 'no interpreter' dynamic
    grep -q '^FAIL .*no library to load' <<<"$output"
    gcc -static -no-pie a.c -o fixed
    fails 'position-independent' fixed
    gcc -static-pie a.c -o symbols
    fails 'not stripped' symbols
    gcc -static-pie -s -z execstack a.c -o execstack 2>/dev/null
    fails 'no executable stack' execstack
    gcc -static-pie -s -z norelro a.c -o norelro
    fails 'GNU_RELRO' norelro
    [ ! -e ran ]
}

@test "one header of the real one changed: that check fails, and no other" {
    copy
    put copy $(($(header GNU_STACK) + 4)) 007
    fails_only 'no executable stack' copy
    copy
    put copy $(($(header LOAD) + 4)) 007
    fails_only 'both writable and executable' copy
    copy
    put copy "$(header GNU_RELRO)" 000 000 000 000
    fails_only 'GNU_RELRO' copy
    copy
    put copy 16 002
    fails_only 'position-independent' copy
    copy
    put copy "$(header GNU_STACK)" 000 000 000 000
    fails_only 'no executable stack' copy
    copy
    echo more >>copy
    fails_only 'behind the last segment' copy
}

@test "past its budget, or not executable" {
    needs "$real"
    fails_only 'bytes, at most 1000' --size 1000 "$real"
    copy
    chmod -x copy
    fails_only 'not executable' copy
}

@test "one whose guards were left out" {
    copy
    # The comparisons of the stack protector, all but a few made something else of the same length.
    perl -0777 -pe 's/\x64([\x48\x4c])\x2b/\x65$1\x2b/g' copy >unguarded
    chmod +x unguarded
    fails_only 'stack protector' unguarded
}

# bats test_tags=quick
@test "make verify asks for what the command line says" {
    needs "$min"
    run make -s --no-print-directory -C "$root" verify BIN="$min" PROFILE=min
    echo "$output"
    [ "$status" = 0 ]
    run make -s --no-print-directory -C "$root" verify BIN="$min"
    [ "$status" != 0 ]
    run make -s --no-print-directory -C "$root" verify BIN="$BATS_TEST_TMPDIR/nothing"
    [ "$status" != 0 ]
    [[ $output == *'no such file'* ]]
}
