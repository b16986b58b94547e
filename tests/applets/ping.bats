#!/usr/bin/env bats
# ping on the loopback.

setup() {
    load common
    folder_make
    ours ping --help >/dev/null # makes the link
    ping=$BATS_TEST_TMPDIR/bin/ping
}

# Once there is a right to it.
may_ping() {
    "$ping" -qc 1 127.0.0.1 >/dev/null 2>&1 || skip 'nobody may ping here'
}

@test "an answer" {
    may_ping
    run -0 ours ping -c 2 -i 0.05 127.0.0.1
    equal "${lines[0]}" 'PING 127.0.0.1 (127.0.0.1) 56 data bytes'
    like "${lines[1]}" '^64 bytes from 127\.0\.0\.1: icmp_seq=1 ttl=[0-9]+ time=[0-9]+\.[0-9]{3} ms$'
    like "${lines[2]}" '^64 bytes from 127\.0\.0\.1: icmp_seq=2 ttl='
    equal "${lines[3]}" '--- 127.0.0.1 ping statistics ---'
    like "${lines[4]}" '^2 packets transmitted, 2 received, 0% packet loss, time [0-9]+ms$'
    like "${lines[5]}" '^rtt min/avg/max = [0-9.]+/[0-9.]+/[0-9.]+ ms$'
    run -0 ours ping localhost -4 -c 1 -s 1000
    like "$output" '^PING localhost \(127\.0\.0\.1\) 1000 data bytes'
    like "$output" '1008 bytes from'
    run -0 ours ping -q -c 1 -s 65000 127.0.0.1
    [[ $output != *' bytes from'* ]]
}

@test "IPv6" {
    may_ping
    grep -q '^0*1 ' /proc/net/if_inet6 2>/dev/null || skip 'no IPv6 here'
    run -0 ours ping -c 1 ::1
    like "$output" '64 bytes from ::1: icmp_seq=1 ttl=[0-9]+ time='
    run ours ping -4 ::1
    equal "$status:$output" '1:ping: ::1: no such address'
}

@test "nobody answers" {
    may_ping
    unshare -n true 2>/dev/null || skip 'no network of its own'
    cat >script <<'END'
ip link set lo up
ip link add d0 type veth peer name d1 && ip link set d1 up && ip link set d0 up && ip addr add 192.0.2.1/24 dev d0 || exit 77
"$1" -c 2 -i 0.1 -W 0.2 192.0.2.2
END
    run unshare -n sh script "$ping"
    [ "$status" != 77 ] || skip 'no links can be made here'
    equal "$status" 1
    like "$output" '2 packets transmitted, 0 received, 100% packet loss'
    run unshare -n "$ping" -c 1 127.0.0.1
    equal "$status:$output" '1:ping: 127.0.0.1: Network unreachable'
}

@test "the interrupt key ends it, with the statistics" {
    may_ping
    timeout -s INT 0.5 "$ping" -i 0.05 127.0.0.1 >out || equal $? 124
    like "$(tail -n 3 out)" 'ping statistics.*[0-9]+ packets transmitted, [0-9]+ received, .*rtt min'
}

@test "with no right but that of a group, and without" {
    is_root || skip 'only root can arrange this'
    unshare -n true 2>/dev/null || skip 'no network of its own'
    chmod 755 "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR/bin" "$BATS_FILE_TMPDIR"
    cp "$BOX" "$BATS_TEST_TMPDIR/bin/copy"
    mkdir "$BATS_TEST_TMPDIR/copy"
    mv "$BATS_TEST_TMPDIR/bin/copy" "$BATS_TEST_TMPDIR/copy/ping"
    cat >script <<'END'
ip link set lo up
echo "$2" >/proc/sys/net/ipv4/ping_group_range || exit 77
shift 2
exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
END
    run unshare -n sh script - '65534 65534' "$BATS_TEST_TMPDIR/copy/ping" -c 1 127.0.0.1
    [ "$status" != 77 ] || skip 'the range cannot be set here'
    equal "$status" 0
    like "$output" '64 bytes from 127.0.0.1: icmp_seq=1 ttl=[0-9]+ '
    run unshare -n sh script - '1 0' "$BATS_TEST_TMPDIR/copy/ping" -c 1 127.0.0.1
    equal "$status:$output" '1:ping: net.ipv4.ping_group_range: Operation not permitted'
    # as root, by a raw socket, whatever else comes in
    cat >raw <<'END'
ip link set lo up
echo '1 0' >/proc/sys/net/ipv4/ping_group_range
"$1" -q -i 0.002 127.0.0.1 >/dev/null &
"$1" -c 3 -i 0.05 127.0.0.1; status=$?
"$1" -c 1 ::1 || status=$?
kill %1
exit $status
END
    run unshare -n bash raw "$BATS_TEST_TMPDIR/copy/ping"
    equal "$status" 0
    like "$output" '3 packets transmitted, 3 received'
    like "$output" '64 bytes from ::1'
}

@test "arguments" {
    for arguments in '' '1 2' '-c'; do
        # shellcheck disable=SC2086
        run ours ping $arguments
        equal "$status" 2
    done
    for arguments in '-c x 127.0.0.1' '-i . 127.0.0.1 -c -1' '-i 1x 127.0.0.1' '-s 65530 127.0.0.1' '-i 9999999999 127.0.0.1' 'no..name'; do
        # shellcheck disable=SC2086
        run ours ping $arguments
        equal "$status:${#lines[@]}" 1:1
    done
}
