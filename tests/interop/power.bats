#!/usr/bin/env bats
# The host key's file when the power goes at any moment, when the disk is full, and where the file is not what it should be.

load ../support/interop

setup_file() {
    folder_make
    chmod 1777 "$work"
}
teardown_file() {
    servers_end
    folder_remove
}
setup() {
    server_stopped=yes
    place=$BATS_TEST_TMPDIR/place
    mkdir "$place"
}
teardown() {
    if [ -e "$server.log" ]; then server_is_well; fi
}

needs_strace() {
    is_sanitized && skip "it would not be alone with its system calls"
    strace -o /dev/null true 2>/dev/null || skip "strace is not here, or may not trace"
}

# injected FAULT: a start at which that happens (strace -e inject=FAULT)
injected() { run strace -qq -o "$work/strace" -e signal=none -e trace=all -e "inject=$1" "$SERVER" --check --host-key "$place/key"; }

is_whole() { ssh-keygen -y -P '' -f "$1" >/dev/null && [ "$(stat -c %a "$1")" = 600 ]; }

# What of a start has to do with files. Each moment between two of its calls is one at which the power can go.
calls="openat write fsync flock link linkat unlink unlinkat rename renameat close"

# each_moment COMMAND: a start that is killed before each of its calls, and COMMAND after it
each_moment() {
    moments=0
    for call in $calls; do
        for ((n = 1; n < 50; n++)); do
            injected "$call:signal=KILL:when=$n"
            "$@"
            [ "$status" != 0 ] || break
            equal "$status" 137
            moments=$((moments + 1))
        done
    done
}

made_or_not() {
    if [ -e "$place/key" ]; then
        is_whole "$place/key"
        rm "$place/key"
    fi
    # Nothing but the key and one file that was not finished, however often that was.
    local others
    others=$(ls "$place")
    [ "$others" = '' ] || equal "$others" key.0.new
    [ "$others" = '' ] || left=$((left + 1))
}

@test "killed before any of its calls, it starts the next time, with one whole key and nothing left over" {
    needs_strace
    left=0
    each_moment made_or_not
    [ $moments -gt 10 ] && [ $left -ge 4 ] # the moments that matter were among them
    run -0 "$SERVER" --check --host-key "$place/key"
    is_whole "$place/key"
    equal "$(ls "$place")" key
}

same_key() { cmp "$work/host_key" "$place/key"; }

@test "a key that was there is the same after a loss of power at any of the calls" {
    needs_strace
    calls='openat read close'
    cp -p "$work/host_key" "$place/key"
    each_moment same_key
    equal "$(ls "$place")" key
}

@test "what an earlier server has left over is replaced, what others have is not" {
    echo 'half a k' >"$place/key.0.new"
    echo mine >"$place/key.new"
    echo mine >"$place/key.0"
    run -0 "$SERVER" --check --host-key "$place/key"
    is_whole "$place/key"
    equal "$(cd "$place" && echo * && cat key.new key.0)" $'key key.0 key.new\nmine\nmine'
}

@test "somebody who holds the folder's lock stops nobody" {
    flock "$place" sleep 60 3>&- &
    holder=$!
    await 5 bash -c "! flock -n '$place' true"
    run -0 timeout 5 "$SERVER" --check --host-key "$place/key"
    pkill -P $holder || true
    kill $holder 2>/dev/null || true
    is_whole "$place/key"
    equal "$(ls "$place")" key
}

@test "a full or broken disk at any step: no key, no remains, one line" {
    needs_strace
    for fault in write:error=ENOSPC write:error=EIO fsync:error=ENOSPC fsync:error=EIO; do
        injected "$fault:when=1"
        equal "$status" 1
        equal "${#lines[@]}" 1
        like "$output" "^cannot write host key $place/key: (No space left on device|Input/output error)$"
        equal "$(ls "$place")" ''
    done
    # Where there are no links there is rename().
    injected link,linkat:error=EPERM
    equal "$status" 0
    is_whole "$place/key"
    equal "$(ls "$place")" key
}

@test "a full disk at the default place: the key is in memory, that is said even with -q, and logins work" {
    is_root || skip "needs root"
    needs_strace
    mkdir -m 777 "$work/flash"
    mount -t tmpfs -o size=4k,mode=777 none "$work/flash" 2>/dev/null || skip "cannot mount"
    mkdir -m 777 "$work/flash/.nano_ssh_server"
    head -c 4096 /dev/zero >"$work/flash/filler" || true
    cp "$SERVER" "$work/server"
    chmod 755 "$work/server"
    printf '#!/bin/sh\nexec env HOME=%s setpriv --reuid 12345 --regid 12345 --clear-groups %s "$@"\n' "$work/flash" "$work/server" >"$work/as_somebody"
    chmod 755 "$work/as_somebody"
    chmod 644 "$work/authorized_keys"
    port=$((RANDOM % 20000 + 10000))
    SERVER=$work/as_somebody server_run flash -q --listen "127.0.0.1:$port" --authorized-keys "$work/authorized_keys" --user somebody
    client_configure 127.0.0.1 "$port"
    said=$(cat "$server.log")
    run client -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -l somebody 'echo in'
    kill -TERM "$server_pid"
    server_ended 0
    left=$(find "$work/flash" -type f)
    umount -l "$work/flash"
    equal "$output" in
    equal "$(wc -l <<<"$said")" 1
    like "$said" 'cannot write host key .*: No space left on device; it is in memory'
    equal "$left" "$work/flash/filler"
}

# refused PATTERN: one line, and the file is as it was
refused() {
    before=$(stat -c '%i %s %Y %a' "$place/key" 2>/dev/null || readlink "$place/key")
    run timeout 10 "$SERVER" --check --host-key "$place/key"
    echo "$output"
    equal "$status" 1
    equal "${#lines[@]}" 1
    like "$output" "host key $place/key.*$1"
    [ ${#output} -lt 300 ]
    equal "$(stat -c '%i %s %Y %a' "$place/key" 2>/dev/null || readlink "$place/key")" "$before"
    equal "$(ls "$place")" key
}

@test "what is no key of ours: one line, and it stays" {
    : >"$place/key"
    chmod 600 "$place/key"
    refused 'not a complete OpenSSH private key file'
    head -c 100000 /dev/zero >"$place/key"
    refused 'not a complete OpenSSH private key file'
    printf 'PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: x\nPublic-Lines: 2\n' >"$place/key"
    refused 'ssh-keygen -p -f FILE converts others'
    rm "$place/key"
    ln -s key "$place/key"
    refused 'Too many symbolic links'
    ln -sf "$place/nowhere/at/all" "$place/key"
    refused ''
    rm "$place/key"
    mkdir "$place/key"
    refused 'not a regular file'
    rmdir "$place/key"
    mkfifo -m 600 "$place/key"
    refused 'not a regular file'
}

@test "another's file, which he could change" {
    is_root || skip "needs root"
    cp "$work/host_key" "$place/key"
    chown 12345 "$place/key"
    chmod 660 "$place/key"
    refused 'others may read or write it'
}
