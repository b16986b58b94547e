#!/usr/bin/env bats
# The image of `make image`: its bytes, and what it does under podman.

setup_file() {
    load common
    folder_make
    export no_podman='' archive=$work/image.oci.tar machine
    machine=$(uname -m)
    no_image=
    command -v buildah >/dev/null || no_image="buildah is not here"
    [ -n "$no_image" ] || sh "$root/packaging/image.sh" "$SERVER" "$machine" "$archive" || return
    export no_image
    if [ -n "$no_image" ]; then
        no_podman=$no_image
    elif ! podman_start "$archive"; then
        no_podman=$podman_why
    fi
    gcc -O1 -static "$root/tests/image/app.c" -o "$work/app"
}

teardown_file() {
    podman_stop
    folder_remove
}

setup() {
    load common
    login=user
}

teardown() { containers_end; }

# --- what it is -----------------------------------------------------------------------------------------

# unpack: the archive, into $oci; sets manifest and config
unpack() {
    [ -z "$no_image" ] || skip "$no_image"
    oci=$BATS_TEST_TMPDIR/oci
    mkdir "$oci"
    tar -xf "$archive" -C "$oci"
    manifest=$(blob "$(json manifests 0 digest <"$oci/index.json")")
    config=$(blob "$(json config digest <"$manifest")")
    layer=$(blob "$(json layers 0 digest <"$manifest")")
}
blob() { echo "$oci/blobs/sha256/${1#sha256:}"; }

@test "the same bytes at each build" {
    [ -z "$no_image" ] || skip "$no_image"
    umask 077
    sleep 1 # another second
    cp "$SERVER" "$BATS_TEST_TMPDIR/copy"
    sh "$root/packaging/image.sh" "$BATS_TEST_TMPDIR/copy" "$machine" "$BATS_TEST_TMPDIR/again.tar"
    cmp "$archive" "$BATS_TEST_TMPDIR/again.tar"
    SOURCE_DATE_EPOCH=86400 sh "$root/packaging/image.sh" "$SERVER" "$machine" "$BATS_TEST_TMPDIR/then.tar"
    # The layer is among these, and packed bytes may look like anything.
    tar -xOf "$BATS_TEST_TMPDIR/then.tar" --wildcards 'blobs/sha256/*' | LC_ALL=C grep -aqF '"created":"1970-01-02T00:00:00Z"'
}

@test "one file, and less than 1 KB about it" {
    unpack
    equal "$(json layers <"$manifest" | grep -o '"digest"' | wc -l)" 1
    equal "$(tar -tf "$layer")" nano_ssh_server
    tar -xOf "$layer" nano_ssh_server | cmp - "$SERVER"
    like "$(tar -tvf "$layer")" '^-rwxr-xr-x 0/0 '
    about=$(($(size_of "$manifest") + $(size_of "$config")))
    echo "# binary $(size_of "$SERVER"), layer $(size_of "$layer") packed, manifest and configuration $about" >&3
    [ "$about" -le 1024 ]
    # What is fetched is less than the file by itself.
    [ $(($(size_of "$layer") + about)) -lt "$(size_of "$SERVER")" ]
}

@test "what the image says of itself is what the Dockerfile and the program say" {
    unpack
    equal "$(json config User <"$config")" 65532:65532
    equal "$(json config Entrypoint <"$config")" '["/nano_ssh_server"]'
    equal "$(json config ExposedPorts <"$config")" '{"2222/tcp":{}}'
    equal "$(json os <"$config")" linux
    [ "$machine" != x86_64 ] || equal "$(json architecture <"$config")" amd64
    equal "$(json config Labels org.opencontainers.image.version <"$config")" "$("$SERVER" --version | sed -n '1s/^nano_ssh_server \([^ ]*\) .*/\1/p')"
    for label in title description licenses; do
        grep -F "image.$label=\"$(json config Labels org.opencontainers.image.$label <"$config")\"" "$root/Dockerfile.alpine"
    done
    # Nothing that makes a program behave otherwise there than here.
    [ "$(json config <"$config" | grep -o '"[A-Z][A-Za-z]*":' | sort | tr -d '\n')" = '"Entrypoint":"ExposedPorts":"Labels":"User":' ]
}

# --- what it does ---------------------------------------------------------------------------------------

@test "nothing but the environment is needed to log in" {
    has_podman
    container plain
    run -0 client 'echo here; id -u; echo $USER'
    equal "$output" $'here\n65532\nuser'
    run -3 client 'nano-sh -c "exit 3"'
    run -0 client 'ls / | grep nano; cat /nano_ssh_server | wc -c'
    equal "$output" "nano_ssh_server"$'\n'"$(size_of "$SERVER")"
}

@test "read-only, without capabilities or new privileges, as any user id" {
    has_podman
    container tight --read-only --read-only-tmpfs=false --cap-drop all --security-opt no-new-privileges --user 12345:54321
    run -0 client 'id -u; id -g'
    equal "$output" $'12345\n54321'
    run client 'echo x >/file'
    [ "$status" != 0 ]
    like "$output" 'Read-only file system'
    run -0 client 'grep -E "^(CapEff|NoNewPrivs)" /proc/self/status'
    like "$output" 'CapEff:.0000000000000000'
    like "$output" 'NoNewPrivs:.1'
}

@test "root is root" {
    has_podman
    login=root
    container root --user 0
    run -0 client 'echo $USER; id -u'
    equal "$output" $'root\n0'
}

@test "another name by NANO_SSH_USER" {
    has_podman
    login=debug
    container named --env NANO_SSH_USER=debug
    run -0 client 'echo $USER'
    equal "$output" debug
}

@test "without a host key it makes one in memory and says which" {
    has_podman
    container forgetful --read-only --read-only-tmpfs=false --env NANO_SSH_HOST_KEY=
    said=$(logs forgetful)
    like "$said" 'in memory'
    ssh-keyscan -p "$port" -t ed25519 127.0.0.1 2>/dev/null >"$BATS_TEST_TMPDIR/scanned"
    print=$(ssh-keygen -lf "$BATS_TEST_TMPDIR/scanned" | grep -o 'SHA256:[^ ]*')
    [[ $said == *"$print"* ]]
    [ "$print" != "$(ssh-keygen -lf "$work/host_key.pub" | grep -o 'SHA256:[^ ]*')" ]
}

@test "a terminal, of the container's own" {
    has_podman
    container terminal
    run -0 client -tt 'test -t 0 && echo terminal'
    like "$output" 'terminal'
}

@test "files go in and out: scp, sftp, tar" {
    has_podman
    container files --tmpfs /tmp:mode=1777
    tree "$BATS_TEST_TMPDIR/tree"
    timeout 60 scp -q -r -p -F "$server.conf" "$BATS_TEST_TMPDIR/tree" here:/tmp/in
    timeout 60 scp -q -r -p -F "$server.conf" here:/tmp/in "$BATS_TEST_TMPDIR/out"
    same "$BATS_TEST_TMPDIR/tree" "$BATS_TEST_TMPDIR/out"
    # as kubectl cp does it
    tar -cf - -C "$BATS_TEST_TMPDIR" tree | client 'mkdir /tmp/by && tar xf - -C /tmp/by'
    mkdir "$BATS_TEST_TMPDIR/back"
    client 'tar cf - -C /tmp/by tree' | tar -xf - -C "$BATS_TEST_TMPDIR/back"
    diff -r "$BATS_TEST_TMPDIR/tree" "$BATS_TEST_TMPDIR/back/tree"
}

@test "as PID 1 it ends when told to, and leaves no zombies" {
    has_podman
    container first
    run -0 client 'cat /proc/1/comm; sleep 0.2 & echo started'
    like "$output" 'nano_ssh_server.*started'
    pid=$(pod inspect --format '{{.State.Pid}}' first)
    no_zombies() { ! ps --ppid "$pid" -o stat= | grep -q .; }
    await 5 no_zombies
    pod stop --time 10 first >/dev/null
    equal "$(pod inspect --format '{{.State.ExitCode}}' first)" 0
}

@test "--once, --ttl and --exit-idle end the container" {
    has_podman
    container once -- --once
    run -0 client 'echo one'
    equal "$(pod wait once)" 0
    container ttl -- --ttl 1
    equal "$(pod wait ttl)" 0
    container idle -- --exit-idle 1
    run -0 client 'echo one'
    equal "$(pod wait idle)" 0
}

# --- init mode --------------------------------------------------------------------------------------------

app=(--volume "$work/app:/app:ro")

@test "init mode: the app's output and status are the container's" {
    has_podman
    port=$((RANDOM % 20000 + 10000))
    run -7 --separate-stderr pod_run --rm "${app[@]}" --env NANO_SSH_LISTEN="127.0.0.1:$port" "$podman_image" -- /app say 'one line' 7
    equal "$output" 'one line'
    like "$stderr" 'app: one line'
}

@test "init mode: logins beside the app, its signals, its orphans" {
    has_podman
    container beside "${app[@]}" -- -- /app wait orphan
    run -0 client 'ps'
    like "$output" '/app wait orphan'
    pid=$(pod inspect --format '{{.State.Pid}}' beside)
    no_zombies() { ! ps --ppid "$pid" -o stat= | grep -q Z; }
    await 5 no_zombies
    run -0 client 'echo still here'
    pod kill --signal TERM beside >/dev/null
    equal "$(pod wait beside)" 3
    like "$(logs beside)" 'app: waiting'
    like "$(logs beside)" 'app: TERM'
}

@test "init mode: what stops the server does not stop the app, unless it is told to be strict" {
    has_podman
    run -7 pod_run --rm "${app[@]}" --env NANO_SSH_LISTEN=nonsense "$podman_image" -- /app say there 7
    like "$output" 'there'
    run pod_run --rm "${app[@]}" --env NANO_SSH_LISTEN=nonsense "$podman_image" --strict -- /app wait
    [ "$status" != 0 ]
}

# --- the neighbour ----------------------------------------------------------------------------------------

# neighbour USER: a container of another image, in which there is no shell either
neighbour() {
    local folder=$BATS_TEST_TMPDIR/neighbour
    mkdir -p "$folder/etc" "$folder/proc" "$folder/dev" "$folder/sys"
    cp "$work/app" "$folder/app"
    echo "the neighbour's" >"$folder/etc/whose"
    # shellcheck disable=SC2086
    pod run --detach --name neighbour --network host --user "$1" $podman_run_flags --rootfs "$folder" /app wait >/dev/null
}

@test "a shared PID namespace: the neighbour's processes and files" {
    has_podman
    neighbour 65532:65532
    container debug --pid container:neighbour
    run -0 client 'ps; cat /proc/1/root/etc/whose'
    like "$output" '/app wait'
    like "$output" "the neighbour's"
}

@test "enter: the rest of the session is the neighbour's" {
    has_podman
    neighbour 0
    login=root
    container debug --user 0 --pid container:neighbour
    run -0 client 'enter 1; cat /etc/whose; ls /'
    like "$output" "the neighbour's.*app"
    run client 'enter 4000000; echo no further'
    like "$output" '4000000'
}

@test "a neighbour may be ended, and the debug container ends with it" {
    has_podman
    neighbour 65532:65532
    container debug --pid container:neighbour
    client 'kill 1' || : # the session itself may be gone before it has said so
    equal "$(pod wait neighbour)" 3
    # The kernel takes all of a PID namespace with its first process.
    await 10 is_over debug
}
