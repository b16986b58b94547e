#!/usr/bin/env bats
# The SFTP and scp servers alone, without SSH between: OpenSSH's sftp and scp as their clients, and their
# memory. What they are linked into is tested with a server.

load ../support/interop

setup_file() {
    folder_make
    export programs
    programs=$(find "$root/build" -path "*/$(uname -m)-*/tests/sftp" | sort | head -n 1)
    if is_sanitized; then programs=${SERVER%/*}/tests/sftp; fi
}
teardown_file() { folder_remove; }

setup() {
    [ -x "$programs/sftp_server" ] || skip "$programs/sftp_server is not built"
    far=$work/far near=$work/near
    rm -rf "$far" "$near"
    mkdir "$far" "$near"
    cd "$near" || return
    # What `scp -S` takes for ssh: the command is its last argument.
    printf '#!/bin/sh\nfor last; do :; done\ncd "%s" && exec "%s/scp_server" "$last"\n' "$far" "$programs" >"$work/as_ssh"
    printf '#!/bin/sh\ncd "%s" && exec "%s/sftp_server"\n' "$far" "$programs" >"$work/as_server"
    chmod 755 "$work/as_ssh" "$work/as_server"
}

batch() { sftp -q -b - -D "$work/as_server"; }
copy() { scp -q -O -S "$work/as_ssh" "$@"; }

# bats test_tags=quick
@test "sftp: every command" {
    printf 'content\n' >one
    run -0 batch <<EOF
put one
put -p one two
rename two three
ln three hard
ln -s three soft
symlink nowhere dangling
mkdir folder
chmod 750 folder
chmod 640 three
chown $(id -u) three
chgrp $(id -g) three
get three got
put -f one synced
rm synced
df -h
ls -la
ls -lan
cd folder
pwd
EOF
    echo "$output"
    cmp one "$far/hard"
    cmp one got
    equal "$(readlink "$far/soft")" three
    equal "$(readlink "$far/dangling")" nowhere
    equal "$(stat -c %a:%h "$far/three")" 640:2
    equal "$(stat -c %a "$far/folder")" 750
    [ ! -e "$far/synced" ] && [ ! -e "$far/two" ]
    grep -q "^Remote working directory: $(realpath "$far")/folder\$" <<<"$output"
    grep -qE '^l.* soft$' <<<"$output"
    grep -qE "^-rw-r----- +[0-9?]+ $(id -un) +$(id -gn) .* three\$" <<<"$output"
    grep -qE '^d.* \.\.$' <<<"$output"
}

# bats test_tags=quick
@test "sftp: a tree there and back, with times and modes" {
    tree there
    batch <<<'put -Rp there'
    diff -r there "$far/there"
    batch <<<'get -Rp there back'
    diff -r there back
    equal "$(stat -c '%a %Y' "back/a/with space")" '751 1000000000'
}

@test "sftp: broken transfers go on where they stopped" {
    head -c 3000000 /dev/urandom >whole
    head -c 1234567 whole >"$far/whole"
    batch <<<'reput whole'
    cmp whole "$far/whole"
    head -c 7654 whole >part
    batch <<<'reget whole part'
    cmp whole part
}

@test "sftp: small buffers and many requests in flight" {
    head -c 3000000 /dev/urandom >whole
    for options in '-B 1000 -R 256' '-B 32768 -R 1' '-B 250000 -R 64'; do
        # shellcheck disable=SC2086
        sftp -q -b - $options -D "$work/as_server" <<<$'put whole there\nget there back'
        cmp whole back
    done
}

@test "sftp: a file of 5 GB that is mostly a hole" {
    truncate -s 5G "$far/large"
    printf 'end' >>"$far/large"
    truncate -s 5G part
    batch <<<'reget large part'
    equal "$(tail -c 4 part | od -An -c | tr -d ' ')" '\0end'
    rm -f part "$far/large"
}

@test "sftp: a full disk is said, and nothing else lost" {
    is_root || skip "mounts a small file system"
    mount -t tmpfs -o size=1m none "$far" 2>/dev/null || skip "cannot mount"
    head -c 3000000 /dev/urandom >large
    printf 'small\n' >small
    run batch <<<$'-put large\n-put small first\n-rm large\nput small second'
    cmp small "$far/second" || status=100
    umount "$far"
    echo "$output"
    equal "$status" 0
    [[ $output == *ailure* ]]
}

# bats test_tags=quick
@test "scp -O: a tree there and back, with times and modes" {
    tree there
    copy -rp there far:
    diff -r there "$far/there"
    copy -rp far:there back
    diff -r there back
    equal "$(stat -c '%a %Y' "back/a/with space")" '751 1000000000'
    copy 'far:there/a/with\ space' far:there/a/b/100 .
    cmp 'with space' "there/a/with space"
    run ! copy far:none .
    [[ $output == *"No such file"* ]]
    run ! copy far:there/a .
    [[ $output == *"not a regular file"* ]]
}

# bats test_tags=quick
@test "sftp: random requests do what the same system calls do" {
    python3 "$root/tests/sftp/model/run.py" "$programs/sftp_server"
}

@test "sftp: the same for somebody without rights" {
    is_root || skip "is the same test for everybody but root"
    python3 "$root/tests/sftp/model/run.py" --user 65534 "$programs/sftp_server"
}

@test "at most 1 MB of memory, whatever is asked" {
    if is_sanitized; then skip "of the release"; fi
    mkdir "$far/many"
    (cd "$far/many" && seq 5000 | xargs touch)
    head -c 20000000 /dev/zero >"$far/large"
    run -0 python3 - "$work/as_server" <<'EOF'
import struct, subprocess, sys
p = subprocess.Popen(sys.argv[1], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
def s(x): return struct.pack(">I", len(x)) + x
def ask(kind, *fields):
    body = bytes([kind]) + struct.pack(">I", 7) + b"".join(fields)
    p.stdin.write(s(body)); p.stdin.flush()
    n = struct.unpack(">I", p.stdout.read(4))[0]
    return p.stdout.read(n)
u, q = (lambda v: struct.pack(">I", v)), (lambda v: struct.pack(">Q", v))
p.stdin.write(s(b"\1" + u(3))); p.stdin.flush()
p.stdout.read(struct.unpack(">I", p.stdout.read(4))[0])
handles = [ask(3, s(b"large"), u(3), u(0))[5:] for _ in range(5000)]
file, other = handles[0], handles[1]
for i in range(200): ask(5, file, q(i * 100003), u(10**9))
for i in range(200): ask(6, file, q(i * 100003), s(bytes(261000)))
for h in handles[2:256]: ask(4, h)
d = ask(11, s(b"many"))[5:]
while ask(12, d)[0] == 104: pass
ask(200, s(b"users-groups-by-id@openssh.com"), s(bytes(120000)), s(bytes(130000)))
ask(200, s(b"copy-data"), file, q(0), q(0), ask(3, s(b"copy"), u(10), u(0))[5:], q(0))
ask(16, s(b"x/" * 2000)); ask(17, s(b"y" * 200000)); ask(3, s(b"a"), u(1), u(0x80000000) + u(10000) + s(b"") * 20000)
used = dict(l.split(":", 1) for l in open(f"/proc/{p.pid}/status"))["VmHWM"].split()[0]
p.stdin.close()
print(p.wait(), used)
EOF
    echo "$output"
    set -- $output
    equal "$1" 0
    [ "$2" -le 1024 ]
    echo "# $2 KB at most" >&3
}
