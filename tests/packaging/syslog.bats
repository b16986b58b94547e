#!/usr/bin/env bats
# --syslog: what arrives at /dev/log, and that nothing of it ever stops the server.

load ../support/interop
load ../support/services

setup_file() {
    folder_make
    ! lacks "this build has no --syslog" has_option syslog || return 0
    ! lacks "needs root, and mounts of one's own" own_dev_make || return 0
    export SERVER
    dev_log_start
    server_start --syslog
}
teardown_file() {
    servers_end
    dev_log_stop
    folder_remove
}
setup() {
    skip_if_lacking
    log_mark
}
teardown() { [ -n "${lacking:-}" ] || server_is_well; }

head='nano_ssh_server\[[0-9]+\]: '

# bats test_tags=quick
@test "a line goes to both, with facility auth and the server's pid" {
    logs_in
    log_has "^Accepted publickey for $login from 127\.0\.0\.1 port [0-9]+ ssh2: ED25519 "
    syslog_has "^<38>nano_ssh_server\[$server_pid\]: Accepted publickey for $login from 127\.0\.0\.1 port [0-9]+ ssh2: ED25519 SHA256:[^ ]*$"
    syslog_has "^<38>${head}Server listening on 127\.0\.0\.1 port $port\.$"
}

@test "they have the same lines" {
    logs_in
    log_has '^Disconnected from|^Connection closed'
    await 5 both_equal || diff <(tail -n +2 "$work/syslog" | sed -E "s/^<[0-9]+>$head//") "$server.log"
}
both_equal() { # what the server says at its own start is before this test's mark, too
    [ "$(grep -c . "$server.log")" = "$(grep -c "\[$server_pid\]" "$work/syslog")" ]
}

@test "no peer forges a line, nor makes one too long" {
    script <<'END'
name = b"x\n<32>nano_ssh_server[1]: y"
c = Client(here)
c.service()
c.send(b"\x32" + s(name) + s("ssh-connection") + s("password") + b"\0" + s("x"))
c.receive()
c.close()
# a reason of 30,000 bytes
c = Client(here)
c.send(b"\x01" + u32(11) + s(b"\n<38>sshd: Accepted" + b"z" * 30000) + s(b""))
c.close()
END
    syslog_has "^<38>${head}Connection closed by (authenticating|invalid) user x.*012<32>nano_ssh_server"
    syslog_has "^<38>${head}Received disconnect from 127\.0\.0\.1 port [0-9]+:11: .*012<38>sshd: Acceptedzzz"
    run grep -cvE "^<3[58]>nano_ssh_server\[$server_pid\]: |^ready$" "$work/syslog"
    equal "$output" 0
    awk 'length($0) > 1100 { bad = 1 } END { exit bad }' "$work/syslog"
}

@test "an error is one, --quiet leaves nothing else, and --verbose more" {
    server_start --syslog --quiet --banner /dev/null
    logs_in
    equal "$(grep -c "\[$server_pid\]" "$work/syslog" || :)" 0
    server_stop
    run -1 "$SERVER" --syslog --check --host-key "$work/host_key" --banner /nonexistent
    syslog_has "^<35>${head}cannot read banner /nonexistent: "
    server_start --syslog --verbose
    logs_in
    syslog_has "^<38>nano_ssh_server\[$server_pid\]: Starting session: command for $login "
    server_stop
}

@test "syslogd may come late, and come back" {
    dev_log_stop
    rm -f "$work/dev/log"
    server_start --syslog
    logs_in
    log_has '^Accepted'
    for _ in 1 2; do
        dev_log_start
        logs_in
        syslog_has "^<38>nano_ssh_server\[$server_pid\]: Accepted publickey"
        dev_log_stop
        logs_in
    done
    server_stop
    dev_log_start
}

@test "a syslogd that reads nothing stops nobody" {
    dev_log_stop
    rm -f "$work/dev/log"
    mkfifo "$work/hold"
    python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("ready", flush=True)
sys.stdin.read()' "$work/dev/log" <"$work/hold" >"$work/stuck" 3>&- &
    local stuck=$!
    exec 8>"$work/hold"
    await 10 test -s "$work/stuck"
    server_start --syslog --verbose
    script <<'END'
for _ in range(300): # more than wait there (net.unix.max_dgram_qlen)
    socket.create_connection(here).close()
END
    logs_in
    server_stop
    exec 8>&-
    wait "$stuck"
    rm -f "$work/dev/log"
    dev_log_start
}

@test "--inetd: the peer's own socket as standard error gets none of it, syslog does" {
    server=$work/inetd
    client_configure 127.0.0.1 "$port"
    script "$SERVER" <<'END'
import subprocess
listener = socket.create_server((here[0], 0))
client = socket.create_connection(listener.getsockname())
fd, _ = listener.accept()
p = subprocess.Popen([sys.argv[1], "--inetd", "--syslog", "-r", work + "/host_key", "-a", work + "/authorized_keys"],
                     stdin=fd, stdout=fd, stderr=fd)
fd.close()
client.sendall(b"SSH-2.0-x\r\n")
client.shutdown(socket.SHUT_WR)
said = b""
while True:
    more = client.recv(65536)
    if not more:
        break
    said += more
p.wait(20)
assert said.startswith(b"SSH-2.0-nano_ssh_server"), said
assert b"Connection closed" not in said, said
print(p.pid)
END
    syslog_has "^<38>${head}(Connection closed by|Disconnecting|Connection reset by) 127\.0\.0\.1 port"
}

@test "BusyBox's syslogd takes it" {
    needs busybox
    busybox --list | grep -qx syslogd || skip "this busybox has no syslogd"
    dev_log_stop
    rm -f "$work/dev/log"
    # shellcheck disable=SC2016
    unshare -m sh -c 'mount --rbind "$1" /dev && exec busybox syslogd -n -O "$2"' sh "$work/dev" "$work/messages" 3>&- &
    local syslogd=$!
    await 10 test -S "$work/dev/log"
    logs_in
    await 5 grep -Eq " auth\.info nano_ssh_server\[$server_pid\]: Accepted publickey for $login from" "$work/messages" || {
        cat "$work/messages"
        kill "$syslogd"
        return 1
    }
    kill "$syslogd"
    wait "$syslogd" || :
    rm -f "$work/dev/log"
    dev_log_start
}

@test "the server ends well" { server_stop; }
