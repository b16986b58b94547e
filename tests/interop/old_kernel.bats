#!/usr/bin/env bats
# As if on Linux 3.10 (tests/support/old_kernel.py): everything works, and what is asked of the kernel in vain is known.

load ../support/interop

emulated="python3 -B $root/tests/support/old_kernel.py"

# wrapped NAME [WORD...] PROGRAM: a program of this name that runs the other as on such a kernel
wrapped() {
    local name=$1
    shift
    printf '#!/bin/sh\nexec %s "$@"\n' "$emulated $*" >"$work/$name"
    chmod 755 "$work/$name"
}

setup_file() {
    $emulated /bin/true || skip "no seccomp here, or numbers for this CPU are not known"
    folder_make
    wrapped server "$SERVER"
    # shellcheck disable=SC2016
    printf '%s:%s\n' "$login" "$(openssl passwd -6 -salt saltsalt secret)" >"$work/hashes"
    chmod 600 "$work/hashes"
    SERVER=$work/server server_start --password-hash-file "$work/hashes"
}
teardown_file() {
    [ -z "${work:-}" ] || servers_end
    folder_remove
}
teardown() {
    [ -z "${mounted:-}" ] || umount -l "$mounted"
    [ -n "${BATS_TEST_SKIPPED+skipped}" ] || server_is_well
}

# bats test_tags=quick
@test "a command, its status, its output" {
    run client 'echo out; cat; exit 7' <<<in
    equal "$status $output" $'7 out\nin'
}

@test "a terminal, and a signal that ends a program" {
    run client -tt 'tty; kill -TERM $$' </dev/null
    like "$output" /dev/pts/
    equal "$status" 255
}

@test "a password" {
    printf '#!/bin/sh\necho secret\n' >"$work/askpass"
    chmod 755 "$work/askpass"
    flags=(-o BatchMode=no -o PubkeyAuthentication=no)
    SSH_ASKPASS=$work/askpass SSH_ASKPASS_REQUIRE=force run client 'echo in'
    equal "$output" in
}

# bats test_tags=quick
@test "files by sftp and by scp, also what newer calls are for" {
    tree "$work/tree"
    cd "$work"
    printf 'put -pr tree there\nrename there/a there/c\ncp there/c/b/700000 twice\nget -pr there back\n' |
        sftp -q -F "$server.conf" -b <(echo "cd $work" && cat) here
    mv back/c back/a
    same tree/a back/a
    cmp tree/a/b/700000 twice
    scp -q -O -F "$server.conf" "$work/tree/a/b/700000" "here:$work/copied"
    cmp "$work/tree/a/b/700000" "$work/copied"
}

@test "ports and unix sockets in both directions, and the agent" {
    python3 -B "$root/tests/support/sockets.py" serve echo 127.0.0.1:0 "$work/echo.sock" >"$work/echo.ports" 2>/dev/null 3>&- &
    echo_pid=$!
    await 10 test -s "$work/echo.ports"
    port_of_echo=$(head -n 1 "$work/echo.ports")
    equal "$(echo hello | client -W "127.0.0.1:$port_of_echo")" hello
    equal "$(echo hello | client -W "localhost:$port_of_echo")" hello
    rm -f "$work/l.sock" "$work/r.sock"
    ssh -F "$server.conf" -o LogLevel=INFO -o ExitOnForwardFailure=yes -M -S "$work/control" -fN \
        -L "$work/l.sock:$work/echo.sock" -R "$work/r.sock:$work/echo.sock" -R "127.0.0.1:0:$work/echo.sock" here 3>&- 2>"$work/tunnel"
    for socket in l r; do
        python3 -B "$root/tests/support/sockets.py" echo "$work/$socket.sock" 100000
    done
    python3 -B "$root/tests/support/sockets.py" echo "127.0.0.1:$(sed -n 's/^Allocated port \([0-9]*\).*/\1/p' "$work/tunnel")" 100000
    ssh -F "$server.conf" -S "$work/control" -O exit here 2>/dev/null
    kill $echo_pid
    eval "$(ssh-agent -s)" >/dev/null
    # shellcheck disable=SC2016
    run client -A -o IdentityAgent="$SSH_AUTH_SOCK" 'test -S "$SSH_AUTH_SOCK" && echo there'
    kill "$SSH_AGENT_PID"
    equal "$output" there
}

# bats test_tags=quick
@test "the built-in shell and its commands" {
    has_option once || skip "there is none in this build"
    run client "nano-sh -c 'cat <<END; cp $work/id.pub $work/id.copy && cat $work/id.copy; { sleep 0; } | cat; free | head -n 1
a text
END'"
    equal "${lines[0]}" 'a text'
    equal "${lines[1]}" "$(cat "$work/id.pub")"
    like "${lines[2]}" available
    big=$(head -c 300000 /dev/zero | tr '\0' x)
    equal "$(printf 'cat <<END | wc -c\n%s\nEND\n' "$big" | client nano-sh)" 300001
}

@test "what is asked for in vain is what is known" {
    command -v strace >/dev/null || skip "strace is not here"
    strace -f -qq -e signal=none -o "$work/strace" $emulated "$SERVER" nano-sh -c "cat <<END; cp $work/id $work/id.copy; free; chmod 600 $work/id.copy; touch $work/id.copy; test -r $work/id.copy
text
END" >/dev/null
    strace -f -qq -o "$work/strace.start" $emulated "$SERVER" --check -r "$work/key.made" 2>/dev/null
    vain=$(cat "$work/strace" "$work/strace.start" | sed -n 's/^[0-9]* *\([a-z0-9_]*\)(.* = -1 ENOSYS.*/\1/p' |
        sed s/syscall_0x1c4/fchmodat2/ | sort -u)
    [[ " $(echo $vain) " == *' getrandom '* ]]
    for call in $vain; do
        grep -q "^$call " "$root/tests/support/kernel_calls" || echo "not known: $call"
    done | tee "$work/unknown"
    [ ! -s "$work/unknown" ]
    # The device is waited for before it is read.
    grep -o '/dev/u*random\|poll(\[.*' "$work/strace.start" | head -n 3 | tr '\n' ' ' | grep -q '^/dev/random poll(.* /dev/urandom '
}

# random_root NAME: a root directory with nothing but the program
random_root() {
    is_root || skip "needs root"
    mounted=$work/$1
    mkdir "$mounted"
    mount -t tmpfs -o dev none "$mounted" 2>/dev/null || { mounted='' && skip "nothing can be mounted"; }
    mkdir "$mounted/dev"
    cp "$SERVER" "$mounted/program"
}

@test "without the call and the device it says so and does not serve" {
    random_root none
    run $emulated root="$mounted" /program --check -r /key
    [ "$status" != 0 ]
    equal "${lines[0]}" 'nano_ssh_server: neither getrandom() nor /dev/urandom'
    # Files in the devices' place are none.
    mknod "$mounted/dev/random" c 1 8 || skip "no devices can be made"
    head -c 100000 /dev/zero >"$mounted/dev/urandom"
    run $emulated root="$mounted" /program --check -r /key
    [ "$status" != 0 ]
    equal "${lines[0]}" 'nano_ssh_server: neither getrandom() nor /dev/urandom'
    [ ! -e "$mounted/key" ]
}

@test "once it has started the device may go" {
    random_root gone
    mknod "$mounted/dev/random" c 1 8 && mknod "$mounted/dev/urandom" c 1 9 || skip "no devices can be made"
    cp "$work/host_key" "$mounted/key"
    cp "$work/authorized_keys" "$mounted/authorized_keys"
    wrapped enclosed root="$mounted" /program
    (SERVER=$work/enclosed server_start --host-key /key --authorized-keys /authorized_keys --user root)
    server=$(find "$work" -name 's*.pid' -newer "$work/enclosed" | head -n 1) server=${server%.pid}
    rm "$mounted/dev/random" "$mounted/dev/urandom"
    configuration=$server.conf
    run client true
    grep -q '^Accepted publickey' "$server.log"
    kill -TERM "$(cat "$server.pid")"
}

@test "no IPv6 at all: it listens and serves on what there is" {
    wrapped without no-ipv6 "$SERVER"
    old=$server old_pid=$server_pid
    for _ in {1..20}; do
        some=$((RANDOM % 20000 + 10000))
        SERVER=$work/without server_run "n$some" --listen "$some" --host-key "$work/host_key" --authorized-keys "$work/authorized_keys" && break
    done
    client_configure 127.0.0.1 "$some"
    equal "$(client 'echo in')" in
    equal "$(grep -c 'Server listening' "$server.log")" 1
    kill -TERM "$server_pid"
    server_ended 0
    server=$old server_pid=$old_pid
}

@test "at the end: nothing is left behind" {
    at_rest_soon 5
    server_stop
}

@test "the same with 32 bits, where the machine runs that" {
    small=$root/build/i386-full-sodium/nano_ssh_server
    [ -x "$small" ] && "$small" --version >/dev/null 2>&1 || skip "not built: make ARCH=i386"
    wrapped small "$small"
    SERVER=$work/small server_start
    equal "$(client 'echo in')" in
    equal "$(client -tt tty </dev/null | cut -c 1-9)" /dev/pts/
    printf 'put %s %s\nls -l %s\n' "$work/id.pub" "$work/small.pub" "$work/small.pub" | sftp -q -F "$server.conf" -b - here
    cmp "$work/id.pub" "$work/small.pub"
    equal "$(client "nano-sh -c 'cat <<END; date +%Y; ls $work/id.pub; sleep 0.01
text
END'")" $'text\n'"$(date +%Y)"$'\n'"$work/id.pub"
    server_stop
}
