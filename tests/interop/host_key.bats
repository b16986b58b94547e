#!/usr/bin/env bats
# The host key's file: made, read, refused.

load ../support/interop

setup_file() { folder_make; }
teardown_file() {
    servers_end
    folder_remove
}
setup() { server_stopped=yes; }
teardown() {
    if [ -e "$server.log" ]; then server_is_well; fi
}

# check FILE: what --check says of it; run's status and output
check() { run timeout 10 "$SERVER" --check --host-key "$1"; }

# refused FILE PATTERN: one line that says which file and why
refused() {
    check "$1"
    equal "$status" 1
    equal "${#lines[@]}" 1
    like "$output" "^host key $1 refused: .*$2"
    [ ${#output} -lt 300 ]
}

# bats test_tags=quick
@test "a missing key is made: whole, 0600, readable by ssh-keygen" {
    key=$BATS_TEST_TMPDIR/new
    check "$key"
    equal "$status" 0
    equal "$(stat -c '%a %U' "$key")" "600 $(id -un)"
    like "$(ssh-keygen -y -f "$key")" '^ssh-ed25519 AAAA[^ ]+( |$)'
    like "$output" "Host key ED25519 $(ssh-keygen -lf "$key" | cut -d ' ' -f 2 | sed 's,[+],\\+,g')"
    equal "$(ls "$BATS_TEST_TMPDIR")" new # no temporary file stays
}

@test "two keys made are two keys" {
    check "$BATS_TEST_TMPDIR/a"
    check "$BATS_TEST_TMPDIR/b"
    [ "$(ssh-keygen -y -f "$BATS_TEST_TMPDIR/a")" != "$(ssh-keygen -y -f "$BATS_TEST_TMPDIR/b")" ]
}

@test "a made key stays the same" {
    check "$BATS_TEST_TMPDIR/key"
    sum=$(sha256sum <"$BATS_TEST_TMPDIR/key")
    check "$BATS_TEST_TMPDIR/key"
    equal "$status" 0
    equal "$(sha256sum <"$BATS_TEST_TMPDIR/key")" "$sum"
}

@test "two servers started at once for one missing key both run, with one whole key" {
    for _ in {1..20}; do
        rm -f "$BATS_TEST_TMPDIR/key"
        "$SERVER" --check -r "$BATS_TEST_TMPDIR/key" 2>"$BATS_TEST_TMPDIR/first" &
        "$SERVER" --check -r "$BATS_TEST_TMPDIR/key" 2>"$BATS_TEST_TMPDIR/second"
        wait $!
        fingerprint=$(ssh-keygen -lf "$BATS_TEST_TMPDIR/key" | cut -d ' ' -f 2)
        grep -qF "$fingerprint" "$BATS_TEST_TMPDIR/first"
        grep -qF "$fingerprint" "$BATS_TEST_TMPDIR/second"
    done
}

@test "a key made by ssh-keygen is taken, with any comment, and it is the one the client sees" {
    ssh-keygen -q -t ed25519 -N '' -C 'a comment – of some length, with "quotes"' -f "$BATS_TEST_TMPDIR/key"
    server_start --host-key "$BATS_TEST_TMPDIR/key"
    equal "$(ssh-keyscan -t ed25519 -p "$port" 127.0.0.1 2>/dev/null | cut -d ' ' -f 2,3)" \
        "$(cut -d ' ' -f 1,2 "$BATS_TEST_TMPDIR/key.pub")"
    server_stop
}

@test "a key with CR LF line ends is taken" {
    sed 's/$/\r/' "$work/host_key" >"$BATS_TEST_TMPDIR/key"
    chmod 600 "$BATS_TEST_TMPDIR/key"
    check "$BATS_TEST_TMPDIR/key"
    equal "$status" 0
}

@test "encrypted: refused" {
    ssh-keygen -q -t ed25519 -N secret -f "$BATS_TEST_TMPDIR/key"
    refused "$BATS_TEST_TMPDIR/key" 'passphrase'
}

# taken_or_refused FILE NAME: by whether --version names the type
taken_or_refused() {
    if offered 'host keys' | grep -qw "$2"; then
        check "$1"
        equal "$status" 0
    else
        refused "$1" 'not of a type that this build has'
    fi
}

@test "RSA and ECDSA: where the build has them; a PEM file: refused" {
    ssh-keygen -q -t rsa -b 2048 -N '' -f "$BATS_TEST_TMPDIR/rsa"
    taken_or_refused "$BATS_TEST_TMPDIR/rsa" rsa-sha2-512
    ssh-keygen -q -t rsa -b 4096 -N '' -f "$BATS_TEST_TMPDIR/long"
    taken_or_refused "$BATS_TEST_TMPDIR/long" rsa-sha2-512
    ssh-keygen -q -t ecdsa -N '' -f "$BATS_TEST_TMPDIR/ecdsa"
    taken_or_refused "$BATS_TEST_TMPDIR/ecdsa" ecdsa-sha2-nistp256
    ssh-keygen -q -t ecdsa -b 521 -N '' -f "$BATS_TEST_TMPDIR/ecdsa521"
    refused "$BATS_TEST_TMPDIR/ecdsa521" ''
    ssh-keygen -q -t rsa -m PEM -b 2048 -N '' -f "$BATS_TEST_TMPDIR/pem"
    refused "$BATS_TEST_TMPDIR/pem" 'not a complete OpenSSH private key file'
}

@test "the public key in its place: refused" {
    cp "$work/host_key.pub" "$BATS_TEST_TMPDIR/key"
    chmod 600 "$BATS_TEST_TMPDIR/key"
    refused "$BATS_TEST_TMPDIR/key" 'not a complete OpenSSH private key file'
}

@test "cut short at every tenth byte: refused, and left as it is" {
    size=$(stat -c %s "$work/host_key")
    for ((n = 0; n < size - 35; n += 10)); do
        head -c $n "$work/host_key" >"$BATS_TEST_TMPDIR/key"
        chmod 600 "$BATS_TEST_TMPDIR/key"
        refused "$BATS_TEST_TMPDIR/key" ''
        equal "$(stat -c %s "$BATS_TEST_TMPDIR/key")" $n
    done
}

@test "any one character changed: refused, or harmless" {
    public=$(ssh-keygen -y -f "$work/host_key" | cut -d ' ' -f 1,2)
    script "$SERVER" "$BATS_TEST_TMPDIR/key" "$public" <<'END'
import subprocess
server, place, public = sys.argv[1:]
text = bytearray(open(work + "/host_key", "rb").read())
taken = 0
for i in range(0, len(text), 3):
    changed = bytearray(text)
    changed[i] = ord("A") if text[i] != ord("A") else ord("B")
    with open(os.open(place, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as f:
        f.write(changed)
    r = subprocess.run([server, "--check", "-r", place], stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    assert r.returncode in (0, 1) and b"Sanitizer" not in r.stderr, (i, r)
    if r.returncode == 0: # the check numbers' agreement, the comment …
        taken += 1
        # … but never another key, nor one whose parts disagree
        fingerprint = subprocess.run(["ssh-keygen", "-lf", work + "/host_key.pub"], stdout=subprocess.PIPE).stdout.split()[1]
        assert fingerprint in r.stderr, i
assert taken < 12, taken
END
}

@test "readable by others: refused" {
    cp "$work/host_key" "$BATS_TEST_TMPDIR/key"
    for mode in 640 604 644 660 666; do
        chmod $mode "$BATS_TEST_TMPDIR/key"
        refused "$BATS_TEST_TMPDIR/key" 'chmod 600'
    done
}

@test "a folder, a FIFO and an unreachable place: one clear line" {
    mkfifo "$BATS_TEST_TMPDIR/fifo"
    for place in "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR/fifo" "$BATS_TEST_TMPDIR/no/such/folder"; do
        check "$place"
        equal "$status" 1
        equal "${#lines[@]}" 1
        like "$output" "host key.*$place"
    done
}

@test "a full disk leaves no half key" {
    is_root || skip "needs root"
    mkdir "$BATS_TEST_TMPDIR/small"
    mount -t tmpfs -o size=4k,nr_inodes=4 none "$BATS_TEST_TMPDIR/small" || skip "cannot mount"
    head -c 4096 /dev/zero >"$BATS_TEST_TMPDIR/small/filler"
    check "$BATS_TEST_TMPDIR/small/key"
    left=$(ls "$BATS_TEST_TMPDIR/small")
    umount "$BATS_TEST_TMPDIR/small"
    equal "$status" 1
    equal "${#lines[@]}" 1
    like "$output" 'cannot write host key'
    equal "$left" filler
}

@test "without --host-key: the user's own folder" {
    user_make
    cp "$SERVER" "$work/server"
    chmod 755 "$work/server"
    run setpriv --reuid "$(id -u "$user")" --regid "$(id -g "$user")" --clear-groups "$work/server" --check
    mode=$(stat -c '%a %U' "$work/home/.nano_ssh_server/host_key" "$work/home/.nano_ssh_server")
    name=$user
    user_remove
    equal "$status" 0
    equal "$mode" $'600 '"$name"$'\n700 '"$name"
}
