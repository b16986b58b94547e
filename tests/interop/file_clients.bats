#!/usr/bin/env bats
# Files by programs that are not OpenSSH's sftp and scp (files.bats): by the whole protocols they speak.

load ../support/interop

setup_file() {
    folder_make
    mkdir -m 700 "$work/home" "$work/home/.ssh"
    # Where nothing is in the PATH there is no scp, so the built-in one serves.
    ssh-keygen -q -t ed25519 -N '' -C bare -f "$work/bare"
    echo "environment=\"PATH=$work/nothing\" $(cat "$work/bare.pub")" >>"$work/authorized_keys"
    server_start --verbose
    head -c "${BULK:-20}M" /dev/urandom >"$work/data"
    tree "$work/there"
}
teardown_file() {
    servers_end
    folder_remove
}
setup() {
    far=$work/far near=$work/near key=$work/id host_key=$(cut -d ' ' -f 2 "$work/host_key.pub")
    rm -rf "$far" "$near"
    mkdir "$far" "$near"
    cd "$near" || return
    log_mark
}
teardown() {
    mountpoint -q "$work/mounted" && unmount -z
    server_is_well
}

needs() { command -v "$1" >/dev/null || skip "no $1 here"; }

# A program that knows no cipher of this build cannot show anything else.
if_it_can() { # COMMAND...
    "$@" && return
    log_has '^Unable to negotiate .*: no matching cipher found'
    skip "it knows no cipher of this build"
}

# --- sshfs ------------------------------------------------------------------------------------------

mounts() {
    needs sshfs
    [ -w /dev/fuse ] || skip "no /dev/fuse here"
    mkdir -p "$work/mounted"
    # Before the mount: not everybody may make one.
    timeout 20 sshfs -F "$server.conf" "here:$far" "$work/mounted" 3>&- 2>"$work/sshfs" && return
    ! grep -qE 'fusermount|fuse: ' "$work/sshfs" || skip "no mount: $(head -n 1 "$work/sshfs")"
    cat "$work/sshfs"
    return 1
}
unmount() { fusermount3 -u "$@" "$work/mounted" 2>/dev/null || umount -l "$work/mounted"; }

@test "sshfs: a tree there and back" {
    mounts
    cp -a "$work/there" "$work/mounted/there"
    same "$work/there" "$far/there"
    unmount
    mounts # nothing from its cache
    cp -a "$work/mounted/there" back
    same "$work/there" back
    cp "$work/data" "$work/mounted/data"
    cmp "$work/data" "$far/data"
    cmp "$work/mounted/data" "$work/data"
    unmount
    at_rest_soon 5
}

@test "sshfs: what programs do with files" {
    mounts
    cd "$work/mounted"
    echo one >one && echo two >>one
    equal "$(cat "$far/one")" $'one\ntwo'
    echo new >new && mv new one
    equal "$(cat "$far/one")" new
    ln one hard && ln -s one soft
    equal "$(stat -c %h "$far/one")" 2
    equal "$(readlink soft)" one
    chmod 600 one && touch -d @1000000000 one
    equal "$(stat -c '%a %Y' "$far/one")" '600 1000000000'
    truncate -s 100000 one
    printf X | dd of=one bs=1 seek=70000 conv=notrunc status=none
    equal "$(size_of "$far/one") $(tail -c +70001 "$far/one" | head -c 1)" '100000 X'
    mkdir sub
    run ! rmdir none
    (cd "$far/sub" && seq 2000 | xargs touch)
    equal "$(find sub -type f | wc -l)" 2000
    rm -r sub
    [ ! -e "$far/sub" ]
    df . | grep -q "^here:$far "
    python3 - <<'END'
import os, random
f, model = os.open("random", os.O_RDWR | os.O_CREAT), bytearray(300000)
for _ in range(200):
    at, data = random.randrange(290000), os.urandom(random.randrange(1, 10000))
    os.pwrite(f, data, at)
    model[at:at + len(data)] = data
    at = random.randrange(290000)
    assert os.pread(f, 9000, at) == bytes(model[at:min(at + 9000, os.fstat(f).st_size)])
END
    cd "$near"
    unmount
    at_rest_soon 5
}

# --- rsync, git: commands that bring their own protocol ---------------------------------------------------

remote_sync() { timeout 60 rsync -e "ssh -F ${configuration:-$server.conf}" "$@"; }

@test "rsync: there and back, changes only, deletions" {
    needs rsync
    remote_sync -a "$work/there/" "here:$far/there"
    same "$work/there" "$far/there"
    remote_sync -a "here:$far/there" .
    same "$work/there" there
    echo changed >there/a/b/100
    rm there/a/b/4096
    touch -d @1100000000 there/a/b/100 there/a/b # it looks at whole seconds only
    equal "$(remote_sync -ai --delete there/ "here:$far/there" | grep -c '^<f')" 1
    same there "$far/there"
}

@test "rsync: a broken upload goes on from what has come" {
    needs rsync
    cp "$work/data" whole
    rsync -e "ssh -F $server.conf" --partial --inplace --bwlimit=10000 whole "here:$far/whole" 2>/dev/null 3>&- &
    local pid=$!
    await 20 has_grown "$far/whole" 1000000
    kill -TERM $pid
    wait $pid || true
    at_rest_soon 5
    [ "$(size_of "$far/whole")" -lt "$(size_of whole)" ]
    remote_sync --partial --append-verify whole "here:$far/whole"
    cmp whole "$far/whole"
}

@test "git: clone, push, fetch, a shallow clone" {
    needs git
    export GIT_SSH_COMMAND="ssh -F $server.conf" GIT_CONFIG_GLOBAL=/dev/null
    export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@localhost GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@localhost
    git init -q --bare -b main "$far/all.git"
    git init -q -b main first
    head -c 3000000 "$work/data" >first/data
    git -C first add data
    git -C first commit -qm one
    git -C first push -q "here:$far/all.git" main
    git clone -q "here:$far/all.git" second
    cmp second/data first/data
    echo more >second/more
    git -C second add more
    git -C second commit -qm two
    git -C second push -q
    git -C first fetch -q "here:$far/all.git" main
    equal "$(git -C first show FETCH_HEAD:more)" more
    git clone -q --depth 1 "ssh://here$far/all.git" third
    equal "$(git -C third rev-list --count HEAD)" 1
    equal "$(git archive --remote="here:$far/all.git" main more | tar -xO)" more
}

# --- lftp, curl, rclone, PuTTY's --------------------------------------------------------------------------

lftp_does() { # COMMANDS
    needs lftp
    HOME=$work/home timeout 60 lftp -c "set sftp:connect-program 'ssh -a -x -F $server.conf'; set cmd:fail-exit yes
        set net:max-retries 2; open sftp://$login:@here$far; $1"
}

@test "lftp: mirror both ways, transfers that go on, names" {
    lftp_does "mirror -R $work/there there; mirror there back"
    diff -r "$work/there" "$far/there"
    diff -r "$work/there" back
    head -c 1234567 "$work/data" >"$far/data"
    head -c 1000 "$work/data" >part
    lftp_does "put -c $work/data; get -c data -o part; pget -n 4 data -o pieces; mkdir -p x/y; mv data x/y/moved
        chmod 600 x/y/moved; mput $work/there/a/b/32*; ln -s x link; du -s .; find x; rm 32768; glob rm 3*"
    cmp "$work/data" "$far/x/y/moved"
    cmp "$work/data" part
    cmp "$work/data" pieces
    equal "$(stat -c %a "$far/x/y/moved")" 600
    equal "$(ls "$far")" $'link\nthere\nx'
    rm "$work/there/a/b/1" && lftp_does "mirror -R --delete $work/there there"
    [ ! -e "$far/there/a/b/1" ]
    head -c 1 /dev/urandom >"$work/there/a/b/1"
    touch -d @1000000000 "$work/there/a/b" "$work/there/a/b/1"
}

curl_does() {
    timeout 60 curl -sS --hostpubsha256 "$(ssh-keygen -lf "$work/host_key.pub" | sed 's/.*SHA256:\([^ ]*\).*/\1/')" \
        --key "$key" --pubkey "$key.pub" -u "$login:" "$@"
}

@test "curl: sftp:// get, put, list, transfers that go on, commands" {
    needs curl
    curl --version | grep -q ' sftp' || skip "curl without SFTP"
    local url=sftp://127.0.0.1:$port$far
    if_it_can curl_does "$url/" >/dev/null
    curl_does -T "$work/data" "$url/data"
    cmp "$work/data" "$far/data"
    curl_does "$url/data" -o data
    cmp "$work/data" data
    head -c 1234567 "$work/data" >"$far/part"
    curl_does -C - -T "$work/data" "$url/part"
    cmp "$work/data" "$far/part"
    head -c 7654 "$work/data" >part
    curl_does -C - "$url/data" -o part
    cmp "$work/data" part
    curl_does -r 1000-1999 "$url/data" | cmp - <(tail -c +1001 "$work/data" | head -c 1000)
    echo one | curl_does --ftp-create-dirs -T - "$url/new/folder/one"
    equal "$(cat "$far/new/folder/one")" one
    curl_does --list-only "$url/" | sort | grep -v '^\.' >listed
    equal "$(cat listed)" $'data\nnew\npart'
    curl_does "$url/" | grep -qE "^-rw-r--r-- .* $(size_of "$work/data") .* data\$"
    curl_does -Q "-rename $far/data $far/renamed" -Q "-chmod 600 $far/renamed" -Q "-rm $far/part" "$url/" >/dev/null
    equal "$(stat -c %a "$far/renamed")" 600
    run ! curl_does "$url/none"
}

@test "curl: scp:// get and put, with the machine's scp and the built-in one" {
    needs curl
    curl --version | grep -q ' scp' || skip "curl without scp"
    local url=scp://127.0.0.1:$port$far
    cp "$work/data" "$far/data"
    if_it_can curl_does "$url/data" -o data
    for key in "$work/id" "$work/bare"; do
        curl_does "$url/data" -o data
        cmp "$work/data" data
        curl_does -T "$work/data" "$url/put"
        cmp "$work/data" "$far/put"
        rm data "$far/put"
    done
}

# Somebody's own configuration must not matter. A hash is a command on the other side, for each file.
rclone_does() {
    needs rclone
    echo "[127.0.0.1]:$port $(cut -d ' ' -f 1,2 "$work/host_key.pub")" >"$work/rclone_hosts"
    RCLONE_CONFIG_FAR_TYPE=sftp RCLONE_CONFIG_FAR_HOST=127.0.0.1 RCLONE_CONFIG_FAR_PORT=$port RCLONE_CONFIG_FAR_USER=$login \
        RCLONE_CONFIG_FAR_KEY_FILE=$work/id RCLONE_CONFIG_FAR_KNOWN_HOSTS_FILE=$work/rclone_hosts \
        RCLONE_SFTP_DISABLE_HASHCHECK=${without_hashes:-true} timeout 60 rclone --config /dev/null --retries 1 "$@"
}

@test "rclone: copy, sync, check, lsl, cat, move, purge" {
    rclone_does copy --create-empty-src-dirs "$work/there" "far:$far/there"
    diff -r "$work/there" "$far/there"
    without_hashes=false rclone_does check "$work/there" "far:$far/there"
    rclone_does copy --create-empty-src-dirs "far:$far/there" back
    diff -r "$work/there" back
    rclone_does copyto "$work/data" "far:$far/data"
    rclone_does copyto --multi-thread-cutoff 1M --multi-thread-streams 4 "far:$far/data" data
    cmp "$work/data" data
    equal "$(rclone_does lsl "far:$far/there/a" | awk '$NF == "b/32769" { print $1, $2 }')" "32769 $(date -d @1000000000 +%F)"
    rclone_does cat --offset 1000 --count 1000 "far:$far/data" | cmp - <(tail -c +1001 "$work/data" | head -c 1000)
    rm back/a/b/100 && echo changed >back/a/b/0
    rclone_does sync back "far:$far/there"
    [ ! -e "$far/there/a/b/100" ]
    equal "$(cat "$far/there/a/b/0")" changed
    rclone_does moveto "far:$far/data" "far:$far/moved"
    cmp "$work/data" "$far/moved"
    rclone_does purge "far:$far/there"
    [ ! -e "$far/there" ]
}

putty() { # PROGRAM ARGUMENT...
    needs "$1"
    needs puttygen
    [ -e "$key.ppk" ] || puttygen "$key" -O private -o "$key.ppk" --new-passphrase /dev/null </dev/null
    HOME=$work/home timeout 60 "$1" -batch -P "$port" -hostkey "$(ssh-keygen -lf "$work/host_key.pub" | cut -d ' ' -f 2)" -i "$key.ppk" "${@:2}"
}

@test "psftp: a tree there and back, transfers that go on, commands" {
    head -c 1234567 "$work/data" >"$far/part"
    cp "$work/data" part
    cat >commands <<END
cd $far
put -r $work/there there
get -r there back
reput part
put $work/data data
mkdir folder
mv data folder
chmod 600 folder/data
ls
dir fold*
del part
quit
END
    run -0 putty psftp -b commands "$login@127.0.0.1"
    echo "$output"
    diff -r "$work/there" "$far/there"
    diff -r "$work/there" back
    cmp "$work/data" "$far/folder/data"
    equal "$(stat -c %a "$far/folder/data")" 600
    equal "$(ls "$far")" $'folder\nthere'
}

@test "pscp: by SFTP, by the machine's scp, by the built-in one" {
    for how in -sftp -scp built-in; do
        [ $how != built-in ] || key=$work/bare
        putty pscp "${how/built-in/-scp}" -q -r -p "$work/there" "$login@127.0.0.1:$far"
        diff -r "$work/there" "$far/there"
        putty pscp "${how/built-in/-scp}" -q -r -p "$login@127.0.0.1:$far/there" .
        diff -r "$work/there" there
        rm -r there "$far/there"
    done
}

# --- libraries ----------------------------------------------------------------------------------------

by_python() { # PROGRAM ARGUMENT...
    timeout 120 /usr/bin/python3 -B "$root/tests/clients/$1" 127.0.0.1 "$port" "$login" "$key" "$host_key" "${@:2}"
}

@test "paramiko: put, get, prefetch, large reads, listings, everything it has" {
    if_it_can by_python files_paramiko.py "$work/data" "$far"
    cmp got "$work/data"
}
@test "paramiko 3.5: the same" {
    newer paramiko
    PYTHONPATH=$newer/lib/python3/dist-packages by_python files_paramiko.py "$work/data" "$far"
    cmp got "$work/data"
}

@test "asyncssh: SFTP, a tree there and back, globs, everything it has" {
    by_python files_asyncssh.py "$work/there" "$far"
    same "$work/there" sftp
}
@test "asyncssh: scp, a tree there and back, with the machine's scp and the built-in one" {
    for key in "$work/id" "$work/bare"; do
        by_python files_asyncssh.py "$work/there" "$far" scp
        # It closes the channel before the machine's scp has set the outermost folder's time.
        [ "$key" = "$work/bare" ] || touch -d @1000000000 scp
        same "$work/there" scp
        rm -r scp "$far/scp"
    done
}

# --- Ansible --------------------------------------------------------------------------------------------

# bats test_tags=slow
@test "Ansible: a file there by sftp and by scp, a file back" {
    needs ansible
    local module="ansible all -i here, -e ansible_python_interpreter=/usr/bin/python3 -e ansible_remote_tmp=$far/tmp -e ansible_async_dir=$far/async"
    export ANSIBLE_SSH_ARGS="-F $server.conf" ANSIBLE_HOST_KEY_CHECKING=False ANSIBLE_LOCAL_TEMP=$near/tmp HOME=$work/home
    export LC_ALL=C.UTF-8
    for ANSIBLE_SSH_TRANSFER_METHOD in sftp scp; do
        export ANSIBLE_SSH_TRANSFER_METHOD
        timeout 60 $module -m copy -a "src=$work/data dest=$far/$ANSIBLE_SSH_TRANSFER_METHOD"
        cmp "$work/data" "$far/$ANSIBLE_SSH_TRANSFER_METHOD"
    done
    timeout 60 $module -m fetch -a "src=$far/sftp dest=$near/back flat=yes"
    cmp "$work/data" back
}

@test "at the end: nothing is left behind" {
    at_rest_soon 5
    server_stop
}
