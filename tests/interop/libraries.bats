#!/usr/bin/env bats
# Clients made of other libraries, and newer ones than this machine's: each the same few talks.

load ../support/interop

setup_file() {
    folder_make
    mkdir -m 700 "$work/home" "$work/home/.ssh"
    server_start --verbose
    head -c 5M /dev/urandom >"$work/data"
    sum=$(sha256sum <"$work/data")
    export sum
    ssh-keygen -q -t ed25519 -N '' -C other -f "$work/other"
}
teardown_file() {
    servers_end
    folder_remove
}
setup() {
    host_key=$work/host_key.pub key=$work/id
    log_mark
}
teardown() { server_is_well; }

# --- the clients: each runs COMMAND with the user's $key, expecting $host_key ---

made_of() { # PROGRAM...: of tests/clients
    HOME=$work/home timeout 60 "$@" 127.0.0.1 "$port" "$login" "$key" "$(cut -d ' ' -f 2 "$host_key")" "$command"
}
libssh() { made_of "$root/build/host/tests/clients/libssh"; }
libssh2() { made_of "$root/build/host/tests/clients/libssh2"; }
asyncssh() { made_of /usr/bin/python3 -B "$root/tests/clients/client_asyncssh.py"; }
paramiko() { made_of /usr/bin/python3 -B "$root/tests/clients/client_paramiko.py"; }
paramiko_newer() { PYTHONPATH=$newer/lib/python3/dist-packages paramiko; }

dbclient_newer() {
    [ -e "$key.dropbear" ] || "$newer/bin/dropbearconvert" openssh dropbear "$key" "$key.dropbear" 2>/dev/null
    echo "127.0.0.1 $(cut -d ' ' -f 1,2 "$host_key")" >"$work/home/.ssh/known_hosts"
    HOME=$work/home timeout 60 "$newer/bin/dbclient" -T -p "$port" -i "$key.dropbear" "${flags[@]}" "$login@127.0.0.1" "$command"
}
plink_newer() {
    [ -e "$key.ppk" ] || "$newer/bin/puttygen" "$key" -O private -o "$key.ppk" --new-passphrase /dev/null </dev/null
    HOME=$work/home timeout 60 "$newer/bin/plink" -batch -ssh -P "$port" -hostkey "$(ssh-keygen -lf "$host_key" | cut -d ' ' -f 2)" \
        -i "$key.ppk" "${flags[@]}" "$login@127.0.0.1" "$command"
}

# --- the talks ---

talk() { # CLIENT COMMAND: sets status, output, stderr
    command=$2
    run --separate-stderr "$1"
}

command_talk() {
    talk "$1" 'echo out; echo err >&2; exit 7' </dev/null
    equal "$status" 7
    equal "$output" out
    like "$stderr" err
    log_has "^Accepted publickey for $login "
}

bulk_talk() {
    command="cat $work/data"
    equal "$("$1" </dev/null | sha256sum)" "$sum"
    command="sha256sum"
    equal "$("$1" <"$work/data")" "$sum"
    command="cat"
    equal "$("$1" <"$work/data" | sha256sum)" "$sum"
}

refusals() {
    host_key=$work/other.pub
    talk "$1" 'echo got in' </dev/null
    [ "$status" != 0 ]
    [[ $output != *'got in'* ]]
    host_key=$work/host_key.pub key=$work/other
    talk "$1" 'echo got in' </dev/null
    [ "$status" != 0 ]
    [[ $output != *'got in'* ]]
    await 5 is_at_rest
}

# bats test_tags=quick
@test "libssh: a command, both outputs, the status" { command_talk libssh; }
@test "libssh: 5 MB each way, and both at once" { bulk_talk libssh; }
@test "libssh: another host key, another user's key" { refusals libssh; }

# bats test_tags=quick
@test "asyncssh: a command, both outputs, the status" { command_talk asyncssh; }
@test "asyncssh: 5 MB each way, and both at once" { bulk_talk asyncssh; }
@test "asyncssh: another host key, another user's key" { refusals asyncssh; }

# AES-CTR is all that these two know: a build without it says no, and says why.
with_ctr() { # TALK CLIENT
    if offered ciphers | grep -q 'aes[0-9]*-ctr'; then
        "$1" "$2"
    else
        talk "$2" true </dev/null
        equal "$status" 255
        log_has '^Unable to negotiate with 127\.0\.0\.1 port [0-9]+: no matching cipher found'
    fi
}

@test "libssh2: a command, both outputs, the status" { with_ctr command_talk libssh2; }
@test "libssh2: 5 MB each way, and both at once" { with_ctr bulk_talk libssh2; }
@test "libssh2: another host key, another user's key" { with_ctr refusals libssh2; }

@test "paramiko: a command, both outputs, the status" { with_ctr command_talk paramiko; }
@test "paramiko: 5 MB each way, and both at once" { with_ctr bulk_talk paramiko; }
@test "paramiko: another host key, another user's key" { with_ctr refusals paramiko; }

@test "paramiko 3.5: a command, both outputs, the status" {
    newer paramiko
    command_talk paramiko_newer
}
@test "paramiko 3.5: 5 MB each way, and both at once" {
    newer paramiko
    bulk_talk paramiko_newer
}
@test "paramiko 3.5: another host key, another user's key" {
    newer paramiko
    refusals paramiko_newer
}

@test "dbclient 2026: a command, both outputs, the status" {
    newer dropbear
    command_talk dbclient_newer
}
@test "dbclient 2026: 5 MB each way, and both at once" {
    newer dropbear
    bulk_talk dbclient_newer
}
@test "dbclient 2026: another host key, another user's key" {
    newer dropbear
    refusals dbclient_newer
}
@test "dbclient 2026: a post-quantum key exchange, and each cipher" {
    newer dropbear
    local cipher
    for cipher in $(offered ciphers); do
        "$newer/bin/dbclient" -c help 2>&1 | grep -q "$cipher" || continue
        flags=(-vvv -c "$cipher")
        command_talk dbclient_newer
        like "$stderr" 'kex algo mlkem768x25519-sha256'
        like "$stderr" "enc  ?s2c is  ?$cipher"
    done
}

@test "plink 0.85: a command, both outputs, the status" {
    newer putty
    command_talk plink_newer
}
@test "plink 0.85: 5 MB each way, and both at once" {
    newer putty
    bulk_talk plink_newer
}
@test "plink 0.85: another host key, another user's key" {
    newer putty
    refusals plink_newer
}
# By a saved session. What it does not name PuTTY puts where it thinks best.
plink_prefers() { # KEX[,KEX] CIPHER
    mkdir -p "$work/home/.putty/sessions"
    printf 'KEX=%s,ntru-curve25519,WARN\nCipher=%s,WARN\n' "$1" "$2" >"$work/home/.putty/sessions/preferred"
    flags=(-load preferred -v)
}
@test "plink 0.85: a post-quantum key exchange by itself, and the others, with each cipher" {
    newer putty
    flags=(-v)
    command_talk plink_newer
    like "$stderr" 'ML-KEM-768 / Curve25519 hybrid'
    like "$stderr" 'strict key exchange'
    plink_prefers mlkem-curve25519,ecdh chacha20
    command_talk plink_newer
    like "$stderr" 'ML-KEM-768 / Curve25519 hybrid.*Initialised ChaCha20 outbound'
    plink_prefers ecdh,mlkem-curve25519 aesgcm
    command_talk plink_newer
    like "$stderr" 'ECDH.*Initialised AES-(256|128) GCM .*outbound'
    [[ $stderr != *ML-KEM* ]]
    if offered ciphers | grep -q aes256-ctr; then
        plink_prefers ecdh,mlkem-curve25519 aes
        command_talk plink_newer
        like "$stderr" 'Initialised AES-256 SDCTR .*outbound'
    fi
}

@test "at the end: nothing is left behind" {
    at_rest_soon 5
    server_stop
}
