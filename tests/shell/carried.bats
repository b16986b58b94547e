#!/usr/bin/env bats
# The shell that the server carries: unpacked in memory, the very file that was packed.
# bats file_tags=release

setup() {
    load ../applets/common
    folder_make
}

# bats test_tags=quick
@test "it is the file that was packed" {
    "$SERVER" nano-sh -c "cat /proc/self/exe" | cmp - "$BOX"
}

# bats test_tags=quick
@test "it has neither an interpreter nor anything to load" {
    run readelf -lhW "$BOX"
    like "$output" 'Type: +DYN'
    like "$output" GNU_RELRO
    [[ ! $output =~ INTERP|NEEDED ]]
}

@test "nothing but the three descriptors goes along" {
    run python3 -c 'import os, sys; os.closerange(3, 1024); os.execv(sys.argv[1], sys.argv[1:])' "$SERVER" nano-sh -c "exec ls /proc/self/fd"
    equal "${lines[*]}" '0 1 2 3'
}

@test "by its name, too" {
    ln -s "$SERVER" "$BATS_TEST_TMPDIR/nano-sh"
    equal "$("$BATS_TEST_TMPDIR/nano-sh" -c 'echo a b')" 'a b'
}

# As if there were no memfd_create(): in a root directory of its own, with folders as it takes them.
in_an_old_kernel() {
    cp "$SERVER" server
    output=$(python3 "$root/tests/support/refuse.py" memfd_create 38 . /server nano-sh -c "$1" 2>&1) && status=0 || status=$?
    [ "$status" != 77 ] || skip "neither a filter nor another root directory here"
}

@test "where memory cannot be executed, from a file that is gone at once" {
    mkdir tmp
    in_an_old_kernel 'echo in; echo /tmp/*'
    [ "$output" = $'in\n/tmp/*' ]
}

@test "where no file can be either it is said" {
    in_an_old_kernel 'echo x'
    [ "$status" = 127 ]
    like "$output" 'cannot be run here'
}
