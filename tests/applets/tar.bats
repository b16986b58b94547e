#!/usr/bin/env bats
# tar, to and from GNU's, busybox's and Python's, and what an archive must not do.

setup() {
    load common
    folder_make
    umask 022
    ours tar --help >/dev/null
    tar=$BATS_TEST_TMPDIR/bin/tar
}

tree() {
    mkdir -p s/a/b s/empty
    echo hi >s/a/f
    ln -s f s/a/link
    ln s/a/f s/a/hard
    mkfifo s/pipe
    head -c 100001 /dev/urandom >s/big
    : >s/none
    chmod 755 s/big
    ! is_root || chmod 4755 s/big # others get no such files from archives
    chmod 550 s/a/b
    find s -exec touch -h -d '2020-01-02 03:04:05' {} +
}
long() { # names that do not fit into a header
    n=$(printf 'x%.0s' {1..150})
    mkdir -p "s/$n.d/$n/$n"
    echo long >"s/$n.d/$n/$n/$n"
    ln -s "$n/$n" s/longlink
    ln "s/$n.d/$n/$n/$n" s/longhard
    find s -exec touch -h -d '2020-01-02 03:04:05' {} +
}
seen() { (cd "$1" && find . -printf "%P %y %m %U %G %T@ %n %l\n" | sort && find . -type f -exec md5sum {} + | sort -k 2); }
unpacked() { # COMMAND...: what it makes of standard input is what s is
    rm -rf o
    mkdir o
    (cd o && "$@") && diff <(seen s) <(seen o/s)
}

# bats test_tags=quick
@test "to ourselves, to GNU's and from it" {
    tree
    long
    "$tar" cf - s >ours.tar
    tar cf theirs.tar --format=gnu s
    unpacked "$tar" xpf - <ours.tar
    unpacked tar xpf - <ours.tar
    unpacked "$tar" xpf ../theirs.tar
    tar cf theirs.tar --format=posix s
    unpacked "$tar" -x -p -f ../theirs.tar
    diff <(tar tvf ours.tar --numeric-owner --utc) <("$tar" tvf ours.tar)
    diff <(tar tf ours.tar) <("$tar" -t <ours.tar)
    "$tar" -cvf again.tar s >names
    cmp ours.tar again.tar
    diff names <(tar tf ours.tar)
}

@test "to busybox's and from it" {
    tree
    "$tar" cf - s >ours.tar
    (rm -rf o && mkdir o && cd o && busybox tar xpf ../ours.tar)
    diff <(seen s | sed 's/^\([^ ]* [dl] [0-9]* [0-9]* [0-9]*\) [0-9.]*/\1/') <(seen o/s | sed 's/^\([^ ]* [dl] [0-9]* [0-9]* [0-9]*\) [0-9.]*/\1/')
    busybox tar cf theirs.tar s
    unpacked "$tar" xpf ../theirs.tar
}

@test "to Python's and from it" {
    tree
    long
    "$tar" cf ours.tar s
    for format in PAX GNU; do
        python3 - $format <<'END'
import sys, tarfile
with tarfile.open("theirs.tar", "w", format=getattr(tarfile, sys.argv[1] + "_FORMAT")) as t: t.add("s")
theirs = [(m.name, m.type, m.mode, m.size, m.mtime, m.linkname, m.uid) for m in tarfile.open("theirs.tar")]
ours = [(m.name, m.type, m.mode, m.size, m.mtime, m.linkname, m.uid) for m in tarfile.open("ours.tar")]
key = lambda m: (m[0], m[2], m[4], m[6])
assert sorted(map(key, ours)) == sorted(map(key, theirs)), (ours, theirs)
END
        unpacked "$tar" xpf ../theirs.tar
    done
    rm -rf s/*.d s/longlink s/longhard
    touch -d '2020-01-02 03:04:05' s
    python3 -c 'import tarfile; t = tarfile.open("theirs.tar", "w", format=tarfile.USTAR_FORMAT); t.add("s"); t.close()'
    unpacked "$tar" xpf ../theirs.tar
    mkdir -p "p/$(printf 'y%.0s' {1..90})/$(printf 'z%.0s' {1..60})"
    python3 -c 'import tarfile; t = tarfile.open("prefix.tar", "w", format=tarfile.USTAR_FORMAT); t.add("p"); t.close()'
    diff <(tar tf prefix.tar) <("$tar" tf prefix.tar)
}

# bats test_tags=quick
@test "ways to call it" {
    tree
    tar cf a.tar s
    for way in 'xf a.tar -C o' '-xf a.tar -C o' '-x -f a.tar -Co' 'fx a.tar -C o' 'xfm a.tar -C o' '-xmf a.tar -C o' \
        'xf a.tar -C o --no-same-owner --no-same-permissions --numeric-owner'; do
        rm -rf o
        mkdir o
        "$tar" $way
        cmp s/big o/s/big
    done
    [ "$(stat -c %Y o/s/big)" = "$(stat -c %Y s/big)" ]
    rm -rf o && mkdir o
    "$tar" xmf - -C o <a.tar # as kubectl cp does it
    [ "$(stat -c %Y o/s/big)" != "$(stat -c %Y s/big)" ]
    rm -rf o && mkdir o
    "$tar" xf a.tar -C o s/a/ s/none
    equal "$(cd o && find . -type f | sort | tr '\n' ' ')" './s/a/f ./s/a/hard ./s/none '
    equal "$("$tar" xOf a.tar s/a/f s/a/hard)" hi
    run -1 "$tar" xf a.tar -C o s/missing
    equal "$output" 'tar: s/missing: not in the archive'
    "$tar" cf - "$PWD/s/a" | tar tf - | head -n 1 | grep -qx "${PWD#/}/s/a/"
    (cd s/a && "$tar" cf - ../none) | tar tf - | grep -qx none
    (cd s && "$tar" cf - .) | tar tf - | grep -qx ./a/f
    "$tar" cf b.tar -C s a
    equal "$(tar tf b.tar | head -n 1)" a/
    for way in '' 'xc' 'qf a.tar' 'xf' '-f a.tar' '--nonsense -xf a.tar'; do
        run -2 "$tar" $way
    done
    run -1 "$tar" cf c.tar
    run -1 "$tar" cf c.tar missing
    run -1 "$tar" xf missing.tar
    run -1 "$tar" xf a.tar -C missing
    "$tar" cf - s | head -c 20000 >/dev/null
    run -1 "$tar" cf s/own.tar s
    equal "$output" 'tar: s/own.tar: is the archive; left out'
}

@test "what is there already" {
    tree
    tar cf a.tar s
    mkdir -p o/s/a o/outside
    echo old >o/s/none
    echo keep >o/outside/f
    ln -s ../outside/f o/s/big
    ln o/outside/f o/s/pipe
    "$tar" xf a.tar -C o
    equal "$(cat o/outside/f)" keep
    cmp s/big o/s/big
    [ -p o/s/pipe ]
    echo old >o/s/big
    run -1 "$tar" xkf a.tar -C o
    equal "$(cat o/s/big)" old
}

@test "compressed archives" {
    tree
    for tool in gzip xz bzip2 zstd; do
        command -v $tool >/dev/null || continue
        tar cf - s | $tool >a.tar.x
        run -1 "$tar" xf a.tar.x
        equal "$output" 'tar: compressed archives are not understood'
    done
    run -1 "$tar" czf a.tgz s
    equal "$output" 'tar: compressed archives are not understood'
}

# an archive of lines TYPE NAME LINK DATA
make() { python3 -c '
import sys, tarfile, io
with tarfile.open(sys.argv[1], "w", format=tarfile.GNU_FORMAT) as t:
    for line in sys.argv[2:]:
        kind, name, link, data = (line.split(" ") + ["", "", ""])[:4]
        m = tarfile.TarInfo(name); m.type = kind.encode(); m.linkname = link; m.size = len(data); m.mode = 0o755; m.uid = m.gid = 0
        t.addfile(m, io.BytesIO(data.encode()))' "$@"; }

@test "nothing outside of the folder" {
    mkdir o outside
    echo keep >outside/file
    make a.tar '0 ../x  data' '0 a/../../x  data' '0 .. ' '5 ../outside ' '0 /rooted  data'
    run -1 "$tar" xf a.tar -C o
    [ ! -e x ] && [ -f o/rooted ]
    equal "${#lines[@]}" 4
    # through a link of its own
    make b.tar '2 l ../outside' '0 l/file  bad' '0 l/new  bad' '5 l/folder ' '2 deep/l ../../outside' '0 deep/l/x/y  bad' '1 l/hard rooted' '1 stolen l/file'
    run -1 "$tar" xf b.tar -C o
    equal "$(cat outside/file)" keep
    equal "$(ls outside)" file
    [ ! -e o/stolen ]
    # in place of the link, not through it
    make c.tar '2 k ../outside/file' '0 k  new' '2 d ../outside' '5 d ' '0 d/in  x'
    run -0 "$tar" xf c.tar -C o
    equal "$(cat outside/file o/k)" $'keep\nnew'
    [ ! -L o/d ] && [ -f o/d/in ] && [ ! -e outside/in ]
    # links from outside
    make e.tar '1 got ../outside/file' '1 got2 /../outside/file'
    run -1 "$tar" xf e.tar -C o
    [ ! -e o/got ] && [ ! -e o/got2 ]
    # a folder that becomes a link before its mode is set
    make f.tar '5 m ' '2 m ../outside'
    chmod 700 outside
    run "$tar" xf f.tar -C o
    equal "$(stat -c %a outside)" 700
}

@test "modes and owners" {
    is_root || skip 'needs root'
    mkdir s
    echo x >s/f
    chown 12345:54321 s/f
    chmod 6777 s/f
    tar cf a.tar --numeric-owner s
    mkdir -m 777 o p q
    "$tar" xf a.tar -C o
    equal "$(stat -c %u:%g:%a o/s/f)" 12345:54321:6777
    "$tar" xf a.tar --no-same-owner --no-same-permissions -C p
    equal "$(stat -c %u:%g:%a p/s/f)" 0:0:755
    chmod 644 a.tar
    setpriv --reuid 12345 --regid 1 --clear-groups "$tar" xf a.tar -C q
    equal "$(stat -c %u:%g:%a q/s/f)" 12345:1:755
}

@test "cut, damaged, lying" {
    tree
    tar cf a.tar s
    mkdir o
    for n in 0 1 511 512 513 1024 50000 100000; do
        head -c $n a.tar >cut.tar
        run -1 "$tar" xf cut.tar -C o
        equal "$output" 'tar: the archive: ends too early'
    done
    (head -c 600 a.tar; head -c 3000 /dev/urandom) >bad.tar
    run -1 "$tar" tf bad.tar
    like "${lines[*]: -1}" 'is damaged, or none'
    run -1 "$tar" tf /dev/urandom
    equal "$output" 'tar: the archive: is damaged, or none'
    python3 - <<'END'
import tarfile
def one(name, size, kind=b"0", data=b""):
    m = tarfile.TarInfo("f"); m.type = kind
    b = bytearray(m.tobuf(tarfile.GNU_FORMAT)); b[124:136] = size; b[148:156] = b" " * 8
    b[148:156] = b"%06o\0 " % sum(b)
    open(name, "wb").write(bytes(b) + data + bytes(1024))
one("huge.tar", b"\x80" + b"\0" * 3 + b"\x7f" + b"\xff" * 7)
one("negative.tar", b"\xff" * 12)
one("wide.tar", b"7" * 12)
one("name.tar", b"%011o\0" % (1 << 30), b"L")
one("pax.tar", b"%011o\0" % 512, b"x", b"99 path=x\n" + bytes(502))
one("pax0.tar", b"%011o\0" % 512, b"x", b"0 path=x\n" + bytes(503))
one("pax1.tar", b"%011o\0" % 512, b"x", b"6 path=/../x\n" + bytes(499))
one("pax2.tar", b"%011o\0" % 512, b"x", b"=" * 512)
END
    for f in huge negative wide name pax pax0 pax1 pax2; do
        run -1 timeout 20 "$tar" tf $f.tar
        like "${lines[*]: -1}" '^tar: the archive: '
    done
    run -1 bash -c '"$1" xOf "$2" s/big >/dev/full' - "$tar" a.tar
    run -1 bash -c '"$1" cf - s >/dev/full' - "$tar"
    equal "$output" 'tar: write error: No space left on device'
}

@test "a file that changes, one that may not be read, sizes of many gigabytes" {
    mkdir s
    truncate -s 9G s/large
    "$tar" cf - s | head -c 2000 | tar tvf - 2>/dev/null | grep -q ' 9663676416 '
    tar cf - s | head -c 2000 >part
    "$tar" tvf part 2>/dev/null | grep -q ' 9663676416 '
    is_root || skip 'needs root'
    rm s/large
    echo x >s/closed
    echo y >s/open
    chmod 600 s/closed
    run -1 setpriv --reuid 12345 --clear-groups "$tar" cf /dev/null s
    equal "$output" 'tar: s/closed: Permission denied'
}

@test "a full disk" {
    is_root || skip 'needs root'
    mkdir small
    head -c 300000 /dev/urandom >big
    echo x >after
    tar cf a.tar big after
    run env tar="$tar" unshare -m bash -c 'mount -t tmpfs -o size=200k none small || exit 9; "$tar" xf a.tar -C small; s=$?; cat small/after 2>/dev/null; exit $s'
    [ "$status" != 9 ] || skip 'no mount'
    equal "$status" 1
    like "${lines[0]}" '^tar: big: No space left on device'
}

@test "very deep" {
    python3 - <<'END'
import os
for i in range(900):
    os.mkdir("dd"); os.chdir("dd")
open("f", "w").close()
END
    "$tar" cf a.tar dd
    mkdir o
    "$tar" xf a.tar -C o
    equal "$(find o -type d | wc -l)" 901
    equal "$(find o -type f | wc -l)" 1
}
