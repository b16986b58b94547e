#!/usr/bin/env bats
# What a build does not have: not spoken of, refused as the RFCs have it, and never done by halves. With the small profile
# ($MIN, make PROFILE=min), and how features are named that are to be left out.

load ../support/interop

SERVER=${MIN:-$root/build/$(uname -m)-min-sodium/nano_ssh_server}
case $SERVER in
/*) ;;
*) SERVER=$root/$SERVER ;;
esac

setup_file() {
    [ -x "$SERVER" ] || skip "there is no $SERVER (make PROFILE=min)"
    folder_make
    server_start --verbose
}
teardown_file() {
    [ -z "${server:-}" ] || servers_end
    folder_remove
}
teardown() { [ -z "${server:-}" ] || server_is_well; }

@test "--help and --version speak of what is there" {
    for option in listen host-key authorized-keys user no-pty; do has_option "$option"; done
    for option in password trusted-ca force-command banner inetd forwarding sftp ttl strict ready-fd; do
        run ! has_option "$option"
    done
    run ! grep -Eq 'NANO_SSH|certificate|PROGRAM|unix:' <("$SERVER" --help)
    # Where size comes first, no self-test.
    like "$("$SERVER" --version | sed -n 's/^features: *//p')" '^pty( self_test)?$'
    equal "$("$SERVER" --version | sed -n 's/^ciphers: *//p')" chacha20-poly1305@openssh.com
}

@test "an option of a feature that is not there is unknown" {
    for option in --trusted-ca=x --password-hash-file=x --no-sftp --ttl=1 --call-home=a:1 -- -i; do
        run timeout 5 "$SERVER" "$option"
        equal "$status" 2
        like "$output" 'unknown option'
    done
    run timeout 5 "$SERVER" --listen "unix:$work/socket" --host-key "$work/host_key"
    equal "$status" 1
    like "$output" 'cannot listen on .*use PORT or ADDRESS:PORT'
}

@test "no password is offered; variables of the environment are nothing to it" {
    run client -o PreferredAuthentications=password,keyboard-interactive true
    equal "$status" 255
    like "$output" 'Permission denied \(publickey\)'
    # A port that nobody could listen on: it would end at once.
    NANO_SSH_LISTEN=nonsense timeout 5 "$SERVER" --check --host-key "$work/host_key"
}

@test "SFTP and other channels are refused, and commands go on" {
    run sftp -F "$server.conf" -b /dev/null test
    [ "$status" != 0 ]
    like "$output" 'subsystem request failed|Connection closed'
    run client -W 127.0.0.1:1 true
    like "$output" 'stdio forwarding failed'
    run client -o ExitOnForwardFailure=yes -R 0:127.0.0.1:1 true
    equal "$status" 255
    like "$output" 'remote port forwarding failed'
    run client 'echo still here'
    equal "$output" 'still here'
}

# An option could be a restriction: who does not know it must let nobody in by that line.
@test "a line with options lets nobody in, and the log says why" {
    for options in no-pty 'command="true"' restrict,pty 'from="*"' cert-authority nonsense 'environment="A=b"'; do
        log_mark
        echo "$options $(cat "$work/id.pub")" >"$work/authorized_keys"
        run client true
        equal "$status" 255
        log_has 'authorized_keys:1: this build knows no options of keys$'
    done
    cp "$work/id.pub" "$work/authorized_keys"
    client true
}

@test "a certificate is a key that nobody knows" {
    ssh-keygen -q -t ed25519 -N '' -f "$work/ca"
    cp "$work/id" "$work/certified"
    cp "$work/id.pub" "$work/certified.pub"
    ssh-keygen -q -s "$work/ca" -I test -n "$login" "$work/certified.pub"
    cp "$work/ca.pub" "$work/authorized_keys"
    run client -o CertificateFile="$work/certified-cert.pub" true
    equal "$status" 255
    cp "$work/id.pub" "$work/authorized_keys"
}

@test "WITHOUT: an unknown name is an error that lists the names" {
    run make -C "$root" --no-print-directory -n WITHOUT=agent,nonsense
    [ "$status" != 0 ]
    like "$output" 'WITHOUT: there is no nonsense in PROFILE=full'
    like "$output" ' sftp .* cipher_aes256gcm .* applet:grep '
}

@test "WITHOUT: rows go with what belongs to them, and no table may be empty" {
    left() { awk -v names="$1" -f "$root/profile/without.awk" "$root/profile/$2"; }
    run ! grep -q '_cert' <(left certificates full.c)
    run ! grep -q 'curve25519' <(left kex_curve25519 full.c | sed '/x25519,/d')
    run ! grep -Eq 'has\((local|remote)_|has\((agent|forwarding)\)' <(left forwarding full-features.c)
    grep -q 'has(names)' <(left forwarding full-features.c)
    run ! grep -q 'has(names)' <(left 'forwarding call_home' full-features.c)
    run ! grep -q 'has(files)' <(left 'sftp scp' full-features.c)
    grep -q '" all but banner"' <(left banner full-features.c)
    run ! grep -q 'applet_ls' <(left applet:ls commands-all.c)
    run left 'cipher_chachapoly cipher_aes256gcm' full.c
    equal "$status" 1
    like "$output" 'would be empty'
}

@test "at the end: nothing is left behind" { server_stop; }
