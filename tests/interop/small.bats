#!/usr/bin/env bats
# A machine with little memory: a memory cgroup of 8 MB, little address space, few descriptors.

load ../support/interop

setup_file() { folder_make; }
setup() { server_stopped=; }
teardown() {
    [ ${#sessions[@]} = 0 ] || kill "${sessions[@]}" 2>/dev/null || true
    [ -n "${BATS_TEST_SKIPPED+skipped}" ] || server_is_well
}
teardown_file() {
    servers_end
    if [ -s "$work/group" ]; then
        await 5 rmdir "$(cat "$work/group")"
    fi
    folder_remove
}
sessions=()

# little BYTES: a cgroup of that size below our own; sets group
little() {
    is_root || skip "needs root"
    local hierarchy
    if [ -d /sys/fs/cgroup/memory ]; then
        hierarchy=/sys/fs/cgroup/memory$(awk -F : '$2 == "memory" { print $3 }' /proc/self/cgroup)
        limit=memory.limit_in_bytes
    else
        hierarchy=/sys/fs/cgroup$(awk -F : '$1 == 0 { print $3 }' /proc/self/cgroup)
        limit=memory.max
    fi
    group=$hierarchy/nano_test_$$
    mkdir "$group" 2>/dev/null && echo "$1" 2>/dev/null >"$group/$limit" || {
        rmdir "$group" 2>/dev/null
        skip "no memory cgroup can be made here"
    }
    echo "$group" >"$work/group"
}

killed() { awk '$1 == "oom_kill" { print $2 }' "$group/memory.oom_control" "$group/memory.events" 2>/dev/null | head -n 1; }
most() { cat "$group/memory.max_usage_in_bytes" 2>/dev/null || cat "$group/memory.peak" 2>/dev/null || echo 0; }

# within_8_mb SERVER
within_8_mb() {
    little 8388608
    printf '#!/bin/sh\necho $$ >%s/cgroup.procs\nexec %s "$@"\n' "$group" "$1" >"$work/little"
    chmod 755 "$work/little"
    SERVER=$work/little server_start
    for i in 1 2 3 4 5 6 7 8; do
        mkfifo "$work/in$i"
        client -tt nano-sh <"$work/in$i" >"$work/out$i" 2>&1 3>&- &
        sessions+=($!)
        exec {in}>"$work/in$i"
        printf 'echo up %s; ls /\n' "$i" >&"$in"
        ins[i]=$in
    done
    for i in 1 2 3 4 5 6 7 8; do
        await 10 grep -q "up $i" "$work/out$i"
    done
    head -c 20000000 /dev/urandom >"$work/20mb"
    # (What is fetched is in memory already, and not the group's: what the kernel reads ahead, megabytes of a slow disk, would be.)
    printf 'put %s %s\nget %s %s\n' "$work/20mb" "$work/20mb.there" "$work/20mb" "$work/20mb.back" |
        sftp -q -F "$server.conf" -b - here
    cmp "$work/20mb" "$work/20mb.there"
    cmp "$work/20mb" "$work/20mb.back"
    for i in 1 2 3 4 5 6 7 8; do
        printf 'echo still %s; exit\n' "$i" >&"${ins[i]}"
    done
    for i in 1 2 3 4 5 6 7 8; do
        await 10 grep -q "still $i" "$work/out$i"
    done
    wait "${sessions[@]}"
    sessions=()
    echo "# ${1##*/build/}: at most $(most) bytes" >&3
    equal "$(killed)" 0
    server_stop
    rm -f "$work"/in? "$work"/out? "$work"/20mb*
    await 5 rmdir "$group"
    rm "$work/group"
}

# bats test_tags=release
@test "8 MB hold the server, eight sessions with a shell, and a transfer" {
    within_8_mb "$SERVER"
}

# bats test_tags=release
@test "the same with 32 bits, where the machine runs that" {
    small=$root/build/i386-full-sodium/nano_ssh_server
    [ -x "$small" ] && "$small" --version >/dev/null 2>&1 || skip "not built: make ARCH=i386"
    within_8_mb "$small"
}

# bats test_tags=release
@test "little address space: fewer connections, and they work" {
    for kilobytes in 100000 20000 12000; do
        echo "$kilobytes KB"
        printf '#!/bin/sh\nulimit -v %s\nexec %s "$@"\n' $kilobytes "$SERVER" >"$work/short"
        chmod 755 "$work/short"
        SERVER=$work/short server_start
        equal "$(client 'ulimit -v unlimited 2>/dev/null; echo in')" in
        printf 'put %s %s\n' "$work/id.pub" "$work/copy" | sftp -q -F "$server.conf" -b - here
        head -c 2000000 /dev/urandom >"$work/2mb"
        client cat <"$work/2mb" | cmp - "$work/2mb"
        server_stop
    done
}
