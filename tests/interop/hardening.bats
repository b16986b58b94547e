#!/usr/bin/env bats
# The program file and the running process: what is closed to an attacker.

load ../support/interop

setup_file() {
    folder_make
    server_start
}
teardown_file() {
    servers_end
    folder_remove
}
teardown() { server_is_well; }

# smaps of a process with the flags of each region, as: address permissions path | flags
regions() {
    awk '/^[0-9a-f]+-[0-9a-f]+ /{ at = $1 " " $2 " " $6 } /^Size:/{ size = $2 } /^VmFlags:/{ $1 = ""; print at " |" $0 " | " size }' "/proc/$1/smaps"
}

# bats test_tags=release,quick
@test "static-PIE: no interpreter, no library needed, position-independent, no text relocation" {
    headers=$(readelf -lWd "$SERVER")
    [[ $headers != *INTERP* ]]
    [[ $headers != *NEEDED* ]]
    [[ $headers != *TEXTREL* ]]
    like "$(readelf -hW "$SERVER")" 'Type: +DYN'
}

# bats test_tags=release,quick
@test "no executable stack, no segment both writable and executable, RELRO" {
    headers=$(readelf -lW "$SERVER")
    like "$headers" 'GNU_STACK +0x0+ .* RW +0x'
    like "$headers" 'GNU_RELRO'
    equal "$(grep -c 'LOAD.* RWE' <<<"$headers")" 0
    like "$(readelf -dW "$SERVER")" 'NOW'
}

# bats test_tags=release
@test "stack protector and no symbols left in the release file" {
    full=$root/build/$(uname -m)-full-sodium/nano_ssh_server.full
    [ -e "$full" ] || skip "only the variant full, sodium is looked at"
    nm "$full" | grep -q ' T __stack_chk_fail'
    [ "$(objdump -d "$full" | grep -c 'call.*__stack_chk_fail')" -ge 20 ]
    equal "$(nm "$SERVER" 2>/dev/null)" ''
}

# bats test_tags=release
@test "the binary says nothing of the machine that made it" {
    [ "$(strings "$SERVER" | grep -cF "$root")" = 0 ]
    [ "$(strings "$SERVER" | grep -cE '/(home|root|build|tmp)/')" = 0 ]
}

# bats test_tags=release
@test "two builds are the same, byte for byte, also with debug information" {
    cd "$root"
    variant=build/$(uname -m)-full-sodium
    [ -d "$variant" ] && cmp -s "$variant/nano_ssh_server" "$SERVER" || skip "build/nano_ssh_server is another variant"
    # The other folder is that of make size-map. What make has been told is not for this one.
    env -u MAKEFLAGS -u MFLAGS make -s -j 2 DEBUG=-g B=build/map >/dev/null
    cmp build/map/nano_ssh_server "$SERVER"
}

# bats test_tags=release
@test "RELRO is really read-only while it runs" {
    may_look
    # Where GNU_RELRO lies in the file; its pages must not be writable in memory.
    read -r address length <<<"$(readelf -lW "$SERVER" | awk '/GNU_RELRO/{ print $3, $6 }')"
    base=$(awk -v file="$SERVER" '$6 == file { sub(/-.*/, "", $1); print "0x" $1; exit }' "/proc/$server_pid/maps")
    start=$(((base + address) & ~4095)) end=$(((base + address + length) & ~4095))
    [ $end -gt $start ]
    writable=$(while read -r range mode _; do
        [[ $mode == *w* ]] && echo $((0x${range%-*})) $((0x${range#*-}))
    done <"/proc/$server_pid/maps" | awk -v s=$start -v e=$end '$1 < e && $2 > s')
    equal "$writable" ''
}

@test "no region of the process is both writable and executable" {
    may_look
    equal "$(grep -cE '^[0-9a-f]+-[0-9a-f]+ .wx' "/proc/$server_pid/maps" || true)" 0
}

# bats test_tags=release
@test "the secrets' memory is wiped on fork and never dumped" {
    may_look
    # wf: wipe on fork, dc: do not copy on fork, dd: do not dump
    # Host key and connections, and blocks: two mappings, which the kernel makes one where they touch.
    regions "$server_pid" | awk '$NF >= 1024 && $2 ~ /^rw/' >"$BATS_TEST_TMPDIR/large"
    [ -s "$BATS_TEST_TMPDIR/large" ]
    equal "$(awk '!(/ (wf|dc) / && / dd /)' "$BATS_TEST_TMPDIR/large")" ''
}

@test "a core file cannot be had, nor a look from outside" {
    is_root || skip "needs root"
    equal "$(stat -c %U "/proc/$server_pid/mem")" root
    # PR_SET_DUMPABLE 0 shows in the owner of /proc/PID of an unprivileged process
    user_make
    cp "$SERVER" "$work/server"
    chmod 755 "$work/server"
    cp "$work/host_key" "$work/user_key"
    chown "$user" "$work/user_key"
    setpriv --reuid "$(id -u "$user")" --regid "$(id -g "$user")" --clear-groups \
        "$work/server" --ttl 3 -r "$work/user_key" -p "127.0.0.1:$((port + 1))" 2>"$work/other.log" 3>&- &
    background=$!
    await 3 grep -q listening "$work/other.log"
    owner=$(stat -c %U "/proc/$background/mem")
    kill -KILL $background
    wait $background || true
    user_remove
    equal "$owner" root
}

# bats test_tags=quick
@test "a program has no more rights than its user, and no descriptor of the server" {
    run --separate-stderr client 'readlink /proc/$$/fd/*; :'
    equal "${#lines[@]}" 3
    equal "$(grep -cE 'socket|epoll|signalfd|memfd' <<<"$output")" 0
}

@test "at the end: nothing is left behind" {
    at_rest_soon 5
    server_stop
}
