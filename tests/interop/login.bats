#!/usr/bin/env bats
# Who gets in, who does not, and what is said about it.

load ../support/interop

setup_file() {
    folder_make
    ssh-keygen -q -t ed25519 -N '' -C other -f "$work/other"
    server_start --verbose
}
teardown_file() {
    servers_end
    user_remove
    folder_remove
}
setup() {
    keys_back
    log_mark
}
teardown() {
    server_is_well
    user_remove
}

fingerprint() { ssh-keygen -lf "$1" | cut -d ' ' -f 2 | sed 's,[+],\\+,g'; }

# keys_are LINE...: a fresh file of authorized keys for a server of this test's own
keys_are() { printf '%s\n' "$@" >"$work/authorized_keys"; }
keys_back() {
    cp "$work/id.pub" "$work/authorized_keys"
    chmod 600 "$work/authorized_keys"
}

# bats test_tags=quick
@test "the right key gets in, and the log says so in sshd's words" {
    client true
    log_has "^Accepted publickey for $login from 127\.0\.0\.1 port [0-9]+ ssh2: ED25519 $(fingerprint "$work/id")$"
    log_has "^Disconnected from user $login 127\.0\.0\.1 port [0-9]+$"
}

# bats test_tags=quick
@test "another key does not, and the log says so in sshd's words" {
    key_only "$work/other"
    run client true
    equal "$status" 255
    like "$output" 'Permission denied \(publickey\)'
    log_has "^Failed publickey for $login from 127\.0\.0\.1 port [0-9]+ ssh2: ED25519 $(fingerprint "$work/other")$"
    log_has "^Connection closed by authenticating user $login 127\.0\.0\.1 port [0-9]+ \[preauth\]$"
}

@test "a user that does not exist does not get in" {
    flags=(-l nosuchuser)
    run client true
    equal "$status" 255
    like "$output" 'Permission denied \(publickey\)'
    log_has "^Failed publickey for invalid user nosuchuser from 127\.0\.0\.1 port [0-9]+ ssh2"
    log_has "^Connection closed by invalid user nosuchuser 127\.0\.0\.1 port [0-9]+ \[preauth\]$"
}

@test "no key at all: refused; no password is ever asked for" {
    flags=(-o PubkeyAuthentication=no -o BatchMode=no -o NumberOfPasswordPrompts=1)
    run client true </dev/null
    equal "$status" 255
    like "$output" 'Permission denied \(publickey\)'
}

@test "the wrong key, then the right one on the same connection" {
    flags=(-i "$work/other")
    client true
}

@test "seven wrong keys: too many authentication failures" {
    key_only "$work/other"
    for i in {1..6}; do
        ssh-keygen -q -t ed25519 -N '' -f "$BATS_TEST_TMPDIR/k$i"
        flags+=(-i "$BATS_TEST_TMPDIR/k$i")
    done
    run client true
    equal "$status" 255
    like "$output" 'Too many authentication failures'
    log_has 'Disconnecting authenticating user .*: Too many authentication failures \[preauth\]$'
}

@test "an RSA and an ECDSA key are refused, not misunderstood" {
    ssh-keygen -q -t rsa -b 2048 -N '' -f "$BATS_TEST_TMPDIR/rsa"
    ssh-keygen -q -t ecdsa -N '' -f "$BATS_TEST_TMPDIR/ecdsa"
    flags=(-i "$BATS_TEST_TMPDIR/rsa" -i "$BATS_TEST_TMPDIR/ecdsa")
    client true # with the right one behind them
    key_only "$BATS_TEST_TMPDIR/rsa"
    run client true
    equal "$status" 255
    like "$output" 'Permission denied'
}

@test "an unknown user gets the same answers as a wrong key, and no sooner or later" {
    run script <<'END'
other = Key(work + "/other")

def refusal(name):
    c = Client(here)
    c.service()
    start = time.monotonic()
    c.send(b"\x32" + s(name) + s("ssh-connection") + s("publickey") + b"\0" + s("ssh-ed25519") + s(other.blob))
    first = c.receive()
    asked = time.monotonic()
    answer = c.try_key(name, other)
    c.close()
    return asked - start, first, answer

def measure(names, n=15):
    all = {name: [refusal(name) for _ in range(n)] for name in names}
    return {name: (sorted(r[0] for r in rows)[n // 2], {r[1:] for r in rows}) for name, rows in all.items()}

m = measure([user, "nosuchuser", "x" * 32])
print(m)
times = [v[0] for v in m.values()]
assert len({frozenset(v[1]) for v in m.values()}) == 1, "different answers"
assert max(times) - min(times) < 0.008, "different times"
END
    echo "$output"
    equal "$status" 0
}

@test "a name of 33 characters, an empty one, one with a NUL: refused, and the connection lives" {
    run script <<'END'
for name in ["x" * 33, "", "root\0x", "x" * 5000]:
    c = Client(here)
    c.service()
    assert c.try_key(name, key) == 51
    assert c.try_key(name, key) == 51
END
    equal "$status" 0
}

@test "control characters in a name are escaped in the log: one line stays one line" {
    before=$(grep -c '^Accepted' "$server.log" || true)
    script <<'END'
c = Client(here)
c.service()
assert c.try_key("e\nAccepted publickey \x1b[2J\xff\\", key) == 51
END
    await 5 log_matches 'e\\012Accepted publickey \\033\[2J\\303\\277\\\\ from'
    equal "$(grep -c '^Accepted' "$server.log" || true)" "$before"
    equal "$(LC_ALL=C tr -d '\n\040-\176' <"$server.log" | wc -c)" 0
}

@test "the client's last words are escaped in the log, too" {
    script <<'END'
c = Client(here)
c.send(b"\x01" + u32(11) + s("bye\nAccepted publickey for root \xff") + s(""))
c.ended()
END
    log_has 'Received disconnect from 127.0.0.1 port [0-9]+:11: bye\\012Accepted publickey for root \\303\\277 \[preauth\]$'
}

@test "the client refuses a host whose key has changed" {
    printf 'here %s\n' "$(cut -d ' ' -f 1,2 "$work/other.pub")" >"$BATS_TEST_TMPDIR/known"
    flags=(-o UserKnownHostsFile="$BATS_TEST_TMPDIR/known")
    run client true
    equal "$status" 255
    like "$output" 'REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed'
}

# --- authorized_keys ---
@test "authorized_keys: comments, empty lines, other keys and CR LF do not disturb" {
    keys_are '# a comment' '' '   ' "$(cat "$work/other.pub")" 'garbage line' \
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ== x" "  $(cat "$work/id.pub")"$'\r'
    client true
    keys_are "$(cut -d ' ' -f 1,2 "$work/id.pub")"
    client true
    printf '%s' "$(cat "$work/id.pub")" >"$work/authorized_keys" # no line end
    client true
}

@test "authorized_keys: an empty file and a missing one let nobody in" {
    : >"$work/authorized_keys"
    run client true
    equal "$status" 255
    rm "$work/authorized_keys"
    run client true
    equal "$status" 255
    keys_back
    client true
}

@test "authorized_keys: a key with an option that is not understood is refused, and the log says why" {
    keys_are "no-such-option $(cat "$work/id.pub")"
    run client true
    equal "$status" 255
    log_has "^Authentication refused for $login .*authorized_keys:1: .*option"
}

@test "authorized_keys: a line that is too long is not cut short but refused" {
    keys_are "# $(printf 'x%.0s' {1..9000})" "$(cat "$work/id.pub")"
    client true
    keys_are "$(cut -d ' ' -f 1,2 "$work/id.pub") $(printf 'x%.0s' {1..9000})"
    run client true
    equal "$status" 255
    log_has 'authorized_keys:1: the line is too long'
}

@test "authorized_keys: who else may write it makes it worthless" {
    for mode in 620 602 666; do
        chmod $mode "$work/authorized_keys"
        run client true
        equal "$status" 255
        log_has "Authentication refused for $login .*: bad ownership or modes for file .*authorized_keys"
    done
    chmod 640 "$work/authorized_keys"
    client true
}

@test "authorized_keys: who else may write its folder makes it worthless" {
    chmod 775 "$work"
    run client true
    chmod 755 "$work"
    equal "$status" 255
    log_has "Authentication refused for $login .*: bad ownership or modes for directory "
}

@test "authorized_keys: a folder and a FIFO in its place do not stop the server" {
    rm "$work/authorized_keys"
    mkfifo "$work/authorized_keys"
    run client true
    equal "$status" 255
    rm "$work/authorized_keys"
    mkdir "$work/authorized_keys"
    run client true
    equal "$status" 255
    rmdir "$work/authorized_keys"
    keys_back
    client true
}

@test "authorized_keys: a file of 1,500 keys, ours the last" {
    for i in {1..1500}; do echo "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI$(printf '%043d' "$i") key$i"; done >"$work/authorized_keys"
    cat "$work/id.pub" >>"$work/authorized_keys"
    client true
    log_has 'Key found for .*authorized_keys:1501'
}

# --- as another user (root only) ---
@test "root's server lets an unprivileged user in, with that user's rights only" {
    user_make
    server_start --authorized-keys %h/.ssh/authorized_keys
    flags=(-l "$user")
    run client 'id -un; id -u; id -g; id -Gn; pwd; echo $HOME $USER $LOGNAME; cat /proc/$$/status'
    equal "${lines[0]}" "$user"
    equal "${lines[1]}" "$(id -u "$user")"
    equal "${lines[2]}" "$(id -g "$user")"
    equal "${lines[3]}" "$(id -Gn "$user")"
    equal "${lines[4]}" "$work/home"
    equal "${lines[5]}" "$work/home $user $user"
    like "$output" 'CapPrm:.0000000000000000.CapEff:.0000000000000000'
    uid=$(id -u "$user")
    like "$output" "Uid:.$uid.$uid.$uid.$uid"
    run client 'cat /etc/shadow'
    [ "$status" != 0 ]
    server_stop
}

@test "a user's supplementary groups come along, root's do not" {
    user_make
    usermod -aG games "$user"
    server_start --authorized-keys %h/.ssh/authorized_keys
    flags=(-l "$user")
    run client 'id -Gn'
    equal "$output" "$(id -Gn "$user")"
    like "$output" games
    server_stop
}

@test "an unprivileged user's terminal belongs to that user" {
    user_make
    server_start --authorized-keys %h/.ssh/authorized_keys
    run python3 "$root/tests/support/terminal.py" 24 80 ssh -F "$server.conf" -l "$user" -t here 'stat -c "%U %a" $(tty); echo x >$(tty)' </dev/null
    equal "${lines[0]}" "$user 620"
    equal "${lines[1]}" x
    server_stop
}

@test "authorized_keys of another owner is refused, and so is another's home" {
    user_make
    server_start --authorized-keys %h/.ssh/authorized_keys
    flags=(-l "$user")
    client true
    chown nobody "$work/home/.ssh/authorized_keys"
    chmod 644 "$work/home/.ssh/authorized_keys"
    run client true
    equal "$status" 255
    log_has 'bad ownership or modes for file '
    chown "$user" "$work/home/.ssh/authorized_keys"
    chown nobody "$work/home"
    run client true
    equal "$status" 255
    log_has 'bad ownership or modes for directory '
    chown "$user" "$work/home"
    chmod g+w "$work/home/.ssh"
    run client true
    equal "$status" 255
    server_stop
}

@test "a link to a file that the user may not read does not read it with root's rights" {
    user_make
    server_start --authorized-keys %h/.ssh/authorized_keys
    cp "$work/id.pub" "$work/secret"
    chmod 600 "$work/secret"
    ln -sf "$work/secret" "$work/home/.ssh/authorized_keys"
    flags=(-l "$user")
    run client true
    equal "$status" 255
    log_has 'cannot open .*: Permission denied'
    server_stop
}

@test "%u in the place of the keys" {
    user_make
    mkdir "$work/keys"
    cp "$work/id.pub" "$work/keys/$user"
    chmod 644 "$work/keys/$user"
    server_start --authorized-keys "$work/keys/%u"
    flags=(-l "$user")
    client true
    flags=()
    run client true # no file for root there
    equal "$status" 255
    server_stop
}

@test "a home directory that is missing: the program starts in / and is told" {
    user_make
    server_start
    chmod 644 "$work/authorized_keys"
    mv "$work/home" "$work/elsewhere"
    flags=(-l "$user")
    run --separate-stderr client pwd
    equal "$output" /
    like "$stderr" 'home directory'
    chmod 600 "$work/authorized_keys"
    server_stop
}

@test "a user with nologin as shell cannot run anything" {
    user_make
    usermod -s /usr/sbin/nologin "$user"
    server_start --authorized-keys %h/.ssh/authorized_keys
    flags=(-l "$user")
    run client 'echo got in'
    [ "$status" != 0 ]
    [[ $output != *'got in'* ]]
    server_stop
}

@test "a server that an unprivileged user runs lets in that user and no other" {
    user_make
    cp "$SERVER" "$work/server"
    chmod 755 "$work/server"
    chmod 644 "$work/authorized_keys"
    cat >"$work/as_user" <<END
#!/bin/sh
exec setpriv --reuid $(id -u "$user") --regid $(id -g "$user") --clear-groups "$work/server" "\$@"
END
    chmod 755 "$work/as_user"
    cp "$work/host_key" "$work/user_key"
    chown "$user" "$work/user_key"
    SERVER=$work/as_user server_start --host-key "$work/user_key"
    flags=(-l "$user")
    run client 'id -un; tty; ps -o user= -p $PPID'
    equal "${lines[0]}" "$user"
    run python3 "$root/tests/support/terminal.py" 24 80 ssh -F "$server.conf" -l "$user" -t here 'stat -c %U $(tty)' </dev/null
    equal "${lines[0]}" "$user"
    flags=(-l root)
    run client true
    equal "$status" 255
    server_stop
}

@test "at the end: nothing is left behind" {
    at_rest_soon 5
    server_stop
}
