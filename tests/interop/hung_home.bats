#!/usr/bin/env bats
# A home directory on a mount that does not answer (tests/support/hung_mount.py), and one that is not there.

load ../support/interop

setup_file() { folder_make; }
teardown() {
    [ -z "${mount_pid:-}" ] || kill "$mount_pid" 2>/dev/null || true
    umount -l "$work/hung" 2>/dev/null || true
    server_is_well
}
teardown_file() {
    servers_end
    folder_remove
}

hanging() { ps --ppid "$server_pid" -o stat= | grep -c '^[DZ]' || true; }

@test "it holds up nobody else, the grace ends it, and what hangs does not pile up" {
    is_root || skip "needs root"
    has_option login-grace || skip "not in this build"
    user_make
    mkdir "$work/hung"
    python3 -B "$root/tests/support/hung_mount.py" "$work/hung" >"$work/mounted" 3>&- &
    mount_pid=$!
    await 5 test -s "$work/mounted" || skip "FUSE cannot be mounted here"
    await 10 usermod -d "$work/hung" "$user"
    chmod 644 "$work/authorized_keys"
    login=root
    server_run hung --listen "127.0.0.1:${port:=$((RANDOM % 20000 + 10000))}" --host-key "$work/host_key" --verbose --login-grace 2 \
        --authorized-keys "$work/%u.keys"
    client_configure 127.0.0.1 "$port"
    cp "$work/id.pub" "$work/root.keys"
    ln -s "$work/hung/keys" "$work/$user.keys"
    for round in 1 2 3 4 5; do
        ssh -F "$server.conf" -l "$user" here true 2>/dev/null 3>&- </dev/null &
        waiting=$!
        [ $round != 1 ] || sleep 0.3
        equal "$(client 'echo in')" in
        await 6 is_gone $waiting
        wait $waiting || true
        [ $round != 1 ] || sleep 1.2 # so long a process that was killed may take
    done
    grep -q "^Authentication refused for $user from .*: the home directory does not answer" "$server.log"
    [ "$(hanging)" -le 2 ]
    # When it answers again, or has gone, they end.
    kill "$mount_pid"
    wait "$mount_pid" || true
    mount_pid=
    umount -l "$work/hung"
    await 5 no_children
    rm "$work/$user.keys"
    cp "$work/id.pub" "$work/$user.keys"
    equal "$(client -l "$user" 'echo in' 2>/dev/null)" in
    kill -TERM "$server_pid"
    server_ended 0
    server_stopped=yes
}

@test "a home that is not there: the program starts in /, and is told" {
    is_root || skip "needs root"
    user_make
    await 10 usermod -d "$work/no/such/home" "$user"
    chmod 644 "$work/authorized_keys"
    login=$user
    server_stopped=
    server_start
    run --separate-stderr client 'pwd; echo in'
    like "$stderr" 'cannot change to home directory .*: No such file or directory'
    equal "$output" $'/\nin'
    server_stop
}

@test "a list of keys that is a FIFO is none, and nobody waits for a writer" {
    mkfifo -m 600 "$work/fifo"
    server_stopped=
    server_start --authorized-keys "$work/fifo"
    run timeout 5 ssh -F "$server.conf" here true
    equal "$status" 255
    log_has 'fifo is not a regular file'
    server_stop
}
