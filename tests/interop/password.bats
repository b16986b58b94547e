#!/usr/bin/env bats
# Logins by password, which --password-hash-file allows.

load ../support/interop

setup_file() {
    folder_make
    # shellcheck disable=SC2089,SC2090  # quotes that are meant as such
    export right='a right passw0rd, with "quotes" and ü'
    hashes_are "$login:$(hash -6)"
    server_start --password-hash-file "$work/hashes" --verbose
}
teardown_file() {
    servers_end
    folder_remove
}
setup() {
    hashes_are "$login:$(hash -6)"
    log_mark
}
teardown() { server_is_well; }

hash() { openssl passwd "$1" -salt saltsalt "$right"; } # -1, -5, -6

hashes_are() { # LINE...
    printf '%s\n' "$@" >"$work/hashes.new"
    chmod 600 "$work/hashes.new"
    mv "$work/hashes.new" "$work/hashes"
}

# types PASSWORD [COMMAND...]: as the user types it at ssh's prompt; the same one each time it asks
types() {
    local flags=("${flags[@]}" -o BatchMode=no -o PubkeyAuthentication=no -o NumberOfPasswordPrompts="${prompts:-1}"
        -o PreferredAuthentications="${methods:-password,keyboard-interactive}")
    printf '#!/bin/sh\nprintf "%%s\\n" "$TYPED"\n' >"$BATS_TEST_TMPDIR/askpass"
    chmod 755 "$BATS_TEST_TMPDIR/askpass"
    TYPED=$1 SSH_ASKPASS=$BATS_TEST_TMPDIR/askpass SSH_ASKPASS_REQUIRE=force client "${@:2}"
}

gets_in() { equal "$(types "$right" 'echo in')" in; }

refused() { # [PASSWORD]
    log_mark
    run types "${1-$right}" 'echo in'
    equal "$status" 255
    like "$output" 'Permission denied \(publickey,password,keyboard-interactive\)'
    log_has "^Failed password for $login from 127\.0\.0\.1 port [0-9]+ ssh2$"
}

# bats test_tags=quick
@test "the right password gets in by either method, and the log says so in sshd's words" {
    local methods
    for methods in password keyboard-interactive; do
        log_mark
        gets_in
        log_has "^Accepted password for $login from 127\.0\.0\.1 port [0-9]+ ssh2$"
    done
}

# bats test_tags=quick
@test "a wrong one does not, and the log says so in sshd's words" {
    local methods
    for methods in password keyboard-interactive; do
        refused wrong
        refused ''
        refused "$right "
        refused "${right%?}"
    done
    log_has "^Connection closed by authenticating user $login 127\.0\.0\.1 port [0-9]+ \[preauth\]$"
}

# bats test_tags=quick
@test "without --password-hash-file there are no passwords" {
    server_start
    run types "$right" true
    equal "$status" 255
    like "$output" 'Permission denied \(publickey\)'
    run script <<'END'
c = Client(here)
c.service()
c.send(b"\x32" + s(user) + s("ssh-connection") + s("password") + b"\0" + s("x"))
assert c.receive() == b"\x33" + s("publickey") + b"\0"
END
    equal "$status" 0
    server_stop
}

@test "a key gets in without a password" {
    client true
    log_has '^Accepted publickey'
}

@test "a user that does not exist, or is not in the file" {
    flags=(-l nosuchuser)
    run types "$right" true
    equal "$status" 255
    log_has '^Failed password for invalid user nosuchuser from 127\.0\.0\.1 port [0-9]+ ssh2$'
    flags=()
    hashes_are "somebody:$(hash -6)"
    refused
    # the name must be the whole field
    hashes_are "${login}x:$(hash -6)" "x$login:$(hash -6)" ":$(hash -6)"
    refused
}

@test "each kind of hash" {
    local kind
    for kind in -1 -5 -6; do
        hashes_are "$login:$(hash $kind)"
        gets_in
        refused wrong
    done
    # bcrypt of "right", by another program
    right=right
    hashes_are "$login:\$2b\$06\$$(/usr/bin/python3 -c '
import bcrypt, sys
print(bcrypt.hashpw(b"right", bcrypt.gensalt(6)).decode().split("$")[3])')"
    gets_in
    refused wrong
}

@test "a kind that cannot be checked, no password, a locked one, an expired one" {
    local entry
    for entry in '' '!' '*' '!!' "!$(hash -6)" '*LK*' x "$right" aaTfRdOG6EsGc '$6$' '$6$saltsalt$' "$(hash -6):0" \
        "$(hash -6):10000:0:5:7:::" "$(hash -6)::::::10000:"; do
        hashes_are "$login:$entry"
        refused || { echo "entry: $entry" && return 1; }
        run types '' true
        equal "$status" 255 || { echo "entry: $entry" && return 1; }
    done
    hashes_are "$login:\$y\$j9T\$x\$y"
    refused
    log_has "hashes:1: a hash of this kind \(\\\$y\\\$\) cannot be checked here"
    hashes_are "$login:$(hash -6):20000:0:99999:7:::"
    gets_in
}

@test "the first line of a user counts; the file may change at any time" {
    local other
    other=$(openssl passwd -6 -salt x other)
    hashes_are "somebody:$other" "$login:$(hash -6)" "$login:$other"
    gets_in
    refused other
    hashes_are "$login:$other"
    refused
    right=other gets_in
    rm "$work/hashes"
    refused other
}

@test "a file that others may read or write is worth nothing" {
    local mode
    for mode in 604 620 602 666; do
        chmod $mode "$work/hashes"
        refused
        log_has 'bad ownership or modes for file .*hashes'
    done
    chmod 640 "$work/hashes"
    gets_in
    # not even a start without it
    run timeout 10 "$SERVER" --check --host-key "$work/host_key" --password-hash-file "$work/nothing"
    equal "$status" 1
    like "$output" '--password-hash-file'
}

@test "long passwords: up to 256 bytes; longer ones are refused, not cut" {
    right=$(printf 'x%.0s' {1..256})
    hashes_are "$login:$(/usr/bin/python3 -W ignore -c 'import crypt, sys; print(crypt.crypt(sys.argv[1], "$6$saltsalt"))' "$right")"
    gets_in
    refused "${right}x"
    refused "${right%x}"
}

# bats test_tags=quick
@test "six tries, then the connection ends" {
    prompts=20
    run types wrong true
    equal "$status" 255
    like "$output" 'Too many authentication failures'
    await 5 log_matches 'Too many authentication failures \[preauth\]$'
    equal "$(log_lines | grep -c '^Failed password')" 6
    methods=keyboard-interactive
    log_mark
    run types wrong true
    equal "$status" 255
    equal "$(log_lines | grep -c '^Failed password')" 6
}

@test "keys and passwords count together" {
    for i in {1..4}; do ssh-keygen -q -t ed25519 -N '' -f "$BATS_TEST_TMPDIR/k$i"; done
    key_only "$BATS_TEST_TMPDIR/k1"
    flags=(-i "$BATS_TEST_TMPDIR/k2" -i "$BATS_TEST_TMPDIR/k3" -i "$BATS_TEST_TMPDIR/k4" -o PubkeyAuthentication=yes)
    prompts=5 methods=publickey,password
    run types wrong true
    equal "$status" 255
    like "$output" 'Too many authentication failures'
    equal "$(log_lines | grep -c '^Failed publickey')" 4
    equal "$(log_lines | grep -c '^Failed password')" 2
}

@test "a forced command holds for passwords, too" {
    server_start --password-hash-file "$work/hashes" --force-command 'echo forced'
    equal "$(types "$right" 'echo in')" forced
    server_stop
}

@test "a password opens a terminal" {
    flags=(-tt)
    run types "$right" 'tty; exit 3' </dev/null
    equal "$status" 3
    like "$output" '/dev/pts/'
}

# --- other clients ---

@test "OpenSSH 10 and sshpass" {
    openssh_newer
    gets_in
    ssh=ssh
    run sshpass -p "$right" ssh -F "$server.conf" -o BatchMode=no -o PubkeyAuthentication=no here 'echo in'
    equal "$output" in
    run sshpass -p wrong ssh -F "$server.conf" -o BatchMode=no -o PubkeyAuthentication=no here 'echo in'
    equal "$status" 5 # sshpass's word for it
}

@test "plink and dbclient" {
    host=$(ssh-keygen -lf "$work/host_key.pub" | cut -d ' ' -f 2)
    mkdir -p "$work/home/.ssh"
    echo "127.0.0.1 $(cut -d ' ' -f 1,2 "$work/host_key.pub")" >"$work/home/.ssh/known_hosts"
    if command -v plink >/dev/null; then
        equal "$(HOME=$work/home timeout 30 plink -batch -ssh -P "$port" -hostkey "$host" -pw "$right" "$login@127.0.0.1" 'echo in' </dev/null)" in
        run env HOME="$work/home" timeout 30 plink -batch -ssh -P "$port" -hostkey "$host" -pw wrong "$login@127.0.0.1" 'echo in' </dev/null
        [ "$status" != 0 ]
    fi
    if command -v dbclient >/dev/null; then
        equal "$(HOME=$work/home DROPBEAR_PASSWORD=$right timeout 30 dbclient -T -p "$port" "$login@127.0.0.1" 'echo in' </dev/null)" in
        run env HOME="$work/home" DROPBEAR_PASSWORD=wrong timeout 30 dbclient -T -p "$port" "$login@127.0.0.1" 'echo let in' </dev/null
        [[ $output != *'let in'* ]] # its status is 0
    fi
}

# --- time ---

# A second of hashing, or some
hashes_slowly() { # ROUNDS
    hashes_are "$login:$(/usr/bin/python3 -W ignore -c '
import crypt, sys; print(crypt.crypt(sys.argv[1], "$6$rounds=%s$saltsalt" % sys.argv[2]))' "$right" "$1")"
}

@test "wrong, locked, unknown, absent: the same answer after the same time" {
    hashes_slowly 100000
    echo 'nobody:!' >>"$work/hashes"
    run script <<'END'
def processor(): # seconds that the server's children have used; the clock also counts what else runs here
    fields = open("/proc/%d/stat" % pid).read().rsplit(")", 1)[1].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")

def refusals(name, n=6):
    answers, shortest, before = set(), 9, processor()
    for _ in range(n):
        c = Client(here)
        c.service()
        start = time.monotonic()
        c.send(b"\x32" + s(name) + s("ssh-connection") + s("password") + b"\0" + s("wrong"))
        answers.add(c.receive())
        shortest = min(shortest, time.monotonic() - start)
        c.close()
    time.sleep(0.1) # until the last child is no more
    return answers, shortest, processor() - before

rows = [refusals(name) for name in (user, "nobody", "daemon", "nosuchuser")]
print(rows)
assert len({frozenset(r[0]) for r in rows}) == 1, "different answers"
for i, most in ((1, 3), (2, 1.4)):
    times = [r[i] for r in rows]
    assert max(times) < most * min(times), "different times"
END
    echo "$output"
    equal "$status" 0
}

@test "while a password is hashed, others are served" {
    hashes_slowly 2000000
    types "$right" 'echo in' >"$BATS_TEST_TMPDIR/slow" &
    await 5 eval '! no_children'
    for i in 1 2 3; do equal "$(client "echo $i")" "$i"; done
    run ! log_matches '^Accepted password' # still at it
    wait $!
    equal "$(cat "$BATS_TEST_TMPDIR/slow")" in
    log_has '^Accepted password'
}

@test "who leaves while the password is hashed leaves nothing behind" {
    hashes_slowly 700000
    script <<'END'
for _ in range(3):
    c = Client(here)
    c.service()
    c.send(b"\x32" + s(user) + s("ssh-connection") + s("password") + b"\0" + s("x"))
    c.close()
END
    client true
    at_rest_soon 30
}

@test "the password is nowhere in the log" {
    run ! grep -F -e "$right" -e wrong "$server.log"
}

@test "at the end: nothing is left behind" {
    at_rest_soon 5
    server_stop
}
