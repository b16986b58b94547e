#!/usr/bin/env bats
# stat du df rm mkdir rmdir ln chmod chown touch

setup() {
    load common
    folder_make
    umask 022
}

# bats test_tags=quick
@test "stat" {
    echo text >file
    : >empty
    mkdir folder
    ln -s file link
    mkfifo pipe
    local files='file empty folder pipe'
    is_root || files=/etc/passwd # a uid without a name is shown as its number
    touch -a file empty folder pipe # whose times do not change by being looked at
    diff <(stat $files /dev/null | grep -v Birth) <(ours stat $files /dev/null)
    like "$(ours stat link)" '^  File: link -> file'
    alike stat -c %N link file
    ln -s "${files%% *}" followed
    diff <(stat -L followed | grep -v Birth) <(ours stat -L followed)
    alike stat -c '%n %s %F %a %A %U %u %G %g %i %h %X %Y %Z %x %y %z %N %D %d %t %T %f %b %B %o %%' $files /dev/null
    alike stat -c '[%10s] [%-10n] [%04a] [%.3A]' file
    alike stat -c '%q' missing
    equal "$(ours stat -c %n missing file 2>/dev/null)" file
    touch $'new\nline'
    alike stat -c %n $'new\nline'
    run -1 ours stat missing
    equal "$output" 'stat: missing: No such file or directory'
    run -2 ours stat
    run -0 ours stat -c '%' file
    run -0 ours stat -c '%99999999999999999999n%-----------------------------n%H' file
}

# bats test_tags=quick
@test "du" {
    mkdir -p t/a/b t/c
    head -c 100000 /dev/urandom >t/a/b/big
    head -c 5000 /dev/urandom >t/c/small
    ln t/a/b/big t/c/again
    ln -s big t/a/b/link
    sorted() { alike "$@" >/dev/null || { diff <("$@" | sort) <(ours "$@" | sort); }; }
    sorted du t
    for options in -s -a -h -k -c -sh -sc -x '-d 1' '-d 0' -ah; do sorted du $options t; done
    sorted du -s t/a t/c
    sorted du t/c/small
    cd t
    sorted du
    run -1 ours du missing
}

# bats test_tags=quick
@test "df" {
    busybox df -k / | tail -n 1 | awk '{ print $1, $2, $6 }' >wanted
    ours df / | tail -n 1 | awk '{ print $1, $2, $6 }' >got
    diff wanted got
    ours df | grep -q ' /$'
    ours df -h / | grep -q '[0-9][KMGT] '
    run -1 ours df missing
    equal "${lines[1]}" 'df: missing: No such file or directory'
}

@test "df where there is no /proc" {
    is_root || skip 'needs root'
    mkdir root
    cp "$BOX" root/df
    ! is_sanitized || skip 'not static'
    run -1 chroot root /df
    like "$output" 'df: /proc/mounts: No such file or directory'
    run -0 chroot root /df /
    like "${lines[1]}" '^- .* /$'
}

# bats test_tags=quick
@test "rm" {
    mkdir -p t/a/b
    touch t/a/b/f file t/$'odd\nname'
    ln -s / t/a/link
    run -1 ours rm t
    equal "$output" 'rm: t: Is a directory'
    run -0 ours rm -r t
    [ ! -e t ] && [ -d /etc ]
    run -1 ours rm missing
    run -0 ours rm -f missing
    run -0 ours rm -f
    run -2 ours rm
    for path in / // . .. ./ ../ ./. /. file/..; do
        run -1 ours rm -rf "$path"
        like "$output" 'not to be removed'
    done
    [ -f file ]
    run -0 bash -c 'echo n | "$1" -i file' - "$BATS_TEST_TMPDIR/bin/rm"
    [ -f file ]
    mkdir real
    touch real/keep
    ln -s real link
    run -0 ours rm -r link/
    [ -f real/keep ] && [ ! -L link ]
    touch -- -f
    run -0 ours rm -- -f
    [ ! -e ./-f ]
}

@test "rm: deep, wide, exchanged on the way" {
    python3 - <<'END'
import os
for i in range(800):
    os.mkdir("d" * 100); os.chdir("d" * 100)
END
    run ours rm -r ddd*
    [ "$status" = 1 ] || [ ! -e "$(printf 'd%.0s' {1..100})" ]
    rm -rf ddd*
    mkdir wide
    (cd wide && seq 3000 | xargs touch)
    run -0 ours rm -r wide
    # a folder that becomes a link all the time: what it leads to stays
    mkdir outside
    touch outside/{1..50}
    (while [ -e running ] || [ ! -e begun ]; do
        touch begun
        mkdir -p t/x
        touch t/x/{1..20} 2>/dev/null
        mv t/x t/y 2>/dev/null
        ln -s ../outside t/x 2>/dev/null
        rm -rf t/y t/x
    done) 2>/dev/null &
    exchanger=$!
    touch running
    for _ in {1..20}; do ours rm -rf t 2>/dev/null || true; done
    rm running
    wait $exchanger || true
    equal "$(ls outside | wc -l)" 50
}

@test "rm: what may not be removed" {
    is_root || skip 'needs root'
    mkdir -p t/a
    touch t/a/f
    chmod 755 t t/a
    ours rm --help >/dev/null
    run -1 setpriv --reuid 12345 --clear-groups "$BATS_TEST_TMPDIR/bin/rm" -rf t
    like "${lines[0]}" 'rm: t/a/f: Permission denied'
    [ -f t/a/f ]
}

# bats test_tags=quick
@test "mkdir and rmdir" {
    run -0 ours mkdir a b
    run -1 ours mkdir a
    equal "$output" 'mkdir: a: File exists'
    run -0 ours mkdir -p a x/y/z/ "$PWD/p/q" x//w/./v
    [ -d x/y/z ] && [ -d p/q ] && [ -d x/w/v ]
    touch file
    run -1 ours mkdir -p file
    run -1 ours mkdir -p file/x
    run -1 ours mkdir ''
    run -1 ours mkdir -p ''
    run -0 ours mkdir -m 2750 m
    equal "$(stat -c %a m)" 2750
    run -0 ours mkdir -p -m u=rwx,go= m2/n
    equal "$(stat -c %a m2 m2/n | tr '\n' ' ')" '755 700 '
    run -2 ours mkdir -m 9 bad
    run -0 ours rmdir a b m2/n/
    run -1 ours rmdir x
    equal "$output" 'rmdir: x: Directory not empty'
    run -1 ours rmdir file
    mkdir -p r/s/t
    run -0 ours rmdir -p r/s/t/
    [ ! -e r ]
    run -1 ours rmdir /
}

# bats test_tags=quick
@test "ln" {
    echo x >file
    mkdir d e
    run -0 ours ln file hard
    [ "$(stat -c %i file)" = "$(stat -c %i hard)" ]
    run -0 ours ln -s file soft
    equal "$(readlink soft)" file
    run -1 ours ln file hard
    run -1 ours ln -f file file
    [ -f file ]
    run -0 ours ln -sf other soft
    equal "$(readlink soft)" other
    run -0 ours ln -s a b d
    equal "$(readlink d/a)$(readlink d/b)" ab
    ln -s d link
    run -0 ours ln -sfn e link
    equal "$(readlink link)" e
    (cd e && ours ln -s ../file && [ -L file ])
    run -1 ours ln d hardfolder
}

@test "chmod" {
    touch f g
    mkdir d
    for mode in 0 7 755 4755 07777 u+x go-rwx a=r u=rwx,g=rx,o= +x -w =rw o=u g=u-w u+s g+s +t o+t u+rwX,go+X a+X g-s,u=g ug+w,o-r u=rwX u+x-w; do
        for start in 644 2711; do
            chmod $start f g d
            chmod "$mode" f && wanted=$(stat -c %a f)
            run -0 ours chmod "$mode" g
            [ "$(stat -c %a g)" = "$wanted" ] || { echo "$mode of $start: $(stat -c %a g), not $wanted"; false; }
        done
    done
    for mode in 8 10000 x u+ +q u 99999999999 '' ',' 'u+x,' 7x u+x+; do
        run ours chmod "$mode" f
        [ "$mode" = u+ ] || [ "$mode" = u+x+ ] || [ "$status" = 1 ] || { echo "$mode: $status"; false; }
    done
    mkdir -p t/d
    touch t/d/f t/x
    chmod 700 t/x
    mkdir out
    chmod 700 out
    ln -s ../../out t/d/link
    run -0 ours chmod -R u=rwX,go=rX t
    equal "$(cd t && stat -c %a . d d/f x | tr '\n' ' ')" '755 755 644 755 '
    equal "$(stat -c %a out)" 700
    run -1 ours chmod 644 missing
}

@test "chown" {
    touch f
    ln -s f l
    mkdir -p t/d
    ln -s ../../f t/d/l
    run -1 ours chown nobodyhere f
    equal "$output" 'chown: nobodyhere: nobody has this name'
    run -2 ours chown root
    is_root || skip 'needs root'
    for owner in 12345 nobody :nogroup nobody:nogroup 1:2 :7 daemon: root:; do
        chown 99:99 f
        chown "$owner" f && wanted=$(stat -c %u:%g f)
        chown 99:99 f
        run -0 ours chown "$owner" f
        equal "$(stat -c %u:%g f)" "$wanted"
    done
    run -0 ours chown -h 5:6 l
    equal "$(stat -c %u l f | tr '\n' ' ')" '5 0 '
    run -0 ours chown -R 8:9 t
    equal "$(stat -c %u:%g t t/d t/d/l f | tr '\n' ' ')" '8:9 8:9 8:9 0:0 '
    chmod 755 .
    run -1 setpriv --reuid 12345 --clear-groups "$BATS_TEST_TMPDIR/bin/chown" 12345 f
    like "$output" 'Operation not permitted'
}

# bats test_tags=quick
@test "touch" {
    run -0 ours touch a b
    [ -f a ] && [ -f b ]
    run -0 ours touch -c none
    [ ! -e none ]
    for date in '2020-02-29' '2020-02-29 23:59' '2020-02-29T01:02:03' @1234567890 @0; do
        run -0 ours touch -d "$date" a
        touch -d "$date" b
        equal "$(stat -c '%X %Y' a)" "$(stat -c '%X %Y' b)"
    done
    TZ=Asia/Tokyo touch -d '2024-07-01 12:00' b
    TZ=JST-9 ours touch -d '2024-07-01 12:00' a
    equal "$(stat -c %Y a)" "$(stat -c %Y b)"
    for date in '' x 2020 2020-13-01 2020-1 '2020-01-01 1' @x '2020-01-01 10:00:00 ' 99999-01-01 2020-00-01; do
        run -1 ours touch -d "$date" a
        like "$output" 'not a date'
    done
    run -0 ours touch -m -d @5 a
    run -0 ours touch -a -d @6 a
    equal "$(stat -c '%X %Y' a)" '6 5'
    run -0 ours touch -r a c
    equal "$(stat -c '%X %Y' c)" '6 5'
    run -1 ours touch missing/x
    equal "$output" 'touch: missing/x: No such file or directory'
}

@test "a read-only disk" {
    is_root || skip 'needs root'
    mkdir ro
    touch ro/f
    run -0 env SERVER="$BOX" unshare -m bash -c '
        mount -t tmpfs none ro && touch ro/f && mkdir ro/d && mount -o remount,ro ro || exit 0
        for c in "rm -r ro/d" "mkdir ro/x" "mkdir -p ro/x/y" "rmdir ro/d" "ln -s a ro/l" "chmod 700 ro/f" "chown 1 ro/f" "touch ro/n" "mv ro/f ro/g" "cp ro/f ro/h"; do
            set -- $c
            ln -sf "$SERVER" "$1"
            ./$c 2>err && { echo "$c: worked"; exit 1; }
            grep -q "Read-only file system" err || { echo "$c: $(cat err)"; exit 1; }
            [ "$(wc -l <err)" = 1 ] || { cat err; exit 1; }
        done'
}
