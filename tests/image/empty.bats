#!/usr/bin/env bats
# A root directory with nothing in it but the program: no /etc/passwd, no key file, no /dev, no /proc, no /tmp, nothing that
# can be written.

load enclosed

setup_file() {
    folder_make
    root_make
}
teardown_file() {
    servers_end
    folder_remove
}
setup() { login=user; }
teardown() { server_is_well; }

# --- who ----------------------------------------------------------------------------------------------

# bats test_tags=release,quick
@test "uid 12345, all of it from the environment, nothing can be written" {
    read_only
    with_keys
    empty_start
    equal "$(client 'echo hello; exit 3')" hello
    run client 'exit 3'
    equal "$status" 3
    equal "$(client 'echo $USER $HOME $SHELL; pwd')" $'user / /bin/sh\n/'
    equal "$(client 'nano-sh -c "echo asked for"')" 'asked for'
    server_stop
}

# bats test_tags=release
@test "root, all of it from the environment, nothing can be written" {
    read_only
    enter=("${as_root[@]}") login=root
    with_keys
    empty_start
    equal "$(client 'echo hello')" hello
    equal "$(client 'echo $USER $HOME')" 'root /'
    server_stop
}

# bats test_tags=release
@test "root with less than all rights" {
    # In a namespace where it may not choose its groups.
    enter=(setpriv --reuid 12345 --regid 12345 --clear-groups unshare -r chroot) login=root
    with_keys
    empty_start
    equal "$(client 'echo hello')" hello
    server_stop
}

# bats test_tags=release
@test "the name: --user, NANO_SSH_USER, neither" {
    with_keys NANO_SSH_USER=debug HOME=/nano_ssh_server/none
    login=debug
    empty_start
    client : 2>"$work/err"
    grep -q 'cannot change to home directory /nano_ssh_server/none' "$work/err"
    run -255 client -l user :
    server_stop
    with_keys NANO_SSH_USER=debug
    login=bob
    empty_start --user bob
    client :
    run -255 client -l debug :
    server_stop
    enter=("${as_root[@]}") login=anna
    empty_start --user anna
    client :
    run -255 client -l root :
    server_stop
}

# bats test_tags=release
@test "a name that is none is said at the start" {
    for name in a/b 'a b' a:b $'a\nb' 123456789012345678901234567890123; do
        with_keys NANO_SSH_USER="$name"
        run empty_start
        equal "$status" 1
        like "$output" 'NANO_SSH_USER: not a name'
    done
    server_stopped=yes
}

# --- keys ---------------------------------------------------------------------------------------------

# bats test_tags=release
@test "no host key: one in memory, another one each time, and that is said" {
    variables=(NANO_SSH_AUTHORIZED_KEYS="$(cat "$work/id.pub")")
    fingerprints=()
    for login in user root user; do
        [ ${#fingerprints[@]} = 2 ] || read_only
        enter=("${as_user[@]}")
        [ $login = user ] || enter=("${as_root[@]}")
        empty_start
        log_has 'cannot write host key .*/host_key: (Permission denied|Read-only file system|No such file or directory); it is in memory .*NANO_SSH_HOST_KEY'
        fingerprints+=("$(sed -n 's/^Host key ED25519 //p' "$server.log")")
        ssh-keyscan -p "$port" 127.0.0.1 2>/dev/null | ssh-keygen -lf - | grep -qF "${fingerprints[-1]}"
        client -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null 'echo hello' >/dev/null
        server_stop
        before=:
    done
    equal "$(printf '%s\n' "${fingerprints[@]}" | sort -u | wc -l)" 3
    equal "$(ls "$work/root")" nano_ssh_server
}

# bats test_tags=release
@test "a host key that was named and cannot be written is an error" {
    read_only
    with_keys
    run empty_start --host-key /key
    equal "$status" 1
    like "$output" 'cannot write host key /key: (Read-only|Permission)'
    server_stopped=yes
}

# bats test_tags=release
@test "no way in at all: it starts, and says what is missing" {
    empty_start
    log_has 'There is no //?.ssh/authorized_keys \(see -a, NANO_SSH_AUTHORIZED_KEYS\)'
    run -255 client -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null true
    server_stop
}

# --- what is not there --------------------------------------------------------------------------------

# bats test_tags=release
@test "no terminal: the client is told, and so is the log" {
    with_keys
    empty_start
    run python3 "$root/tests/support/terminal.py" 24 80 ssh -F "$server.conf" here <<'SCRIPT'
wait [$#]
send echo at $((4+3))\n
wait at 7
send exit 5\n
SCRIPT
    equal "$status" 5
    like "$output" 'nano_ssh_server: no terminal: /dev/ptmx: No such file or directory'
    equal "$(grep -c 'no terminal for user: /dev/ptmx: No such file or directory' "$server.log")" 1
    # Who asks for none is told nothing.
    run --separate-stderr client 'echo hello'
    equal "$stderr" ''
    server_stop
}

# The shell is another program, and nothing of the server's is in its process; into the server it may not look.
# bats test_tags=release
@test "with /proc: the shell sees its own descriptors, signals what is its own, and shows nothing of the server" {
    mkdir "$work/root/proc"
    before='mount -t proc none "$1/proc"'
    with_keys
    empty_start
    equal "$(client 'cat </proc/self/fd/0; echo done' <<<'through a descriptor')" $'through a descriptor\ndone'
    equal "$(client 'sleep 60 & kill $!; wait $!; echo ended' 2>/dev/null)" ended
    equal "$(client 'cat /proc/self/environ'  | grep -ac NANO_ || true)" 0
    run client "cat /proc/$server_pid/environ"
    like "$output" 'Permission denied'
    server_stop
    rmdir "$work/root/proc"
}

# bats test_tags=release
@test "a devpts, but no /dev/ptmx beside it" {
    before='mount -t tmpfs none "$1/dev" && mkdir "$1/dev/pts" && mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 none "$1/dev/pts"'
    with_keys
    mkdir "$work/root/dev"
    empty_start
    run client -tt 'echo $SSH_TTY; exit 4'
    equal "$status" 4
    like "$output" '^/dev/pts/0'
    server_stop
    rmdir "$work/root/dev"
}

# bats test_tags=release
@test "descriptors 0 to 2 are closed, and there is no /dev/null to put there" {
    a_port
    with_keys NANO_SSH_LISTEN="127.0.0.1:$port"
    enclosed --exit-idle 3 <&- >&- 2>&- 3>&- 4>&- &
    background=$!
    server=$work/s$port server_stopped=yes
    client_configure 127.0.0.1 "$port"
    await 5 client : 2>/dev/null
    equal "$(client 'echo hello')" hello
    kill -TERM $background
    wait $background
}

# bats test_tags=release
@test "SFTP and scp there" {
    with_keys
    empty_start
    mkdir -m 777 "$work/root/in"
    scp -qF "$server.conf" "$work/id.pub" here:/in/
    scp -qOF "$server.conf" "$work/id.pub" here:/in/again
    cmp "$work/id.pub" "$work/root/in/id.pub"
    cmp "$work/id.pub" "$work/root/in/again"
    rm -r "$work/root/in"
    server_stop
}

# bats test_tags=release
@test "many sessions, signals and an end: as anywhere else" {
    with_keys
    empty_start
    flags=(-o ControlMaster=auto -o ControlPath="$work/c" -o ControlPersist=2)
    for i in 1 2 3 4 5; do
        equal "$(client "echo $i")" $i
    done
    ssh -F "$server.conf" -o ControlPath="$work/c" -O exit here 2>/dev/null || true
    server_stop
}
