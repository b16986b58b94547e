#!/usr/bin/env bats
# make PACK=all: the server that unpacks itself, and what it does where it may not.
# bats file_tags=release

load ../support/interop

setup_file() {
    built=$root/build/$(uname -m)-full-sodium-packall/nano_ssh_server
    [ -e "$built" ] || skip "not built: make PACK=all"
    export SERVER=$built
    folder_make
    server_start
}
teardown_file() {
    servers_end
    folder_remove
}
teardown() { server_is_well; }

# refused CALLS ERRNO ROOT ARGUMENT...: the server, or a copy of it in ROOT
refused() {
    local calls=$1 error=$2 at=$3 program=$SERVER
    shift 3
    [ "$at" = / ] || { mkdir -p "$at" && cp "$SERVER" "$at/server" && program=/server; }
    output=$(python3 "$root/tests/support/refuse.py" "$calls" "$error" "$at" "$program" "$@" 2>&1) && status=0 || status=$?
    [ "$status" != 77 ] || skip "neither a filter nor another root directory here"
}

# bats test_tags=quick
@test "logs in, serves files, runs its shell" {
    equal "$(client 'echo in')" in
    printf 'get %s/id.pub %s/got\n' "$work" "$work" | sftp -q -F "$server.conf" -b - here
    cmp "$work/id.pub" "$work/got"
    equal "$("$SERVER" nano-sh -c 'echo $((1 + 2))')" 3
    equal "$(tr '\0' ' ' <"/proc/$server_pid/cmdline" | cut -d ' ' -f 1)" "$SERVER"
}

# bats test_tags=quick
@test "no memory of it is writable and executable; the program cannot be changed" {
    may_look
    equal "$(grep -c ' .wx' "/proc/$server_pid/maps" || true)" 0
    like "$(readlink "/proc/$server_pid/exe")" '^/memfd:nano_ssh_server'
    equal "$(python3 -c 'import fcntl, sys; print(fcntl.fcntl(open(sys.argv[1]), 1034))' "/proc/$server_pid/exe")" 15
    equal "$(readlink "/proc/$server_pid/fd/"* | grep -c memfd || true)" 0
}

@test "the loader: no library, no interpreter, nothing both writable and executable" {
    headers=$(readelf -lhW "$SERVER")
    like "$headers" 'Type: +DYN'
    like "$headers" 'GNU_STACK +0x0+ .* RW +0x'
    [[ ! $headers =~ INTERP|DYNAMIC|RWE ]]
}

@test "says of itself what the same server says unpacked" {
    plain=${SERVER/-packall/}
    equal "$("$SERVER" --version; "$SERVER" --help)" "$("$plain" --version; "$plain" --help)"
}

@test "init of a container: PID 1, status" {
    unshare -pf true 2>/dev/null || skip "no PID namespaces here"
    run -7 unshare -pf "$SERVER" -q -r "$work/host_key" -p unix:"$work/init" -- nano-sh -c 'exit 7'
}

@test "an empty root directory, without /proc" {
    refused '' 0 "$work/empty" nano-sh -c 'echo in'
    equal "$output" in
    equal "$(ls "$work/empty")" server
}

@test "where memory is refused, from a file that is gone at once" {
    for calls in memfd_create memfd_create,getrandom; do
        mkdir -p "$work/tmp/tmp"
        refused "$calls" 38 "$work/tmp" nano-sh -c 'echo in /tmp/*'
        equal "$output" 'in /tmp/*'
        equal "$(ls -A "$work/tmp/tmp")" ''
    done
}

@test "a kernel without execveat(), by way of /proc" {
    refused memfd_create,execveat 38 / nano-sh -c 'echo in'
    equal "$output" in
    refused execveat 38 / nano-sh -c 'echo in'
    equal "$output" in
}

@test "where programs may not be executed, the next place is taken" {
    is_root && unshare -m true 2>/dev/null || skip "nothing can be mounted"
    mkdir -p "$work/places/dev/shm" "$work/places/tmp" "$work/places/run"
    cp "$SERVER" "$work/places/server"
    run unshare -m sh -c 'mount -t tmpfs -o noexec none "$1/places/dev/shm" && mount -t tmpfs -o size=8k none "$1/places/tmp" || exit
        python3 "$2/tests/support/refuse.py" memfd_create 1 "$1/places" /server nano-sh -c "echo in" || exit
        ls -A "$1"/places/dev/shm "$1"/places/tmp "$1"/places/run' sh "$work" "$root"
    equal "$output" "in
$work/places/dev/shm:

$work/places/run:

$work/places/tmp:"
}

@test "where nothing can be executed, one line says so and what to take" {
    refused memfd_create 38 "$work/nowhere" --version
    equal "$status" 127
    equal "$(wc -l <<<"$output")" 1
    like "$output" '^nano_ssh_server: cannot be run from memory, .*PACK=box$'
}

@test "cut short or damaged, it says that" {
    size=$(stat -c %s "$SERVER") loader=$(readelf -lW "$SERVER" | awk '$1 == "LOAD" { at = $2 } END { print at }')
    packed=$(od -An -tu4 -j "$((loader + 4))" -N 4 "$SERVER")
    for ((n = size - 2; n > loader + 4096; n -= 29973)); do
        head -c "$n" "$SERVER" >"$work/cut"
        chmod +x "$work/cut"
        run -127 "$work/cut" --version
        equal "$output" 'nano_ssh_server: this file is damaged'
    done
    for ((n = loader + 9; n < loader + 8 + packed; n += 13999)); do
        cp "$SERVER" "$work/cut"
        printf "\\x$(printf %x $((0x$(xxd -s "$n" -l 1 -p "$SERVER") ^ 0x10)))" | dd of="$work/cut" bs=1 seek="$n" conv=notrunc status=none
        run -127 "$work/cut" --version
        equal "$output" 'nano_ssh_server: this file is damaged'
    done
}

@test "ends well" {
    server_stop
}
