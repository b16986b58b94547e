#!/usr/bin/env bats
# OpenSSH certificates, made by ssh-keygen: of users (--trusted-ca, cert-authority) and of the host.

load ../support/interop

setup_file() {
    folder_make
    ssh-keygen -q -t ed25519 -N '' -C 'the CA' -f "$work/ca"
    ssh-keygen -q -t ed25519 -N '' -C 'another CA' -f "$work/other_ca"
    if [ -e "$sk_provider" ]; then
        ssh-keygen -q -t ed25519-sk -w "$sk_provider" -N '' -C sk -f "$work/id_sk" </dev/null
    fi
    : >"$work/authorized_keys"
    server_start --trusted-ca "$work/ca.pub" --verbose
}
teardown_file() {
    servers_end
    folder_remove
}
setup() {
    : >"$work/authorized_keys"
    key=$BATS_TEST_TMPDIR/key ca=$work/ca
    log_mark
}
teardown() { server_is_well; }

fingerprint() { ssh-keygen -lf "$1" | cut -d ' ' -f 2 | sed 's,[+],\\+,g'; }

# certify [FILE] OPTION...: the client's only key is from now on a copy of FILE (the test's own when
# it does not begin with a slash), certified with these options of ssh-keygen
certify() {
    local from=$work/id
    case ${1:-} in
    /*) from=$1 && shift ;;
    esac
    cp "$from" "$key"
    cp "$from.pub" "$key.pub"
    ssh-keygen -q -s "$ca" -I 'an id' -z 4711 "$@" "$key.pub"
    key_only "$key"
}
certify_login() { certify "$@" -n "$login"; }

gets_in() { equal "$(client 'echo in')" in; }

# refused PATTERN: the log says why in one line
refused() {
    log_mark
    run client 'echo in'
    equal "$status" 255
    like "$output" 'Permission denied \(publickey\)'
    log_has "^Authentication refused for $login from 127\.0\.0\.1 port [0-9]+: .*$1"
    [ "$(log_lines | grep -c '^Authentication refused')" = 1 ]
}

# --- users, by a trusted CA ---

# bats test_tags=quick
@test "a certificate of the trusted CA gets in, and the log has its id, serial number and CA" {
    certify_login
    gets_in
    log_has "^Accepted publickey for $login from 127\.0\.0\.1 port [0-9]+ ssh2: ED25519-CERT $(fingerprint "$key") ID an id \(serial 4711\) CA ED25519 $(fingerprint "$ca")$"
}

@test "OpenSSH 10: a certificate gets in" {
    openssh_newer
    certify_login
    gets_in
}

@test "a serial number and a key id of any size and content stay one line" {
    certify_login -z 18446744073709551615 -I $'a "quoted" id\nAccepted publickey for root \e[2J\\'
    gets_in
    log_has '^Accepted publickey .* ID a "quoted" id\\012Accepted publickey for root \\033\[2J\\\\ \(serial 18446744073709551615\) CA '
    equal "$(log_lines | grep -c '^Accepted')" 1
    certify_login -I ''
    gets_in
}

# bats test_tags=quick
@test "the certified key alone does not get in, the CA's own neither" {
    key_only "$work/id"
    run client true
    equal "$status" 255
    key_only "$work/ca"
    run client true
    equal "$status" 255
}

# bats test_tags=quick
@test "a certificate of another CA is refused" {
    ca=$work/other_ca
    certify_login
    run client true
    equal "$status" 255
    log_has "^Failed publickey for $login .* ssh2: ED25519-CERT "
}

@test "a refused certificate, then the plain key on the same connection" {
    ca=$work/other_ca
    certify_login
    cp "$work/id.pub" "$work/authorized_keys"
    gets_in
    log_has "^Accepted publickey for $login .* ssh2: ED25519 $(fingerprint "$key")$"
}

# bats test_tags=quick
@test "principals: one of several; not another's, none at all, no pattern" {
    certify -n "somebody,$login,else"
    gets_in
    certify -n somebody
    refused 'the certificate is not for this user'
    certify
    refused 'the certificate is not for this user'
    certify -n '*'
    refused 'the certificate is not for this user'
    certify -n "${login}x,x$login,${login^^}"
    refused 'the certificate is not for this user'
}

# bats test_tags=quick
@test "validity: expired, not yet, for ever, just now" {
    certify_login -V 20200101:20200102
    refused 'the certificate has expired'
    certify_login -V +1d:+2d
    refused 'the certificate is not valid yet'
    certify_login -V always:forever
    gets_in
    certify_login -V -1m:+5m
    gets_in
    certify_login -V always:-1s
    refused 'the certificate has expired'
}

# bats test_tags=quick
@test "force-command" {
    certify_login -O force-command='echo "forced: $SSH_ORIGINAL_COMMAND"; exit 5'
    run client 'echo mine'
    equal "$status" 5
    equal "$output" 'forced: echo mine'
    run client
    equal "$output" 'forced: '
}

@test "source-address" {
    certify_login -O source-address=127.0.0.1
    gets_in
    certify_login -O source-address=192.0.2.0/24,127.0.0.0/8,::1/128
    gets_in
    certify_login -O source-address=192.0.2.0/24,::1/128
    refused 'the certificate is not for this address'
}

@test "an unknown critical option is refused, an unknown extension is not" {
    certify_login -O critical:foo@example.com
    refused 'the certificate has an unknown condition'
    certify_login -O critical:foo@example.com=bar -O force-command=true
    refused 'the certificate has an unknown condition'
    certify_login -O extension:foo@example.com=bar
    gets_in
}

@test "without permit-pty no terminal, with it one" {
    certify_login -O clear
    gets_in
    flags=(-tt)
    run client tty </dev/null
    like "$output" 'PTY allocation request failed'
    certify_login -O clear -O permit-pty
    run client tty </dev/null
    like "$output" '/dev/pts/'
    certify_login -O no-pty
    run client tty </dev/null
    like "$output" 'PTY allocation request failed'
}

@test "a host's certificate does not log a user in" {
    certify_login -h
    run client true
    equal "$status" 255
    run ! log_matches '^Accepted'
    # ssh itself does not offer it; a client that does is refused
    run script "$key-cert.pub" <<'END'
import base64
blob = base64.b64decode(open(sys.argv[1]).read().split()[1])
c = Client(here)
c.service()
c.send(b"\x32" + s(user) + s("ssh-connection") + s("publickey") + b"\0" + s("ssh-ed25519-cert-v01@openssh.com") + s(blob))
assert c.receive()[0] == 51
END
    echo "$output"
    equal "$status" 0
    log_has "^Failed publickey for $login .* ED25519-CERT "
}

@test "every byte of a certificate counts" {
    certify_login
    script "$key-cert.pub" <<'END'
import base64
blob = base64.b64decode(open(sys.argv[1]).read().split()[1])
name = "ssh-ed25519-cert-v01@openssh.com"
def ask(c, blob):
    c.send(b"\x32" + s(user) + s("ssh-connection") + s("publickey") + b"\0" + s(name) + s(blob))
    return c.receive()[0]
c = Client(here)
c.service()
assert ask(c, blob) == 60
for i in range(40, len(blob), 7):
    if i % 5 == 0:
        c.close()
        c = Client(here)
        c.service()
    changed = bytearray(blob)
    changed[i] ^= 1
    assert ask(c, bytes(changed)) == 51, i
END
}

@test "a long certificate: many principals" {
    certify -n "$(printf 'principal%04d,' {1..150})$login"
    gets_in
}

@test "other keys as CA: those that this build knows, the others are refused" {
    local type
    for type in ecdsa rsa; do
        ssh-keygen -q -t $type -N '' -f "$BATS_TEST_TMPDIR/$type"
        ca=$BATS_TEST_TMPDIR/$type
        certify_login
        echo "cert-authority $(cat "$ca.pub")" >"$work/authorized_keys"
        if offered 'user keys' | grep -q "${type/rsa/rsa-sha2-512}"; then
            gets_in
            log_has "^Accepted publickey .* CA ${type^^} $(fingerprint "$ca")"
        else
            run client true
            equal "$status" 255
        fi
    done
    gets_in_with_own=$(ca=$work/ca && certify_login && client 'echo in')
    equal "$gets_in_with_own" in
}

# --- users, by a cert-authority line ---

# bats test_tags=quick
@test "cert-authority: its certificates get in, itself does not" {
    ca=$work/other_ca
    certify_login
    echo "cert-authority $(cat "$ca.pub")" >"$work/authorized_keys"
    gets_in
    key_only "$ca"
    run client true
    equal "$status" 255
}

@test "a line without cert-authority makes no CA" {
    ca=$work/other_ca
    certify_login
    cp "$ca.pub" "$work/authorized_keys"
    run client true
    equal "$status" 255
    key_only "$ca"
    gets_in
}

@test "cert-authority: principals stand for the user's name" {
    ca=$work/other_ca
    echo "cert-authority,principals=\"backup,admin\" $(cat "$ca.pub")" >"$work/authorized_keys"
    certify -n admin
    gets_in
    certify_login
    refused 'the certificate is not for this user'
    certify
    refused 'the certificate is not for this user'
}

@test "cert-authority: the line's options and the certificate's both hold" {
    ca=$work/other_ca
    local line
    authority() { echo "cert-authority,$1 $(cat "$ca.pub")" >"$work/authorized_keys"; }
    authority 'command="echo of the line"'
    certify_login
    equal "$(client 'echo in')" 'of the line'
    certify_login -O force-command='echo of the certificate'
    refused 'the certificate forces another command'
    authority 'command="echo of both"'
    certify_login -O force-command='echo of both'
    equal "$(client 'echo in')" 'of both'
    authority 'from="192.0.2.1"'
    certify_login
    refused 'not for this address'
    authority restrict
    gets_in
    flags=(-tt)
    run client tty </dev/null
    like "$output" 'PTY allocation request failed'
    flags=()
    authority 'environment="OF=line"'
    equal "$(client 'echo $OF')" line
    authority 'expiry-time="20200101"'
    refused 'the line has expired'
}

# --- FIDO keys ---

# bats test_tags=quick
@test "a FIDO key's certificate: touched, not touched" {
    needs_sk
    certify_login "$work/id_sk"
    flags=(-o SecurityKeyProvider="$sk_provider")
    gets_in
    log_has '^Accepted publickey .* ED25519-SK-CERT '
    export NANO_SK_FLAGS=0
    refused 'the hardware key was not touched or unlocked'
    certify_login "$work/id_sk" -O no-touch-required
    # of a trusted CA's certificate the extension is enough
    gets_in
}

@test "a FIDO key's certificate: verify-required" {
    needs_sk
    flags=(-o SecurityKeyProvider="$sk_provider")
    certify_login "$work/id_sk" -O verify-required
    export NANO_SK_FLAGS=1
    refused 'the hardware key was not touched or unlocked'
    NANO_SK_FLAGS=5
    gets_in
}

@test "cert-authority, a FIDO key, no touch: both the line and the certificate must allow it" {
    needs_sk
    ca=$work/other_ca
    flags=(-o SecurityKeyProvider="$sk_provider")
    export NANO_SK_FLAGS=0
    echo "cert-authority $(cat "$ca.pub")" >"$work/authorized_keys"
    certify_login "$work/id_sk" -O no-touch-required
    refused 'the hardware key was not touched or unlocked'
    echo "cert-authority,no-touch-required $(cat "$ca.pub")" >"$work/authorized_keys"
    gets_in
    certify_login "$work/id_sk"
    refused 'the hardware key was not touched or unlocked'
}

# --- the file of CAs ---

@test "--trusted-ca: comments, several keys; missing or writable by others: no start" {
    { echo '# CAs'; echo; cat "$work/other_ca.pub" "$work/ca.pub"; } >"$work/cas"
    server_start --trusted-ca "$work/cas"
    certify_login
    gets_in
    ca=$work/other_ca
    certify_login
    gets_in
    server_stop
    run timeout 10 "$SERVER" --check --host-key "$work/host_key" --trusted-ca "$work/nothing"
    equal "$status" 1
    like "$output" '^--trusted-ca: '
    chmod 666 "$work/cas"
    run timeout 10 "$SERVER" --check --host-key "$work/host_key" --trusted-ca "$work/cas"
    equal "$status" 1
    like "$output" 'bad ownership or modes for file'
}

@test "without --trusted-ca a certificate is worth nothing" {
    server_start
    certify_login
    run client true
    equal "$status" 255
    server_stop
}

# --- the host ---

# host_certify OPTION...: $work/certified-cert.pub for the host key; the client trusts that CA only
host_certify() {
    cp "$work/host_key.pub" "$work/certified.pub"
    ssh-keygen -q -s "$ca" -I 'a host' -h "$@" "$work/certified.pub"
    cp "$work/id.pub" "$work/authorized_keys"
}
trust_ca() { echo "@cert-authority here $(cut -d ' ' -f 1,2 "$ca.pub")" >"$work/known_hosts"; }

# bats test_tags=quick
@test "the host's certificate: a client that knows only the CA trusts it" {
    host_certify -n here,elsewhere
    server_start --host-certificate "$work/certified-cert.pub"
    trust_ca
    flags=(-v)
    run client 'echo in'
    equal "$status" 0
    like "$output" 'kex: host key algorithm: ssh-ed25519-cert-v01@openssh\.com'
    like "$output" 'is a trusted CA|matches CA|found matching CA|Host .here. is known and matches the ED25519-CERT host certificate'
    # one that knows only the key is served as well
    echo "here $(cut -d ' ' -f 1,2 "$work/host_key.pub")" >"$work/known_hosts"
    run client 'echo in'
    equal "$status" 0
    like "$output" 'Host .here. is known and matches the ED25519 host key'
    server_stop
}

@test "OpenSSH 10: the host's certificate" {
    openssh_newer
    host_certify -n here
    server_start --host-certificate "$work/certified-cert.pub"
    trust_ca
    gets_in
    server_stop
}

@test "the host's certificate: the client refuses another CA, another name, an expired one" {
    host_certify -n here
    server_start --host-certificate "$work/certified-cert.pub"
    ca=$work/other_ca
    trust_ca
    run client true
    equal "$status" 255
    server_stop

    ca=$work/ca
    host_certify -n elsewhere
    server_start --host-certificate "$work/certified-cert.pub"
    trust_ca
    run client true
    equal "$status" 255
    server_stop

    host_certify -n here -V 20200101:20200102
    server_start --host-certificate "$work/certified-cert.pub"
    trust_ca
    log_has 'warning: the host certificate has expired'
    run client true
    equal "$status" 255
    server_stop
}

@test "the host's certificate: what is none, or not for the key, is refused at the start" {
    check() { run timeout 10 "$SERVER" --check --host-key "$work/host_key" --host-certificate "$1"; }
    host_certify -n here
    check "$work/certified-cert.pub"
    equal "$status" 0
    check "$work/nothing"
    equal "$status" 1
    like "$output" "host certificate $work/nothing refused: No such file"
    check "$work/host_key.pub"
    equal "$status" 1
    like "$output" 'refused: not a certificate'
    check "$work/host_key"
    equal "$status" 1
    certify_login
    check "$key-cert.pub"
    equal "$status" 1
    like "$output" "refused: a user's certificate"
    cp "$work/id.pub" "$work/foreign.pub"
    ssh-keygen -q -s "$ca" -I x -h -n here "$work/foreign.pub"
    check "$work/foreign-cert.pub"
    equal "$status" 1
    like "$output" 'refused: not for one of the host keys'
}

@test "at the end: nothing is left behind" {
    at_rest_soon 5
    server_stop
}
