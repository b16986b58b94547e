#!/usr/bin/env bats
# nslookup, against a name server of the test.

setup_file() {
    python3 "$BATS_TEST_DIRNAME/dns_server.py" "$BATS_FILE_TMPDIR" 3>&- &
    echo $! >"$BATS_FILE_TMPDIR/pid"
    for _ in $(seq 100); do
        [ -e "$BATS_FILE_TMPDIR/port" ] && break
        sleep 0.05
    done
}

teardown_file() {
    kill "$(cat "$BATS_FILE_TMPDIR/pid")"
}

setup() {
    load common
    folder_make
    port=$(cat "$BATS_FILE_TMPDIR/port")
}

@test "addresses of both families, and which server said so" {
    run -0 ours nslookup -port="$port" host. 127.0.0.1
    equal "${lines[0]}" $'Server:\t\t127.0.0.1'
    equal "${lines[1]}" $'Address:\t127.0.0.1#'"$port"
    like "$output" $'Name:\thost.\nAddress: 192.0.2.1'
    like "$output" $'Name:\thost.\nAddress: 2001:db8::1'
    run -0 ours nslookup host.example 127.0.0.1 -p "$port"
    like "$output" '192.0.2.1'
}

@test "what is not there" {
    for pair in missing=NXDOMAIN fail=SERVFAIL refused=REFUSED nothing='no address' odd='no answer'; do
        run --separate-stderr ours nslookup -p "$port" "${pair%%=*}." 127.0.0.1
        equal "$status:$stderr" "1:nslookup: ${pair%%=*}.: ${pair#*=}"
        like "$output" '^Server:'
    done
}

@test "nobody there" {
    run --separate-stderr ours nslookup -p 1 host. 127.0.0.1
    equal "$status:$stderr" '1:nslookup: host.: no answer'
    run --separate-stderr ours nslookup host. no..name
    equal "$status:$stderr" '1:nslookup: no..name: no such host'
    run --separate-stderr ours nslookup ..
    equal "$status:$stderr" '1:nslookup: ..: not a name'
    run ours nslookup
    equal "$status" 2
    run ours nslookup -p x host
    equal "$status" 1
    run ours nslookup -p
    equal "$status" 2
}
