#!/usr/bin/env bats
# mount, dmesg, uname, id, env, date, sleep, which.

setup() {
    load common
    folder_make
}

# bats test_tags=quick
@test "mount" {
    # blanks in names are as the kernel writes them
    equal "$(ours mount)" "$(sed 's/^\([^ ]*\) \([^ ]*\) \([^ ]*\) \([^ ]*\) .*/\1 on \2 type \3 (\4)/' /proc/mounts)"
    run -1 ours mount /dev/x /mnt
    equal "$output" 'mount: /dev/x: this one only lists what is mounted'
}

@test "mount: names that would drive a terminal" {
    is_root && unshare -m true 2>/dev/null || skip 'nothing can be mounted'
    mkdir $'a\e[2J b'
    ours mount >/dev/null
    unshare -m sh -c 'mount -t tmpfs none "$1" && "$2"' - "$PWD/"$'a\e[2J b' "$BATS_TEST_TMPDIR/bin/mount" >out
    run -1 grep -q $'\e' out
    grep -qF "none on $PWD/a?[2J\\040b type tmpfs (rw" out
}

@test "dmesg" {
    dmesg >wanted 2>/dev/null || skip 'the log is not for us'
    ours dmesg >out
    # something may come in between; one shows control characters as \x.., the other as ?
    grep -v '\\x' wanted | head -n 50 >a
    [ -s a ] || skip 'it is empty'
    grep -vF '?' out | head -n 50 >b
    equal "$(grep -cxFf out a)" "$(wc -l <a)"
    run -1 grep -q $'[\x01-\x08\x0b-\x1f]' out
}

@test "dmesg: refused" {
    is_root || skip 'not root'
    cp "$BOX" "$BATS_TEST_TMPDIR/bin/program"
    chmod 755 "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR/bin"
    as_other() { (cd / && setpriv --reuid=12345 --regid=12345 --clear-groups --bounding-set=-all "$@"); }
    as_other dmesg >/dev/null 2>&1 && skip 'anybody may read it'
    ln -s program "$BATS_TEST_TMPDIR/bin/dmesg"
    as_other test -x "$BATS_TEST_TMPDIR/bin/dmesg" || skip 'nobody else gets to the program here'
    run -1 as_other "$BATS_TEST_TMPDIR/bin/dmesg"
    equal "$output" "dmesg: the kernel's log: Operation not permitted"
}

# bats test_tags=quick
@test "uname" {
    for how in '' -s -n -r -v -m -o -a -sr -rs -snrvm '-m -s'; do
        # shellcheck disable=SC2086
        alike uname $how
    done
    run -2 ours uname -Z
}

# bats test_tags=quick
@test "id" {
    for how in '' -u -g -G -un -gn -Gn '-u -n'; do
        # shellcheck disable=SC2086
        alike id $how
    done
}

@test "id: many groups, and numbers without names" {
    is_root || skip 'not root'
    ours id >/dev/null
    other() { setpriv --reuid=4000000001 --regid=4000000002 --groups=1,2,4000000002,4000000003 "$@"; }
    chmod -R a+rX "$BATS_TEST_TMPDIR"
    for how in '' -G -Gn -un; do
        # shellcheck disable=SC2086
        wanted=$(cd / && other id $how 2>/dev/null) || :
        # shellcheck disable=SC2086
        got=$(cd / && other "$BATS_TEST_TMPDIR/bin/id" $how) || skip 'nobody else gets to the program here'
        equal "$got" "$wanted"
    done
}

# bats test_tags=quick
@test "env" {
    alike env -i
    alike env -i A=1 B=2
    alike env -i A=1 A=2 B= =x
    alike env -i A=1 PATH=/usr/bin:/bin env
    alike env -i A=1 PATH=/usr/bin:/bin printenv A B
    export ONE=1 TWO=2
    alike env -u ONE -u TWO sh -c 'echo "${ONE-none}${TWO-none}$THREE"'
    alike env -u ONE THREE=3 TWO=x sh -c 'echo "${ONE-none}$TWO$THREE"'
    alike env -u PATH /bin/echo x
    alike env false
    equal "$(ours env | grep -v ^_= | sort)" "$(env | grep -v ^_= | sort)"
    run -127 ours env -i PATH=/bin no-such-command
    run -2 ours env -Z
    run -2 ours env -u
    # longer than any buffer
    long=$(head -c 100000 /dev/zero | tr '\0' x)
    equal "$(ours env -i A="$long" | wc -c)" 100003
    # the new PATH is where the command is looked for
    mkdir bin
    printf '#!/bin/sh\necho found\n' >bin/special
    chmod +x bin/special
    equal "$(ours env PATH="$PWD/bin" special)" found
}

# bats test_tags=quick
@test "date" {
    for how in '' -R -I '+%F %T' +%s%% '+%a %b %d %e %F %H %j %m %M %R %S %T %Y %z %Z' '+%s.%N' '+x' '+'; do
        alike date -d @1700000000 ${how:+"$how"}
        alike date -d @951782399 ${how:+"$how"}
        TZ=CET-1CEST,M3.5.0,M10.5.0/3 alike date -d @1690000000 ${how:+"$how"}
    done
    TZ=NST3:30 alike date -u -d @1690000000 +%T%z
    now=$(ours date +%s)
    [ "$now" -ge "$(($(date +%s) - 5))" ]
    [ "$now" -le "$(date +%s)" ]
    like "$(ours date +%N)" '^[0-9]{9}$'
    run -1 ours date -d tomorrow
    equal "$output" 'date: tomorrow: not of the form @SECONDS'
    run -1 ours date -d @1x
    run -2 ours date 010101
    run -0 ours date -d @9223372036854775807
    run -1 ours date -d @9223372036854775808
}

# bats test_tags=quick
@test "sleep" {
    took() {
        local before=${EPOCHREALTIME/./}
        ours sleep "$@"
        echo $(((${EPOCHREALTIME/./} - before) / 1000))
    }
    [ "$(took 0)" -lt 1000 ]
    [ "$(took 0.2)" -ge 200 ]
    [ "$(took 0.1 0.1s 0.001m)" -ge 260 ]
    for bad in x 1x '' -1 1ss; do
        run -1 ours sleep -- "$bad"
        equal "$output" "sleep: $bad: not a time"
    done
    run -2 ours sleep
    for long in infinity 99999999999999999999 1d 5h 99999999999d; do
        run -124 timeout 0.1 "$BATS_TEST_TMPDIR/bin/sleep" $long
    done
}

# bats test_tags=quick
@test "which" {
    mkdir a b
    for folder in a b; do
        printf '#!/bin/sh\n' >$folder/special
        chmod +x $folder/special
    done
    touch a/plain
    export PATH="$PWD/a:$PWD/b:$PATH"
    alike which special
    alike which -a special
    equal "$(ours which "$PWD/b/special")" "$PWD/b/special"
    equal "$(ours which ps special)" "ps
$PWD/a/special"
    run -1 ours which plain
    equal "$output" ''
    run -1 ours which special no-such-command
    equal "$output" "$PWD/a/special"
    equal "$(ours which -a ps | head -n 1)" ps
}
