#!/usr/bin/env bats
# cp and mv.

setup() {
    load common
    folder_make
    umask 022
    mkdir -p s/d/e
    echo one >s/one
    head -c 300000 /dev/urandom >s/d/big
    ln -s ../one s/d/link
    ln -s nowhere s/dangling
    mkfifo s/pipe
    chmod 640 s/one
    chmod 4755 s/d/big
    chmod 555 s/d/e
    touch -d '2001-02-03 04:05:06' s/one s/d/big s/d/e
    touch -d '2002-02-03 04:05:06' s/d s
}

# all there is to see of a tree (-: but the times)
seen() { (cd "$1" && find . -printf "%P %y %m %U %G ${2:-%T@} %l\n" | sort && find . -type f -exec md5sum {} + | sort -k 2); }

other() { # a folder on another file system
    other=$(mktemp -d /dev/shm/nano.XXXXXX) || skip 'no /dev/shm'
    [ "$(stat -c %d "$other")" != "$(stat -c %d .)" ] || skip 'one file system'
}
teardown() { [ -z "${other:-}" ] || rm -rf "$other"; }

# bats test_tags=quick
@test "cp: a file, several, onto each other" {
    run -0 ours cp s/one copy
    cmp s/one copy
    equal "$(stat -c %a copy)" 640
    mkdir to
    run -0 ours cp s/one s/d/big to
    cmp s/d/big to/big
    equal "$(stat -c %a to/big)" 755
    run -0 ours cp s/one to/big
    cmp s/one to/big
    run -0 ours cp -p s/d/big kept
    equal "$(stat -c '%a %Y' kept)" "$(stat -c '%a %Y' s/d/big)"
    run -1 ours cp s/one s/one
    like "$output" '^cp: s/one: is where'
    ln s/one hard
    run -1 ours cp s/one hard
    equal "$(cat s/one)" one
    run -1 ours cp s/one s/d/big copy
    like "$output" '^cp: copy: Not a directory'
    run -1 ours cp s to
    like "$output" '^cp: s: Is a directory'
    run -1 ours cp missing to
    run -2 ours cp one
}

@test "cp: links are followed, or not" {
    run -0 ours cp s/d/link file
    [ -f file ] && [ ! -L file ]
    run -0 ours cp -d s/d/link copied
    equal "$(readlink copied)" ../one
    run -1 ours cp s/dangling x
    run -0 ours cp -P s/dangling x
    equal "$(readlink x)" nowhere
    ln -s s linked
    run -0 ours cp -r linked as_link
    [ -L as_link ]
    run -0 ours cp -rL linked followed
    [ -d followed/d ]
}

@test "cp -a: as it was" {
    is_root && chown 12345:54321 s/one && chown -h 1:2 s/d/link
    run -0 ours cp -a s copy
    equal "$(seen copy)" "$(seen s)"
    run -0 ours cp -a s copy
    equal "$(seen copy/s)" "$(seen s)"
    cp -r s wanted
    run -0 ours cp -r s got
    equal "$(seen got -)" "$(seen wanted -)"
    mkdir into
    run -0 ours cp -r s/. into
    run -0 ours cp -r s/d/ into
    [ -f into/one ] && [ -f into/d/big ]
}

@test "cp: not into itself" {
    run -1 ours cp -r s s/d
    like "$output" 'not copied into itself'
    [ -f s/d/s/d/big ] && [ ! -e s/d/s/d/s ]
    run -1 ours cp -r s s
    [ ! -e s/s/s ]
    run -1 ours cp -r s/. s
    like "$output" 'is where it would go to'
}

@test "cp -r: nothing at the destination is followed" {
    mkdir -p to/s outside
    echo keep >outside/one
    ln -s ../../outside to/s/d
    ln -s ../../outside/one to/s/one
    run -1 ours cp -r s to
    like "$output" 's/d: Not a directory'
    like "$output" 's/one: Too many symbolic links'
    equal "$(ls outside)" one
    equal "$(cat outside/one)" keep
    run -1 ours cp -rf s to
    equal "$(cat to/s/one outside/one)" $'one\nkeep'
}

@test "cp: special files" {
    run -0 ours cp s/one /dev/null
    [ -c /dev/null ]
    run -0 ours cp /proc/self/status status
    [ -s status ]
    run -0 ours cp /dev/null empty
    [ -f empty ] && [ ! -s empty ]
    run -0 bash -c 'echo piped | timeout 10 "$1" /dev/stdin out' - "$BATS_TEST_TMPDIR/bin/cp"
    equal "$(cat out)" piped
    run -1 ours cp s/d/big /dev/full
    like "$output" 'No space left'
}

@test "a full disk" {
    other
    is_root || skip 'needs root'
    mkdir "$other/small"
    mount -t tmpfs -o size=200k none "$other/small" || skip 'no mount'
    run ours cp s/d/big "$other/small"
    umount "$other/small"
    equal "$status" 1
    like "$output" '^cp: s/d/big: No space left on device'
}

@test "a folder of another user, files that may not be read" {
    is_root || skip 'needs root'
    chmod 600 s/one
    mkdir -m 777 to
    chmod 755 . s s/d
    ours cp --help >/dev/null
    run -1 setpriv --reuid 12345 --clear-groups "$BATS_TEST_TMPDIR/bin/cp" -a s to
    like "$output" 'cp: s/one: Permission denied'
    cmp s/d/big to/s/d/big
    equal "$(stat -c %U:%a to/s/d/big)" "$(id -nu 12345 2>/dev/null || echo UNKNOWN):755"
    run -1 setpriv --reuid 12345 --clear-groups "$BATS_TEST_TMPDIR/bin/cp" s/d/big s
    like "$output" 'Permission denied'
}

# bats test_tags=quick
@test "mv: here" {
    run -0 ours mv s/one two
    [ -f two ] && [ ! -e s/one ]
    mkdir to
    run -0 ours mv two s to
    [ -f to/two ] && [ -d to/s/d ]
    echo new >two
    run -0 ours mv -n two to
    [ -f two ] && [ ! -s to/two ] || equal "$(cat to/two)" one
    run -0 bash -c 'echo n | "$1" -i two to' - "$BATS_TEST_TMPDIR/bin/mv"
    [ -f two ]
    run -0 bash -c 'echo y | "$1" -i two to' - "$BATS_TEST_TMPDIR/bin/mv"
    equal "$(cat to/two)" new
    run -1 ours mv to to/s
    like "$output" '^mv: to: Invalid argument'
    run -1 ours mv missing x
    run -1 ours mv to/two to/s missing
    mkdir -p full/s/x
    run -1 ours mv to/s full
    like "$output" 'Directory not empty'
}

@test "mv: to another file system and back" {
    other
    cp -a s kept
    run -0 ours mv s "$other"
    [ ! -e s ]
    equal "$(seen "$other/s")" "$(seen kept)"
    run -0 ours mv "$other/s" .
    equal "$(seen s)" "$(seen kept)"
    [ ! -e "$other/s" ]
    ln -s /etc/passwd "$other/one"
    run -0 ours mv s/one "$other"
    [ ! -L "$other/one" ]
    equal "$(cat "$other/one")" one
    mkdir -p "$other/d/x"
    run -1 ours mv s/d "$other"
    like "$output" 'Directory not empty'
    [ -f s/d/big ]
}
