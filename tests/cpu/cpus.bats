#!/usr/bin/env bats
# The release for another CPU, by way of qemu where the machine cannot run it itself:
#
#   CPU=mips bats tests/cpu/cpus.bats      after make ARCH=mips
#
# make test-cpus CPUS="mips s390x" builds, and runs it for each. An emulated program cannot execute one that is in memory only: so
# what the server carries is compared with what was packed, and that is run from its file, by way of a session.

bats_require_minimum_version 1.5.0
load ../support/interop
load emulator

arch=${CPU:-}
packed=$root/build/$arch-full-sodium/nano_ssh_server
box=$root/build/$arch-full-sodium/nano_sh

# A program NAME to be started like one for this machine, under the name ARGV0 if there is a third word
wrapper() { # NAME BINARY [ARGV0]
    if [ -n "$emulator" ]; then
        printf '#!/bin/sh\nexec %s %s "%s" "$@"\n' "$emulator" "${3:+-0 $3}" "$2" >"$work/$1"
    else
        printf '#!/bin/bash\nexec %s "%s" "$@"\n' "${3:+-a $3}" "$2" >"$work/$1"
    fi
    chmod 755 "$work/$1"
}

setup_file() {
    [ -n "$arch" ] || skip "CPU= says which"
    [ -x "$packed" ] || skip "not built: $arch"
    emulator=$(emulator "$packed")
    export emulator
    [ -z "$emulator" ] || command -v "$emulator" >/dev/null || skip "$emulator is not here"
    folder_make
    wrapper server "$packed"
    wrapper nano-sh "$box" nano-sh
    wrapper internal-sftp "$box" internal-sftp
    SERVER=$work/server
    server_start
    head -c 5000000 /dev/urandom >"$work/5mb"
}

setup() { SERVER=$work/server; }
teardown() { server_is_well; }
teardown_file() {
    [ -z "${work:-}" ] || servers_end
    folder_remove
}

@test "they are static: no interpreter, nothing to load, the address is the kernel's to choose" {
    for file in "$packed" "$box"; do
        run readelf -lhdW "$file"
        like "$output" 'Type: +DYN'
        like "$output" 'GNU_RELRO'
        like "$output" 'GNU_STACK [^E]* RW '
        [[ ! $output =~ INTERP|NEEDED|TEXTREL ]]
    done
}

# A CPU without floating point has no such code, and the compiler's library may have it for another ABI.
@test "there is no floating point in it" {
    run nm "$packed.full"
    equal "$status" 0
    [[ ! $output =~ __(add|sub|mul|div|fix|fixuns|float|floatun|extend|trunc|eq|ne|lt|gt|le|ge|unord|aeabi_)[sdtf]+[a-z]*2 ]]
}

@test "it says which CPU it is for" {
    run "$work/server" --version
    equal "$status" 0
    like "${lines[0]}" "\(full, [a-z0-9_. ]*, $arch\)"
}

# unpacks NAME FILE PROGRAM ARGUMENT...: an emulated PROGRAM has FILE in memory, as NAME, before it tries to become it. Each close() takes
# a second: before the last one the file is complete.
unpacks() {
    local name=$1 file=$2
    shift 2
    command -v strace >/dev/null || skip "strace is not here"
    strace -f -qq -o "$work/strace" -e trace=close -e inject=close:delay_enter=1000000 \
        "$emulator" "$@" 3>&- 2>"$work/box.err" &
    pid=$!
    unpacked() {
        for fd in "/proc/$(pgrep -P "$pid" -o)"/fd/*; do
            [[ $(readlink "$fd") != "/memfd:$name"* ]] || cmp -s "$fd" "$file" && return
        done
        return 1
    }
    await 20 unpacked
    wait "$pid" || true
}

@test "what it packed is what it unpacks" {
    if [ -z "$emulator" ]; then
        "$packed" nano-sh -c 'cat /proc/self/exe' | cmp - "$box"
        return
    fi
    unpacks nano-sh "$box" "$packed" nano-sh -c true
}

@test "packed as a whole, it unpacks to the same server" {
    whole=${packed/-sodium/-sodium-packall}
    [ -e "$whole" ] || skip "not built: make ARCH=$arch PACK=all"
    [[ ! $(readelf -lW "$whole") =~ INTERP|RWE ]]
    if [ -z "$emulator" ]; then
        equal "$("$whole" --version)" "$("$packed" --version)"
        return
    fi
    unpacks nano_ssh_ "$packed" "$whole" --version
}

@test "a login, whose shell is the machine's" {
    run client 'echo ok'
    equal "$output" ok
    equal "$status" 0
    run -7 client 'exit 7'
}

@test "the built-in shell, in a session" {
    run client "$work/nano-sh -c 'echo ok; uname -m; ls / | grep -c ^etc; echo abc | sha256sum | cut -c 1-8'"
    equal "$status" 0
    equal "${lines[0]} ${lines[2]} ${lines[3]}" 'ok 1 edeaaff3'
    [ -z "$emulator" ] || [ "${lines[1]}" != "$(uname -m)" ]
}

@test "a terminal, and a signal that ends a program" {
    flags=(-tt)
    run client "$work/nano-sh -c 'tty; kill -TERM \$\$'" </dev/null
    like "$output" /dev/pts/
    [ "$status" != 0 ]
}

@test "5 MB there and back with every cipher" {
    for cipher in $(offered ciphers | tr , ' '); do
        client -c "$cipher" 2>/dev/null true || continue
        flags=(-c "$cipher")
        client cat <"$work/5mb" | cmp - "$work/5mb"
    done
}

@test "every key exchange and a new one on the way" {
    for kex in $(offered kex | tr , ' '); do
        ssh -Q kex | grep -qx "$kex" || continue
        flags=(-o "KexAlgorithms=$kex" -o RekeyLimit=1M)
        head -c 2000000 "$work/5mb" | client cat | cmp -n 2000000 - "$work/5mb"
    done
}

@test "files there and back by SFTP" {
    printf 'put %s %s\nget %s %s\nls -l %s\n' "$work/5mb" "$work/there" "$work/there" "$work/back" "$work" >"$work/batch"
    run sftp -q -F "$server.conf" -s "$work/internal-sftp" -b "$work/batch" here
    echo "$output"
    equal "$status" 0
    cmp "$work/5mb" "$work/there"
    cmp "$work/5mb" "$work/back"
    like "$output" '5000000 .*/there'
}

# (What bcrypt begins with is computed in 64 bits.)
@test "passwords, by each kind of hash" {
    printf '#!/bin/sh\necho right\n' >"$work/askpass"
    chmod 755 "$work/askpass"
    local kinds=("$(openssl passwd -1 right)" "$(openssl passwd -5 right)" "$(openssl passwd -6 right)"
        "\$2b\$05\$abcdefghijklmnopqrstuu8xaCxxL82bnl.UY74PMksDxIJShppPC") kind
    flags=(-o BatchMode=no -o PubkeyAuthentication=no -o PreferredAuthentications=password)
    export SSH_ASKPASS=$work/askpass SSH_ASKPASS_REQUIRE=force
    for kind in "${kinds[@]}"; do
        (umask 077 && printf '%s:%s\n' "$login" "$kind" >"$work/hashes")
        server_start --password-hash-file "$work/hashes"
        equal "$(client 'echo in')" in
        server_stop
    done
}

@test "it ends when it is told to" {
    server_stop
}
