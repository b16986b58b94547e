#!/usr/bin/env bats
# A root directory as small devices have it: read-only, BusyBox and nothing else, hashes in /etc/shadow; /tmp may be written, or nothing.

load ../support/interop

setup_file() {
    folder_make
    is_root || skip "needs root"
    command -v busybox >/dev/null || skip "busybox is not here"
    place=$work/root
    export place
    mkdir "$place"
    mount -t tmpfs -o mode=755,dev none "$place" 2>/dev/null || skip "nothing can be mounted"
    mkdir -p "$place"/{bin,etc,root/.ssh,tmp,dev}
    mknod -m 666 "$place/dev/null" c 1 3
    cp "$(command -v busybox)" "$place/bin/busybox"
    ln -s busybox "$place/bin/sh"
    # Debian's has libraries
    ldd "$place/bin/busybox" 2>/dev/null | grep -o '/[^ ]*' | while read -r file; do
        mkdir -p "$place${file%/*}"
        cp -L "$file" "$place$file"
    done
    chroot "$place" /bin/sh -c true || skip "busybox does not run here"
    echo 'root:x:0:0:root:/root:/bin/sh' >"$place/etc/passwd"
    echo "root:$(openssl passwd -6 -salt saltsalt secret):19000:0:99999:7:::" >"$place/etc/shadow"
    chmod 600 "$place/etc/shadow"
    cp "$work/id.pub" "$place/root/.ssh/authorized_keys"
    chmod 600 "$place/root/.ssh/authorized_keys"
    cp "$work/host_key" "$place/etc/host_key"
    cp "$SERVER" "$place/bin/server"
    printf '#!/bin/sh\nexec chroot %s /bin/server "$@"\n' "$place" >"$work/server"
    chmod 755 "$work/server"
}
teardown_file() {
    servers_end
    [ -z "${place:-}" ] || umount -l "$place" 2>/dev/null || true
    folder_remove
}
setup() { login=root; }
teardown() { server_is_well; }

types() {
    printf '#!/bin/sh\necho %s\n' "$1" >"$work/askpass"
    chmod 755 "$work/askpass"
    local flags=(-o BatchMode=no -o PubkeyAuthentication=no -o NumberOfPasswordPrompts=1)
    SSH_ASKPASS=$work/askpass SSH_ASKPASS_REQUIRE=force client "${@:2}"
}

serves() {
    SERVER=$work/server server_start --host-key /etc/host_key --authorized-keys %h/.ssh/authorized_keys --password-hash-file /etc/shadow
    # shellcheck disable=SC2016
    equal "$(client 'echo $0 $HOME; pwd; busybox echo it is')" $'sh /root\n/root\nit is'
    equal "$(types secret 'echo in')" in
    run types wrong true
    equal "$status" 255
    equal "$(client 'nano-sh -c "echo built in"')" 'built in'
    printf 'get /etc/passwd %s\n' "$work/passwd" | sftp -q -F "$server.conf" -b - here
    cmp "$work/passwd" "$place/etc/passwd"
    server_stop
}

@test "read-only, but for /tmp" {
    mount -t tmpfs none "$place/tmp"
    mount -o remount,ro "$place"
    serves
    umount "$place/tmp"
}

@test "nothing can be written" {
    mount -o remount,ro "$place"
    serves
}

@test "nothing can be written and no host key: one in memory, and that is said" {
    mount -o remount,rw "$place"
    mv "$place/etc/host_key" "$place/etc/another"
    mount -o remount,ro "$place"
    server_stopped=yes
    run "$work/server" --check
    equal "$status" 0
    like "$output" 'cannot write host key /etc/nano_ssh_server/host_key: (Read-only file system|No such file or directory); it is in memory'
}
