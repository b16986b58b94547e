#!/usr/bin/env bats
# Dockerfile.alpine, built by buildah on a stand-in for Alpine's image (standin.sh), since tests reach no registry of images.
# What that leaves open is in docs/containers.md.

setup_file() {
    load common
    cd "$root" || return
    export no_build='' store='' context=$BATS_FILE_TMPDIR/context
    if ! command -v buildah >/dev/null; then
        no_build='buildah is not here'
        return
    fi
    store=$(mktemp -d /tmp/nano_buildah.XXXXXX)
    # overlay spares copies of some 100 MB, where it can be had.
    export driver
    for driver in overlay vfs; do
        b from scratch >/dev/null 2>"$store/error" && break
    done
    b rm --all >/dev/null 2>&1 || no_build="buildah cannot make a container here: $(head -n 1 "$store/error")"
}

teardown_file() {
    load common
    [ -d "${store:-}" ] || return 0
    b rm --all >/dev/null 2>&1
    b rmi --all --force >/dev/null 2>&1
    rm -rf "$store"
}

setup() {
    load common
    cd "$root" || return
}

b() { buildah --storage-driver "$driver" --root "$store/storage" --runroot "$store/run" "$@"; }

# standin: the image to build from; once
standin() {
    [ -z "$no_build" ] || skip "$no_build"
    [ ! -e "$store/standin" ] || return 0
    make build/deps/"$(uname -m)".mk
    sh tests/image/standin.sh "$store/root" build/deps/"$(uname -m)".mk
    b copy --quiet "$(b from scratch)" "$store/root" /
    b commit --quiet --rm "$(b containers --quiet)" standin
    rm -rf "$store/root"
    touch "$store/standin"
    # What is built: the sources as they are here.
    mkdir "$context"
    tar -cf - --exclude ./build --exclude ./.git . | tar -xf - -C "$context"
}

# bud BUILD-ARG...: sets output. The pinned sources, which deps/ would fetch, are those that are here already.
bud() {
    local args=() sources
    for arg; do
        args+=(--build-arg "$arg")
    done
    sources=$(sh deps/fetch.sh libsodium)
    run -0 b bud --isolation chroot --layers --volume "${sources%/*}:/src/build/deps/sources:ro" --build-arg BASE=localhost/standin \
        "${args[@]}" --file "$context/Dockerfile.alpine" --tag made "$context"
    echo "$output"
}

# made: the image's file and configuration, as files of $BATS_TEST_TMPDIR
made() {
    b push --quiet localhost/made "oci:$BATS_TEST_TMPDIR/oci"
    local oci=$BATS_TEST_TMPDIR/oci manifest layer
    blob() { echo "$oci/blobs/sha256/${1#sha256:}"; }
    manifest=$(blob "$(json manifests 0 digest <"$oci/index.json")")
    cp "$(blob "$(json config digest <"$manifest")")" "$BATS_TEST_TMPDIR/config"
    for layer in $(json layers <"$manifest" | grep -o 'sha256:[0-9a-f]*'); do
        tar -tf "$(blob "$layer")" >>"$BATS_TEST_TMPDIR/list"
        tar -xf "$(blob "$layer")" -C "$BATS_TEST_TMPDIR"
    done
}

@test "nothing that the server is made of is kept from the builder" {
    for name in $(sed -n 's/^ROOMS  *:= //p' Makefile) profile deps main.c Makefile; do
        [ -e "$name" ]
        ! grep -qxF "$name" .dockerignore
    done
    # Nor does a note, a test or what was built here make a layer anew.
    for name in .git build docs tests packaging; do
        grep -qxF "$name" .dockerignore
    done
}

# bats test_tags=slow
@test "it builds, into one file with the configuration of make image" {
    standin
    bud
    [[ $output == *'installing missing packages: gcc binutils make musl-dev linux-headers'* ]]
    [[ $output == *'building libsodium'* ]]
    made
    equal "$(cat "$BATS_TEST_TMPDIR/list")" nano_ssh_server
    echo "# $(size_of "$BATS_TEST_TMPDIR/nano_ssh_server") bytes" >&3
    size_of "$BATS_TEST_TMPDIR/nano_ssh_server" >"$store/size"
    within size "$(size_of "$BATS_TEST_TMPDIR/nano_ssh_server")"
    equal "$("$BATS_TEST_TMPDIR/nano_ssh_server" --version)" "$("$SERVER" --version)"
    sh packaging/image.sh "$SERVER" "$(uname -m)" "$BATS_TEST_TMPDIR/ours.tar"
    mkdir "$BATS_TEST_TMPDIR/ours"
    tar -xf "$BATS_TEST_TMPDIR/ours.tar" -C "$BATS_TEST_TMPDIR/ours"
    for name in User Entrypoint ExposedPorts; do
        equal "$(json config $name <"$BATS_TEST_TMPDIR/config")" \
            "$(grep -h '"Entrypoint"' "$BATS_TEST_TMPDIR"/ours/blobs/sha256/* | json config $name)"
    done
    for label in title description version licenses; do
        equal "$(json config Labels org.opencontainers.image.$label <"$BATS_TEST_TMPDIR/config")" \
            "$(grep -h '"Entrypoint"' "$BATS_TEST_TMPDIR"/ours/blobs/sha256/* | json config Labels org.opencontainers.image.$label)"
    done
}

# bats test_tags=slow
@test "a change of a source or of what is in it builds no dependency anew" {
    standin
    echo '/* A change. */' >>"$context/main.c"
    bud COMMANDS=none
    [[ $output != *'building libsodium'* ]]
    [[ $output == *'nano_ssh_server 0.'* ]]
    made
    [ "$(size_of "$BATS_TEST_TMPDIR/nano_ssh_server")" -lt "$(cat "$store/size")" ]
    # A note changes nothing at all.
    echo 'A change.' >>"$context/README.md"
    bud COMMANDS=none
    [ "$(echo "$output" | grep -c 'Using cache')" -ge 10 ]
    [[ $output != *'nano_ssh_server 0.'* ]]
}
