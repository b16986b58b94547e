#!/usr/bin/env bats
# enter PID: the root and the namespaces of another process.

setup() {
    load common
    folder_make
}
teardown() {
    [ -z "${neighbour:-}" ] || kill "$neighbour" 2>/dev/null || true
}

# neighbour_start PROGRAM...: one that only waits, as $neighbour
neighbour_start() {
    "$@" &
    neighbour=$!
    for _ in {1..250}; do
        case $(readlink "/proc/$neighbour/exe") in
        */sleep | */coreutils | */busybox) return ;;
        esac
        [ ! -e there/ready ] || return 0
        sleep 0.02
    done
    return 1
}

@test "another root, without namespaces" {
    is_root || skip 'only root may change the root'
    mkdir there
    echo found >there/mark
    neighbour_start python3 -c 'import os, signal
os.chroot("there")
os.chdir("/")
open("/ready", "w").close()
signal.pause()'
    run -0 sh_ "enter $neighbour; pwd; cat /mark; cd /; echo /m*"
    equal "${lines[0]}" 'entered: root'
    equal "${lines[1]} ${lines[2]} ${lines[3]}" '/ found /mark'
}

@test "namespaces" {
    is_root || skip 'only root may make them'
    unshare --net --uts --ipc true || skip 'none can be made here'
    neighbour_start unshare --net --uts --ipc /bin/sleep 300
    wanted=$(readlink "/proc/$neighbour/ns/net")
    [ "$wanted" != "$(readlink /proc/self/ns/net)" ]
    run -0 sh_ "enter $neighbour; readlink /proc/self/ns/net"
    equal "${lines[0]}" 'entered: ipc, uts, net, root'
    equal "${lines[1]}" "$wanted"
    printf 'enter %d\necho in\n' "$neighbour" >script
    run -0 bash -c '"$1" -i <script' - "$BATS_TEST_TMPDIR/bin/nano-sh"
    like "$output" "enter:$neighbour:"
}

@test "somebody without rights is told what is not to be had" {
    is_root || skip 'only root may become somebody else'
    chmod 711 "$BATS_TEST_TMPDIR" && chmod 755 .
    neighbour_start setpriv --reuid 61235 --regid 61235 --clear-groups /bin/sleep 300
    cp "$SERVER" server && chmod 755 server
    run setpriv --reuid 61235 --regid 61235 --clear-groups ./server nano-sh -c "enter $neighbour; pwd"
    like "${lines[0]}" '^entered: not root: Operation not permitted \(this folder is it\)$'
    equal "${lines[1]}" /
    run -1 setpriv --reuid 61234 --regid 61234 --clear-groups ./server nano-sh -c "enter $neighbour"
    like "$output" "^enter: /proc/$neighbour: Permission denied\$"
}

@test "processes that are none" {
    run -1 sh_ 'enter 4194999'
    equal "$output" 'enter: /proc/4194999: No such file or directory'
    for wrong in '' 0 x ../1 -1 99999999999999999999999 '1 2'; do
        run sh_ "enter $wrong"
        [ "$status" = 1 ] || [ "$status" = 2 ]
        equal "${#lines[@]}" 1
    done
    kernel=$(ps --ppid 2 -o pid= 2>/dev/null | head -n 1)
    if is_root && [ -n "$kernel" ]; then
        run -1 sh_ "enter ${kernel// /}"
        like "$output" "has ended, or is the kernel's own"
    fi
}
