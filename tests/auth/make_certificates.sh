#!/bin/sh
# Makes certificates.h: keys and certificates by ssh-keygen, for tests alone.
#
#   sh tests/auth/make_certificates.sh > tests/auth/certificates.h
#
# Keys are new at every run, so all of the header changes; the private halves are thrown away. A
# hardware key's public half is made up: certifying one takes no token.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"

text() { # NAME BASE64, cut to the width of a line
    printf 'static const char %s[] =' "$1"
    printf '%s\n' "$2" | fold -w 92 | awk '{ printf "\n    \"%s\"", $0 }'
    printf ';\n\n'
}

blob() { # NAME FILE
    text "$1" "$(cut -d ' ' -f 2 <"$2")"
}

# NAME CA KEY ssh-keygen's arguments…; valid from 2020-01-01 to 2040-01-01 unless they say otherwise
certify() {
    name=$1 ca=$2 key=$3
    shift 3
    cp "$key.pub" one.pub
    ssh-keygen -q -s "$ca" -V 0x5e0be100:0x83aa7e80 "$@" one.pub
    blob "$name" one-cert.pub
}

new() { # FILE ssh-keygen's arguments…
    file=$1
    shift
    ssh-keygen -q -N '' -C '' -f "$file" "$@"
}

sk_public() { # FILE: string name, string key (32 bytes), string application
    {
        printf '\0\0\0\032sk-ssh-ed25519@openssh.com\0\0\0\040'
        head -c 32 /dev/urandom
        printf '\0\0\0\004ssh:'
    } | base64 -w 0 | sed 's/^/sk-ssh-ed25519@openssh.com /' >"$1"
}

new ca -t ed25519
new ca_rsa -t rsa -b 2048
new user -t ed25519
new user_rsa -t rsa -b 2048
new user_ecdsa -t ecdsa -b 256
sk_public sk.pub

cat <<'END'
/* Made by make_certificates.sh; not to be edited. */
/* clang-format off */
#ifndef TESTS_AUTH_CERTIFICATES_H
#define TESTS_AUTH_CERTIFICATES_H

END
blob blob_ca ca.pub
blob blob_ca_rsa ca_rsa.pub
blob blob_user user.pub
blob blob_user_rsa user_rsa.pub
blob blob_user_ecdsa user_ecdsa.pub
blob blob_sk sk.pub
certify cert_plain ca user -I plain -n alice -z 7
certify cert_restricted ca user -I restricted -n alice,bob -O clear \
    -O force-command='echo "hi"' -O source-address=10.0.0.0/8,2001:db8::/32
certify cert_host ca user -h -I host -n host.example
certify cert_nobody ca user -I nobody
certify cert_forever ca user -I forever -n alice -V always:forever
certify cert_critical ca user -I critical -n alice -O critical:new@example.com=x
certify cert_extension ca user -I extension -n alice -O extension:new@example.com=x
certify cert_sk ca sk -I sk -n alice
certify cert_sk_untouched ca sk -I untouched -n alice -O no-touch-required
certify cert_sk_verified ca sk -I verified -n alice -O verify-required
certify cert_rsa ca user_rsa -I rsa -n alice
certify cert_ecdsa ca user_ecdsa -I ecdsa -n alice
certify cert_by_rsa512 ca_rsa user -I by-rsa512 -n alice -t rsa-sha2-512
certify cert_by_rsa1 ca_rsa user -I by-rsa1 -n alice -t ssh-rsa
echo '#endif'
