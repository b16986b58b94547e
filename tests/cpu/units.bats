#!/usr/bin/env bats
# The unit tests of the pure rooms on another CPU, by way of qemu:
#
#   CPU=mips bats tests/cpu/units.bats      after make ARCH=mips cpu-units
#   SHORT=yes CPU=mips bats …               without four that take longer than all others
#
# Made of the release's objects, so that the other byte order and the other width are those of the code that is shipped.

bats_require_minimum_version 1.5.0
load ../support/interop
load emulator

arch=${CPU:-}
unit=$root/build/$arch-full-sodium/unit/tests

setup_file() {
    [ -n "$arch" ] || skip "CPU= says which"
    [ -d "$unit" ] || skip "not built: $arch"
    emulator=$(emulator "$unit/base/wire_test")
    export emulator
    [ -z "$emulator" ] || command -v "$emulator" >/dev/null || skip "$emulator is not here"
}

# Every test program of a room; what each says is only of interest when it fails.
room() {
    local failed=0 n=0
    cd "$root" || return
    for program in "$unit/$1"/*_test; do
        [[ -z ${SHORT:-} || ! $program =~ /(malformed|messages|owner|close)_test$ ]] || continue
        n=$((n + 1))
        # shellcheck disable=SC2086  # no word where there is no need
        run timeout -k 5 100 $emulator "$program"
        [ "$status" != 0 ] || continue
        failed=1
        echo "${program##*/}: $status"
        grep -v '^ok' <<<"$output" || :
    done
    equal "$failed" 0
    [ $n != 0 ]
}

@test "base" { room base; }
@test "box" { room box; }
@test "crypto" { room crypto; }
@test "transport" { room transport; }
@test "auth" { room auth; }
@test "connection" { room connection; }
@test "session" { room session; }
@test "sftp" { room sftp; }
