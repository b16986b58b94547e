#!/usr/bin/env bats
# ss and ip, beside iproute2's.

setup_file() {
    # a listener and a connection of each kind
    cat >"$BATS_FILE_TMPDIR/sockets.py" <<'END'
import os, socket, sys, time
os.chdir(sys.argv[1])
open("comm", "w").write(open("/proc/self/comm").read().strip())
kept = []
ports = []
for family, address in (socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"):
    try:
        s = socket.create_server((address, 0), family=family)
    except OSError:
        continue
    c = socket.create_connection(s.getsockname()[:2])
    d = socket.socket(family, socket.SOCK_DGRAM)
    d.bind((address, 0))
    e = socket.socket(family, socket.SOCK_DGRAM)
    e.connect(d.getsockname())
    kept += [s, c, s.accept(), d, e]
    ports += [str(x.getsockname()[1]) for x in (s, c, d, e)]
u = socket.socket(socket.AF_UNIX)
u.bind("stream: a socket")
u.listen(1)
v = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
v.bind("datagrams")
open("ports.new", "w").write("|".join(ports))
os.rename("ports.new", "ports")
time.sleep(600)
END
    python3 "$BATS_FILE_TMPDIR/sockets.py" "$BATS_FILE_TMPDIR" 3>&- &
    echo $! >"$BATS_FILE_TMPDIR/pid"
    for _ in $(seq 100); do
        [ -e "$BATS_FILE_TMPDIR/ports" ] && break
        sleep 0.05
    done
}

teardown_file() {
    kill "$(cat "$BATS_FILE_TMPDIR/pid")"
}

setup() {
    load common
    folder_make
    ports=$(cat "$BATS_FILE_TMPDIR/ports")
    pid=$(cat "$BATS_FILE_TMPDIR/pid")
}

# Those of the test, in columns, sorted; the Send-Q of a listener is its backlog only there, the queues of others move.
own() { grep -E ":($ports) " | awk '{ $3 = $4 = ""; $1 = $1; print }' | sort; }

@test "ss: the same sockets and states" {
    for options in -tu -tua -tul -tuan; do
        equal "$(ours ss $options | own)" "$(command ss -n $options | own)"
    done
    equal "$(ours ss | own)" "$(command ss -n | own)"
}

@test "ss: one kind has no column for it" {
    like "$(ours ss -tl | head -n 1)" '^State '
    like "$(ours ss -tln | grep -E ":(${ports%%|*}) ")" '^LISTEN +0 +0 +127\.0\.0\.1:[0-9]+ +0\.0\.0\.0:\*'
    like "$(ours ss -l | head -n 1)" '^Netid '
}

@test "ss: whose they are" {
    run ours ss -tulpn
    like "$output" "127\.0\.0\.1:${ports%%|*} .*users:\(\(\"$(cat "$BATS_FILE_TMPDIR/comm")\",pid=$pid,fd=[0-9]+\)\)"
    run ours ss -xlp
    like "$output" "stream: a socket [0-9]+ \* 0 users:\(\(\"[^\"]*\",pid=$pid,"
}

@test "ss: unix" {
    run ours ss -xl
    like "$output" 'LISTEN +0 +0 +stream: a socket [0-9]+ '
    like "$output" 'UNCONN +0 +0 +datagrams [0-9]+ '
}

@test "ss: the network of a process, and of none" {
    like "$(ours ss -tl "$pid")" "127\.0\.0\.1:${ports%%|*} "
    run --separate-stderr ours ss -t 0
    equal "$status:$stderr" '1:ss: /proc: has no list of sockets'
}

@test "ss: thousands of sockets" {
    python3 - 3>&- <<'END' &
import os, resource, socket, time
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
kept = [socket.socketpair() for _ in range(1500)]
open("up", "w")
time.sleep(600)
END
    local many=$!
    for _ in $(seq 200); do
        [ -e up ] && break
        sleep 0.05
    done
    n=$(ours ss -xp | grep -c "pid=$many,")
    kill $many
    equal "$n" 3000
}

# What it has that we do not show.
shown() {
    sed -E -e '/valid_lft/d' -e 's/ group [a-z]+//; s/ mode [A-Z]+//; s/@([^:]*):/@:/; s/ (nodad|dynamic|mngtmpaddr|noprefixroute|stable-privacy|pref medium|promiscuity .*)//g' \
        -e 's/ link-netnsid .*//; s/ +$//'
}

@test "ip: links and addresses" {
    equal "$(ours ip a | shown)" "$(command ip a | shown)"
    equal "$(ours ip address show dev lo | shown)" "$(command ip addr show lo | shown)"
    equal "$(ours ip link | shown)" "$(command ip link | shown)"
    equal "$(ours ip l sh lo | shown)" "$(command ip l sh lo | shown)"
    ours ip -4 a | grep -q 'inet 127.0.0.1/8 scope host lo'
    run ours ip -6 a
    [[ $output != *'inet 127'* ]]
}

@test "ip: routes" {
    equal "$(ours ip r | shown)" "$(command ip r | shown)"
    equal "$(ours ip -6 route list | shown)" "$(command ip -6 route list | shown)"
}

@test "ip: what there may be, in a network of the test's own" {
    unshare -rn true 2>/dev/null || unshare -n true 2>/dev/null || skip 'no network of its own'
    ln -s "$BOX" "$BATS_TEST_TMPDIR/bin/ip"
    cat >script <<'END'
set -e
echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad
ip link set lo up
ip link add v0 type veth peer name v1 || exit 77
ip link add b0 type bridge && ip link set v0 master b0
ip link set v1 up; ip link set v0 up; ip link set b0 up
ip addr add 192.0.2.1/24 brd + dev v1
ip addr add 192.0.2.2/24 dev v1
ip addr add 198.51.100.1 peer 198.51.100.2/32 dev v1
ip -6 addr add 2001:db8::1/64 dev v1 nodad
ip route add default via 192.0.2.9 proto static metric 5
ip route add 203.0.113.7 dev v1 scope link src 192.0.2.1
ip route add unreachable 10.0.0.0/8
ip route add blackhole 10.1.0.0/16
ip -6 route add default via 2001:db8::9 dev v1 metric 7
i=0
while [ $i -lt 2000 ]; do i=$((i + 1)); echo "route add 172.16.$((i / 250)).$((i % 250)) dev v1"; done | ip -batch -
ip link add t0 type ipip local 192.0.2.1 remote 192.0.2.3 2>/dev/null || :
sleep 0.3
for _ in $(seq 50); do # until all has come to rest
    ip a | grep -q tentative || break
    sleep 0.1
done
for a in 'a' 'l' 'r' '-6 r' 'a show v1' 'a show b0'; do
    for _ in $(seq 50); do # the kernel may still change it between two looks
        /usr/bin/env ip $a >"theirs $a"
        "$1" $a >"ours $a"
        /usr/bin/env ip $a | cmp -s - "theirs $a" && break
        sleep 0.1
    done
done
END
    run unshare -n bash script "$BATS_TEST_TMPDIR/bin/ip"
    [ "$status" = 0 ] || run unshare -rn bash script "$BATS_TEST_TMPDIR/bin/ip"
    [ "$status" = 0 ] || skip "links cannot be made here: $output"
    for a in 'a' 'l' 'r' '-6 r' 'a show v1' 'a show b0'; do
        equal "$(shown <"ours $a")" "$(shown <"theirs $a")"
    done
}

@test "ip: nothing is changed, nothing is guessed" {
    run ours ip link set lo down
    equal "$status:$output" '1:ip: set: this only shows'
    run ours ip route add default
    equal "$status:$output" '1:ip: add: this only shows'
    run ours ip link show nothing
    equal "$status:$output" '1:ip: nothing: no such device'
    for arguments in '' x neigh; do
        # shellcheck disable=SC2086
        run ours ip $arguments
        equal "$status" 2
    done
}
