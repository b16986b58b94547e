#!/usr/bin/env bats
# PuTTY's plink and Dropbear's dbclient.

load ../support/interop

setup_file() {
    folder_make
    server_start
    head -c "${BULK:-20}M" /dev/urandom >"$work/data"
    sum=$(sha256sum <"$work/data")
    host=$(ssh-keygen -lf "$work/host_key.pub" | cut -d ' ' -f 2)
    export sum host
    if command -v puttygen plink >/dev/null; then
        puttygen "$work/id" -O private -o "$work/id.ppk" --new-passphrase /dev/null </dev/null
    fi
    if command -v dropbearconvert >/dev/null; then
        dropbearconvert openssh dropbear "$work/id" "$work/id.dropbear" 2>/dev/null
        mkdir -p "$work/home/.ssh"
        echo "127.0.0.1 $(cut -d ' ' -f 1,2 "$work/host_key.pub")" >"$work/home/.ssh/known_hosts"
    fi
}
teardown_file() {
    servers_end
    folder_remove
}
teardown() { server_is_well; }

putty() {
    [ -e "$work/id.ppk" ] || skip "no plink here"
    HOME=$work/putty timeout 60 plink -batch -ssh -P "$port" -hostkey "$host" -i "$work/id.ppk" "${flags[@]}" "$login@127.0.0.1" "$@"
}
dropbear() {
    [ -e "$work/id.dropbear" ] || skip "no dbclient here"
    HOME=$work/home timeout 60 dbclient -T -p "$port" -i "$work/id.dropbear" "${flags[@]}" "$login@127.0.0.1" "$@"
}
needs_putty() { [ -e "$work/id.ppk" ] || skip "no plink here"; }
needs_dropbear() { [ -e "$work/id.dropbear" ] || skip "no dbclient here"; }

# bats test_tags=quick
@test "plink: a command, both outputs, the status" {
    needs_putty
    run --separate-stderr putty 'echo out; echo err >&2; exit 7'
    equal "$status" 7
    equal "$output" out
    equal "$stderr" err
}

@test "plink: to the client, as it was" {
    needs_putty
    equal "$(putty "cat $work/data" </dev/null | sha256sum)" "$sum"
}

@test "plink: to the server, as it was" {
    needs_putty
    equal "$(putty sha256sum <"$work/data")" "$sum"
}

@test "plink: both ways at once" {
    needs_putty
    equal "$(putty cat <"$work/data" | sha256sum)" "$sum"
}

@test "plink: another host key is refused" {
    needs_putty
    host=SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
    run putty true
    [ "$status" != 0 ]
    like "$output" '[Hh]ost key'
}

@test "plink: another key is refused" {
    needs_putty
    puttygen -t ed25519 -q -O private -o "$work/other.ppk" --new-passphrase /dev/null </dev/null
    run env HOME="$work/putty" timeout 20 plink -batch -ssh -P "$port" -hostkey "$host" -i "$work/other.ppk" "$login@127.0.0.1" true
    [ "$status" != 0 ]
}

@test "plink: a terminal" {
    needs_putty
    flags=(-t)
    run putty 'tty; exit 4' </dev/null
    equal "$status" 4
    like "$output" '/dev/pts/[0-9]+'
}

@test "plink: new keys every MB (a saved session)" {
    needs_putty
    mkdir -p "$work/putty/.putty/sessions"
    echo 'RekeyBytes=1M' >"$work/putty/.putty/sessions/often"
    flags=(-load often)
    equal "$(putty cat <"$work/data" | sha256sum)" "$sum"
    rm "$work/putty/.putty/sessions/often"
}

# bats test_tags=quick
@test "dbclient: a command, both outputs, the status" {
    needs_dropbear
    run --separate-stderr dropbear 'echo out; echo err >&2; exit 7'
    equal "$status" 7
    equal "$output" out
    like "$stderr" err
}

@test "dbclient: to the client, as it was" {
    needs_dropbear
    equal "$(dropbear "cat $work/data" </dev/null | sha256sum)" "$sum"
}

@test "dbclient: to the server, as it was" {
    needs_dropbear
    equal "$(dropbear sha256sum <"$work/data")" "$sum"
}

@test "dbclient: both ways at once" {
    needs_dropbear
    equal "$(dropbear cat <"$work/data" | sha256sum)" "$sum"
}

@test "dbclient: a changed host key is refused" {
    needs_dropbear
    ssh-keygen -q -t ed25519 -N '' -f "$BATS_TEST_TMPDIR/k"
    mkdir -p "$BATS_TEST_TMPDIR/.ssh"
    echo "127.0.0.1 $(cut -d ' ' -f 1,2 "$BATS_TEST_TMPDIR/k.pub")" >"$BATS_TEST_TMPDIR/.ssh/known_hosts"
    run env HOME="$BATS_TEST_TMPDIR" timeout 20 dbclient -T -p "$port" -i "$work/id.dropbear" "$login@127.0.0.1" true </dev/null
    [ "$status" != 0 ]
    like "$output" '[Hh]ost key mismatch'
}

@test "dbclient: keepalives and idle" {
    needs_dropbear
    flags=(-K 1)
    run dropbear 'sleep 3; echo still here'
    like "$output" 'still here'
}

@test "at the end: nothing is left behind" {
    at_rest_soon 5
    server_stop
}
