#!/usr/bin/env bats
# Every algorithm that the binary offers, forced by OpenSSH's own and a newer client.

load ../support/interop

setup_file() {
    folder_make
    keys_make
    server_start "${host_keys[@]}" --verbose
    {
        cut -d ' ' -f 1,2 "$work/host_key.pub"
        cat "$work"/host_key_*.pub 2>/dev/null | cut -d ' ' -f 1,2
    } | sed 's/^/here /' >"$work/known_hosts"
    head -c 1M /dev/urandom >"$work/data"
    sum=$(sha256sum <"$work/data")
    export sum
}
teardown_file() {
    servers_end
    folder_remove
}
# With both providers each algorithm is one's of the two, which are here with all combinations; a CPU of which something is
# hidden from libcrypto changes single algorithms.
combinations=every
[ "${PROVIDER:-}" != -both ] && [ -z "${OPENSSL_ia32cap:-}" ] || combinations=each

setup() {
    openssh_own
    log_mark
}
teardown() { server_is_well; }

# --- keys ---

# A key of each type offered; sets host_keys, the server's options.
keys_make() {
    local type
    host_keys=(--host-key "$work/host_key")
    for type in $(offered 'host keys'); do
        case $type in
        *-cert-* | ssh-ed25519) continue ;; # certificates: certificates.bats
        esac
        host_key_make "$type"
    done
    for type in $(offered 'user keys'); do
        user_key_make "$type"
    done
    cat "$work"/id*.pub >"$work/authorized_keys"
}

# The file's name is the key's; RSA has a name for each hash.
key_kind() {
    case $1 in
    rsa-*) echo rsa ;;
    ecdsa-sha2-*) echo "ecdsa${1##*nistp}" ;;
    sk-ssh-ed25519*) echo ed25519_sk ;;
    sk-ecdsa-*) echo ecdsa_sk ;;
    *) echo ed25519 ;;
    esac
}

host_key_make() {
    local kind file
    kind=$(key_kind "$1") file=$work/host_key_$(key_kind "$1")
    [ ! -e "$file" ] || return 0
    key_generate "$kind" "$file"
    host_keys+=(--host-key "$file")
}

user_key_make() {
    local kind
    kind=$(key_kind "$1")
    case $1 in
    *-cert-*) return ;;
    sk-*) [ -e "$sk_provider" ] || return 0 ;;
    esac
    [ "$kind" != ed25519 ] || ln -sf id "$work/id_ed25519"
    [ -e "$work/id_$kind" ] || key_generate "$kind" "$work/id_$kind"
}

key_generate() { # KIND FILE
    case $1 in
    *_sk) ssh-keygen -q -t "${1%_sk}-sk" -w "$sk_provider" -N '' -C "$1" -f "$2" </dev/null ;;
    rsa) ssh-keygen -q -t rsa -b 3072 -N '' -C "$1" -f "$2" ;;
    ecdsa*) ssh-keygen -q -t ecdsa -b "${1#ecdsa}" -N '' -C "$1" -f "$2" ;;
    esac
}

# --- one connection ---

# carries OPTION...: 1 MB both ways, keys renewed at least three times each way; sets debug, what ssh
# says with -v.
# shellcheck disable=SC2120  # most often without any
carries() {
    local got status=0
    debug=$BATS_TEST_TMPDIR/debug
    got=$(client -v -o RekeyLimit=256K "$@" cat <"$work/data" 2>"$debug.crlf" | sha256sum) || status=$?
    tr -d '\r' <"$debug.crlf" >"$debug"
    if [ $status != 0 ] || [ "$got" != "$sum" ] || [ "$(grep -c 'SSH2_MSG_NEWKEYS received' "$debug")" -lt 4 ]; then
        echo "with $*: status $status"
        grep -v '^debug1: \(identity\|loaded\|Reading\)' "$debug" | tail -n 30
        return 1
    fi
}

# said LINE: as a whole, by -v
said() {
    grep -Fqx -e "debug1: $1" "$debug" || {
        echo "ssh -v did not say: $1"
        grep 'kex: ' "$debug" | sort -u
        return 1
    }
}

knows() { "$ssh" -Q "$1" | grep -Fqx "$2"; } # KIND NAME

# ciphers_each COMMAND...: with every cipher, and every MAC where the cipher needs one
ciphers_each() {
    local cipher mac
    for cipher in $(offered ciphers); do
        case $cipher in
        *gcm* | *poly1305*) "$@" "$cipher" '<implicit>' ;;
        *) for mac in $(offered macs); do "$@" "$cipher" "$mac"; done ;;
        esac || return 1
    done
}

exchange() { # KEX CIPHER MAC
    local flags=(-o KexAlgorithms="$1" -o Ciphers="$2")
    case $3 in
    '<'*) ;;
    *) flags+=(-o MACs="$3") ;;
    esac
    carries || return 1
    said "kex: algorithm: $1" || return 1
    said "kex: server->client cipher: $2 MAC: $3 compression: none" || return 1
    said "kex: client->server cipher: $2 MAC: $3 compression: none" || return 1
    tried+=("$1 $2 $3")
}

# exchange_all every: each key exchange with each cipher; exchange_all each: the first with each cipher, the others with the
# cipher that is offered first
exchange_all() {
    local kex first='' tried=()
    for kex in $(offered kex); do
        knows kex "$kex" || continue
        if [ "$1" = every ] || [ -z "$first" ]; then
            ciphers_each exchange "$kex"
        else
            exchange "$kex" "$(offered ciphers | cut -d ' ' -f 1)" '<implicit>'
        fi
        first=$kex
    done
    echo "# ${#tried[@]} combinations" >&3
    [ ${#tried[@]} -ge 2 ]
}

# bats test_tags=quick
@test "OpenSSH: every key exchange with every cipher and MAC" {
    exchange_all "$combinations"
}
@test "OpenSSH 10: every key exchange, and every cipher and MAC" {
    openssh_newer
    exchange_all each
}

# Types of the host's keys and the user's

login_as() { # HOST-KEY USER-KEY
    local flags file
    file=$work/id_$(key_kind "$2")
    flags=(-o HostKeyAlgorithms="$1" -o PubkeyAcceptedAlgorithms="$2" -o IdentityFile="$file" -o SecurityKeyProvider="$sk_provider")
    log_mark
    carries || return 1
    said "kex: host key algorithm: $1" || return 1
    log_has "^Accepted publickey for $login from 127\.0\.0\.1 port [0-9]+ ssh2: [A-Z0-9-]+ $(ssh-keygen -lf "$file" | cut -d ' ' -f 2 | sed 's,[+],\\+,g')$"
    tried+=("$1 $2")
}

# login_all every: each host key with each user's; login_all each: the first host key with each, the others with one
login_all() {
    local host user first='' tried=()
    for host in $(offered 'host keys'); do
        case $host in *-cert-*) continue ;; esac
        for user in $(offered 'user keys'); do
            case $user in *-cert-*) continue ;; esac
            [ -e "$work/id_$(key_kind "$user")" ] || continue # no FIDO key here
            login_as "$host" "$user" || return 1
            [ "$1" = every ] || [ -z "$first" ] || break
        done
        first=$host
    done
    echo "# ${#tried[@]} combinations" >&3
    [ ${#tried[@]} -ge 1 ]
}

# bats test_tags=quick
@test "OpenSSH: every type of host key with every type of user key" { login_all "$combinations"; }
@test "OpenSSH 10: every type of host key, and every type of user key" {
    openssh_newer
    login_all each
}

# --- without force ---

@test "OpenSSH 10 by itself: a post-quantum key exchange, and no warning" {
    openssh_newer
    offered kex | grep -qw mlkem768x25519-sha256 || skip "not in this build"
    carries
    said 'kex: algorithm: mlkem768x25519-sha256'
    flags=(-o LogLevel=INFO)
    run --separate-stderr client true
    equal "$status" 0
    equal "$stderr" ''
}

# bats test_tags=quick
@test "OpenSSH by itself: strict key exchange, and it is told the types of user keys" {
    carries
    said 'kex: server->client cipher: chacha20-poly1305@openssh.com MAC: <implicit> compression: none'
    grep -q 'kex_input_ext_info: server-sig-algs=<' "$debug"
    told=$(sed -n 's/.*server-sig-algs=<\(.*\)>/\1/p' "$debug" | head -n 1 | tr ',' ' ')
    equal "$told" "$(offered 'user keys' | tr ' ' '\n' | grep -v cert | paste -sd ' ')"
    flags=(-vvv)
    run client true
    like "$output" 'will use strict KEX ordering'
}

@test "compression is declined" {
    flags=(-C)
    carries
    said 'kex: server->client cipher: chacha20-poly1305@openssh.com MAC: <implicit> compression: none'
}

# refused_with PATTERN OPTION...
refused_with() {
    local pattern=$1
    shift
    log_mark
    run client -o LogLevel=INFO "$@" true
    equal "$status" 255
    like "$output" "Unable to negotiate with .*: no matching $pattern found. Their offer: "
    log_has "^Unable to negotiate with 127\.0\.0\.1 port [0-9]+: no matching $pattern found"
}

# bats test_tags=quick
@test "what is not offered: a clear no on the client's side, and the server goes on" {
    refused_with 'key exchange method' -o KexAlgorithms=diffie-hellman-group14-sha1
    refused_with 'cipher' -o Ciphers=aes256-cbc
    refused_with 'host key type' -o HostKeyAlgorithms=ssh-rsa
    for line in 'kex KexAlgorithms' 'cipher Ciphers' 'key-sig HostKeyAlgorithms'; do
        # shellcheck disable=SC2086
        set -- $line
        # shellcheck disable=SC2046
        others=$(ssh -Q "$1" | grep -Fxv $(offered 'kex\|ciphers\|host keys' | tr ' ' '\n' | sed 's/^/-e /') | paste -sd ,)
        refused_with '.*' -o "$2=$others"
    done
    client true
}

@test "at the end: nothing is left behind" {
    at_rest_soon 5
    server_stop
}
