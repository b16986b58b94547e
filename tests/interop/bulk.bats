#!/usr/bin/env bats
# Large transfers: whole, both ways, with new keys on the way. BULK: how many MB.

load ../support/interop

setup_file() {
    folder_make
    server_start
    head -c "${BULK:-100}M" /dev/urandom >"$work/data"
    sum=$(sha256sum <"$work/data")
    export sum
}
teardown_file() {
    servers_end
    folder_remove
}
teardown() { server_is_well; }

exchanges() { grep -c 'SSH2_MSG_NEWKEYS received' "$BATS_TEST_TMPDIR/debug"; }

# bats test_tags=quick
@test "to the client, as it was" {
    equal "$(client "cat $work/data" | sha256sum)" "$sum"
}

# bats test_tags=quick
@test "to the server, as it was" {
    equal "$(client sha256sum <"$work/data")" "$sum"
}

@test "both ways at once" {
    equal "$(client cat <"$work/data" | sha256sum)" "$sum"
}

@test "standard error alone carries it too" {
    equal "$(client "cat $work/data >&2" 2>&1 >/dev/null | sha256sum)" "$sum"
}

@test "standard output and standard error at once" {
    client "cat $work/data & cat $work/data >&2; wait" >"$work/out" 2>"$work/err"
    equal "$(sha256sum <"$work/out")" "$sum"
    equal "$(sha256sum <"$work/err")" "$sum"
    rm "$work/out" "$work/err"
}

@test "new keys every MB, to the client" {
    flags=(-v -o RekeyLimit=1M)
    equal "$(client "cat $work/data" 2>"$BATS_TEST_TMPDIR/debug" | sha256sum)" "$sum"
    [ "$(exchanges)" -ge $((${BULK:-100} / 2)) ]
}

@test "new keys every MB, to the server" {
    flags=(-v -o RekeyLimit=1M)
    equal "$(client sha256sum <"$work/data" 2>"$BATS_TEST_TMPDIR/debug")" "$sum"
    [ "$(exchanges)" -ge $((${BULK:-100} / 2)) ]
}

@test "new keys every MB, both ways at once" {
    flags=(-v -o RekeyLimit=1M)
    equal "$(client cat <"$work/data" 2>"$BATS_TEST_TMPDIR/debug" | sha256sum)" "$sum"
    [ "$(exchanges)" -ge $((${BULK:-100} / 2)) ]
}

@test "new keys every 64 KB, both ways at once, several sessions on one connection" {
    flags=(-o RekeyLimit=64K -o ControlPath="$BATS_TEST_TMPDIR/c")
    client -M -N &
    local master=$! pids=() i
    await 10 test -S "$BATS_TEST_TMPDIR/c"
    for i in 1 2 3; do
        (equal "$(client 'head -c 5M | cat' <"$work/data" | sha256sum)" "$(head -c 5M "$work/data" | sha256sum)") &
        pids+=($!)
    done
    for i in "${pids[@]}"; do wait "$i"; done
    ssh -F "$server.conf" "${flags[@]}" -O exit here 2>/dev/null
    wait $master || true
}

@test "new keys by time, too (RekeyLimit's second part)" {
    flags=(-v -o 'RekeyLimit=default 1s')
    run client 'for i in 1 2 3 4 5 6; do sleep 0.5; echo $i; done'
    equal "$status" 0
    [ "$(grep -c 'SSH2_MSG_NEWKEYS received' <<<"$output")" -ge 3 ]
}

# bats test_tags=slow
@test "the server asks for new keys after 1 GiB sent" {
    flags=(-v -o RekeyLimit=8G)
    equal "$(client 'head -c 1100M /dev/zero' 2>"$BATS_TEST_TMPDIR/debug" | wc -c)" $((1100 << 20))
    equal "$(exchanges)" 2
}

# bats test_tags=slow
@test "the server asks for new keys after 1 GiB received" {
    flags=(-v -o RekeyLimit=8G)
    equal "$(head -c 1100M /dev/zero | client 'wc -c' 2>"$BATS_TEST_TMPDIR/debug")" $((1100 << 20))
    equal "$(exchanges)" 2
}

@test "sftp's and scp's way over a command: tar through a pipe" {
    mkdir -p "$work/tree/a/b"
    for i in {1..200}; do echo "$i" >"$work/tree/a/b/$i"; done
    tar -C "$work" -cf - tree | client "mkdir $work/copy && tar -C $work/copy -xf -"
    diff -r "$work/tree" "$work/copy/tree"
}

@test "a client that reads slowly gets it all" {
    equal "$(client 'head -c 3M /dev/zero' | (
        for _ in {1..30}; do
            head -c 20000
            sleep 0.05
        done
        cat
    ) | wc -c)" $((3 << 20))
}

@test "a program that reads slowly gets it all" {
    equal "$(head -c 3M /dev/zero | client '(for i in 1 2 3 4 5 6 7 8 9 10; do head -c 20000; sleep 0.1; done; cat) | wc -c')" $((3 << 20))
}

@test "at the end: nothing is left behind" {
    at_rest_soon 5
    server_stop
}
