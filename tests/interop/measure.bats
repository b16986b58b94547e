#!/usr/bin/env bats
# Budgets of time and memory, of the release build, alone on the machine. See tests/budget.

load ../support/interop

setup_file() { folder_make; }
teardown_file() {
    servers_end
    user_remove
    folder_remove
}
teardown() { server_is_well; }

# bats test_tags=release
@test "memory of a connection that is logged in and idle" {
    server_start
    may_look
    run script <<'END'
def memory():
    with open("/proc/%d/smaps_rollup" % pid) as f:
        return sum(int(l.split()[1]) for l in f if l.startswith(("Private_Dirty:", "Private_Clean:"))) * 1024
Client(here).login(user, key).close()
time.sleep(1.5)
before = memory()
many = [Client(here).login(user, key) for _ in range(200)]
time.sleep(2.5)
print((memory() - before) // len(many))
END
    equal "$status" 0
    within idle_connection "$output"
    server_stop
}

# bats test_tags=release
@test "memory of a connection with an idle shell on a terminal" {
    user_make
    usermod -s /bin/sh "$user"
    chmod 644 "$work/authorized_keys"
    login=$user
    server_start
    run script <<'END'
def memory():
    with open("/proc/%d/smaps_rollup" % pid) as f:
        return sum(int(l.split()[1]) for l in f if l.startswith(("Private_Dirty:", "Private_Clean:"))) * 1024
Client(here).login(user, key).close()
time.sleep(1.5)
before = memory()
many = [Client(here).login(user, key) for _ in range(50)]
for c in many:
    ch = c.session()
    c.request(ch, "pty-req", True, s("xterm") + u32(80) + u32(24) + u32(0) * 2 + s(""))
    c.request(ch, "shell", True)
time.sleep(3)
print((memory() - before) // len(many))
END
    equal "$status" 0
    within idle_connection "$output"
    user_remove
    server_stop
}

# bats test_tags=release
@test "memory goes back after bulk traffic" {
    server_start
    may_look
    private() { awk '/^Private/{ n += $2 } END { print n * 1024 }' "/proc/$server_pid/smaps_rollup"; }
    client true
    sleep 2
    before=$(private)
    for _ in 1 2 3 4; do
        ssh -F "$server.conf" here cat </dev/zero >/dev/null 2>&1 3>&- &
        clients+=($!)
    done
    sleep 2
    kill -KILL "${clients[@]}"
    wait "${clients[@]}" || true
    await 5 no_children
    sleep 2
    after=$(private)
    echo "# private memory before and after: $before $after" >&3
    [ "$after" -le $((before + 65536)) ]
    server_stop
}

# bats test_tags=release
@test "from the start of the process to its first byte for a client" {
    server=$work/none
    server_stopped=yes
    run script "$SERVER" $((RANDOM % 20000 + 10000)) <<'END'
import subprocess
program, port = sys.argv[1], int(sys.argv[2])
times = []
for i in range(21):
    r, w = os.pipe()
    os.set_inheritable(w, True)
    began = time.monotonic()
    p = subprocess.Popen([program, "-q", "-p", "127.0.0.1:%d" % (port + i), "-r", work + "/host_key", "--ready-fd", str(w)],
                         pass_fds=[w])
    os.read(r, 1)
    c = socket.create_connection(("127.0.0.1", port + i))
    assert c.recv(1) == b"S"
    times.append(time.monotonic() - began)
    c.close()
    p.terminate()
    p.wait()
    os.close(r), os.close(w)
print(int(sorted(times)[10] * 1000 + 0.999))
END
    echo "$output"
    equal "$status" 0
    within first_byte "$output"
}

# bats test_tags=release
@test "from the start in an empty root directory to its first byte for a client" {
    is_root || skip "needs root"
    server=$work/none
    server_stopped=yes
    mkdir "$work/root"
    cp "$SERVER" "$work/root/server"
    run script $((RANDOM % 20000 + 10000)) <<'END'
port = int(sys.argv[1])
keys = {"NANO_SSH_HOST_KEY": open(work + "/host_key").read(), "NANO_SSH_AUTHORIZED_KEYS": open(work + "/id.pub").read()}
times = []
for i in range(21):
    r, w = os.pipe()
    os.set_inheritable(w, True)
    p = os.fork()
    if p == 0:
        os.chroot(work + "/root")
        os.chdir("/")
        os.setgid(12345), os.setuid(12345)
        os.write(w, b"!")
        os.execve("/server", ["server", "-q", "--ready-fd", str(w), "--listen", "127.0.0.1:%d" % (port + i)], keys)
    os.read(r, 1) # it is now that it becomes the server
    began = time.monotonic()
    os.read(r, 1)
    c = socket.create_connection(("127.0.0.1", port + i))
    assert c.recv(1) == b"S"
    times.append(time.monotonic() - began)
    c.close()
    os.kill(p, signal.SIGTERM)
    os.waitpid(p, 0)
    os.close(r), os.close(w)
print(int(sorted(times)[10] * 1000 + 0.999))
END
    echo "$output"
    equal "$status" 0
    within first_byte_empty "$output"
}

# In bytes, of all these processes together
pss() {
    local pid
    for pid; do cat "/proc/$pid/smaps_rollup"; done | awk '/^Pss:/ { n += $2 } END { print n * 1024 }'
}

# bats test_tags=release
@test "memory of a server that waits, and of init mode" {
    cp "$SERVER" "$work/alone" # a file that nobody else has mapped
    SERVER=$work/alone server_start
    may_look
    within idle_pss "$(pss "$server_pid")"
    client true
    sleep 2
    echo "# after a login: $(pss "$server_pid")" >&3
    server_stop
    SERVER=$work/alone server_start -- sleep 60
    beside=$(ps --ppid "$server_pid" -o pid=,args= | awk '/alone/ { print $1 }')
    within idle_pss_init "$(pss "$server_pid" "$beside")"
    kill -TERM "$server_pid"
    server_ended 143
}

# at_rest_with OPTION...: a connection with these is let alone; the server does not wake up for it
at_rest_with() {
    flags=(-o ControlPath="$work/c")
    client -M -N "$@" &
    master=$!
    await 5 test -S "$work/c"
    client sleep 60 &
    session=$!
    sleep 2
    switches() { awk '/ctxt_switches/{ n += $2 } END { print n }' "/proc/$server_pid/status"; }
    ticks() { awk '{ print $14 + $15 }' "/proc/$server_pid/stat"; }
    before=$(switches) busy=$(ticks)
    sleep 5
    after=$(switches) busy=$(($(ticks) - busy))
    ssh -F "$server.conf" "${flags[@]}" -O exit here 2>/dev/null
    wait $master $session || true
    echo "# wake-ups: $((after - before)), hundredths of a second: $busy" >&3
    [ $((after - before)) -le 1 ]
    [ $busy -le 1 ]
}

# bats test_tags=release
@test "an idle server does nothing: no wake-up in five seconds" {
    is_root || skip "needs root"
    server_start
    at_rest_with
    server_stop
}

# Blocks are lent as long as such a connection is there.
# bats test_tags=release
@test "nor for a connection that has a forward and a key with options" {
    is_root || skip "needs root"
    sed 's/^/environment="A=1",no-user-rc /' "$work/authorized_keys" >"$work/keys_options"
    server_start --authorized-keys "$work/keys_options"
    at_rest_with -R 0:127.0.0.1:1 2>/dev/null
    server_stop
}
