#!/usr/bin/env bats
# make dist: what a release consists of, and that its bytes depend on the sources alone. All of it, on machines that differ in more
# and with libraries built anew, is make dist-check's.

bats_require_minimum_version 1.5.0

# As grep, and fails where it finds something (a mere `!` would not end a test)
lacks() { ! grep "$@"; }

setup_file() {
    root=$(cd "${BATS_TEST_FILENAME%/*}/../.." && pwd)
    cpu=$(uname -m)
    export root cpu release=$BATS_FILE_TMPDIR/release
    cd "$root" || return
    version=$(sed -n 's/^#define NANO_VERSION "\(.*\)"$/\1/p' server/version.h)
    export version builds='' no_release=''
    for build in "$cpu-full-sodium" "$cpu-min-sodium" "$cpu-full-openssl"; do
        [ ! -x "build/$build/nano_ssh_server" ] || builds="$builds $build"
    done
    case $builds in
    *full-sodium*) release_make "$release" ;;
    *) no_release='not built' ;;
    esac
}
setup() {
    cd "$root" || return
    [ -z "$no_release" ] || skip "$no_release"
}

# As make dist does when all is built
release_make() { # FOLDER [BUILD]
    # shellcheck disable=SC2086 # a list
    sh packaging/dist.sh "$version" "${2:-build}" "$1" $builds >/dev/null
}

# bats test_tags=quick
@test "a release: programs, sources, manual, licences, list of parts, checksums" {
    ls "$release"
    for name in LICENSE LICENSE.libraries SHA256SUMS nano_ssh_server.8 "nano_ssh_server-$version"{.cdx.json,.tar.gz,-"$cpu"}; do
        [ -s "$release/$name" ]
    done
    cmp "build/$cpu-full-sodium/nano_ssh_server" "$release/nano_ssh_server-$version-$cpu"
    (cd "$release" && sha256sum -c --quiet SHA256SUMS)
    [ "$(wc -l <"$release/SHA256SUMS")" = "$(($(find "$release" -type f | wc -l) - 1))" ]
    grep -q 'Rich Felker' "$release/LICENSE.libraries"
    grep -q 'Frank Denis' "$release/LICENSE.libraries"
    grep -q 'Apache License' "$release/LICENSE.libraries"
}

@test "every program of it can be verified" {
    for program in "$release"/nano_ssh_server-*-*; do
        sh packaging/verify.sh "$program"
    done
}

@test "the list of parts: within itself, with the files, with what was pinned" {
    python=python3
    $python -c 'import jsonschema' 2>/dev/null || python=/usr/bin/python3
    $python -c 'import jsonschema' 2>/dev/null || skip "python3-jsonschema is not here"
    # CYCLONEDX: a folder with CycloneDX's own schemas
    run $python -B -W ignore tests/packaging/sbom.py "$release" ${CYCLONEDX:+"$CYCLONEDX"}
    echo "$output"
    [ "$status" = 0 ]
    for name in musl libsodium openssl; do
        read -r _ pinned sum _ < <(grep "^$name " deps/pins)
        # (A newer one is taken where the pinned one is not to be had any more.)
        [ -e "$(sh -c 'deps=deps; . deps/lib.sh; source_of "$1"; echo "$instead"' sh "$name")" ] ||
            grep -q "\"purl\": \"pkg:generic/$name@$pinned?checksum=sha256:$sum\"" "$release"/*.cdx.json
    done
    # That it can fail
    cp -R "$release" "$BATS_TEST_TMPDIR/bad"
    echo more >>"$BATS_TEST_TMPDIR/bad/nano_ssh_server-$version-$cpu"
    sed -i 's/"type": "library"/"type": "book"/' "$BATS_TEST_TMPDIR"/bad/*.json
    run $python -B -W ignore tests/packaging/sbom.py "$BATS_TEST_TMPDIR/bad"
    [ "$status" = 1 ]
    grep -q "^nano_ssh_server-$version-$cpu: another checksum" <<<"$output"
    grep -q "'book' is not one of" <<<"$output"
}

@test "the archive of sources has what is here, and nothing of anybody's" {
    tar -tvzf "$release/nano_ssh_server-$version.tar.gz" >"$BATS_TEST_TMPDIR/list"
    lacks -v -E '^-rw(x|-)r-(x|-)r-(x|-) 0/0 .* 1970-01-01 .* nano_ssh_server-' "$BATS_TEST_TMPDIR/list"
    for file in Makefile main.c deps/pins tests/all.sh .ci/run; do
        grep -q " nano_ssh_server-$version/$file$" "$BATS_TEST_TMPDIR/list"
    done
    lacks -E ' nano_ssh_server-[^/]*/(build|dist|\.git)/' "$BATS_TEST_TMPDIR/list"
}

@test "made from another folder, with another umask, time, language, user and order: the same bytes and modes" {
    elsewhere=$BATS_TEST_TMPDIR/another/longer.folder
    mkdir -p "$elsewhere"
    # In another order, with other times; without git, if this was with it.
    { git ls-files 2>/dev/null || find . -path ./build -prune -o -path ./dist -prune -o -type f -print; } | sort -r | tar -cf - -T - | tar -xmf - -C "$elsewhere"
    ln -s "$root/build" "$elsewhere/build"
    (
        cd "$elsewhere"
        umask 077
        export TZ=Pacific/Chatham LC_ALL=C.UTF-8 LANGUAGE=de USER=somebody LOGNAME=somebody HOME=/nonexistent GZIP=-1
        version=$version builds=$builds release_make "$BATS_TEST_TMPDIR/made"
    ) 2>"$BATS_TEST_TMPDIR/said"
    git ls-files --others --exclude-standard 2>/dev/null | grep -q . || diff -r "$release" "$BATS_TEST_TMPDIR/made"
    diff -r -x '*.tar.gz' -x SHA256SUMS -x '*.json' "$release" "$BATS_TEST_TMPDIR/made"
    diff <(cd "$release" && stat -c '%a %n' ./*) <(cd "$BATS_TEST_TMPDIR/made" && stat -c '%a %n' ./*)
}

@test "compiled in another folder, under other circumstances: the same bytes" {
    [ -x "build/$cpu-min-sodium/nano_ssh_server" ] || skip "not built: min"
    elsewhere=$BATS_TEST_TMPDIR/another/longer.folder
    mkdir -p "$elsewhere"
    tar -cf - --exclude=./build --exclude=./dist --exclude=./.git . | tar -xmf - -C "$elsewhere"
    # With the same libraries, without a look whether they are still what their recipes say: that is for one at a time.
    mkdir -p "$elsewhere/build/deps"
    cp "build/deps/$cpu".* "$elsewhere/build/deps/"
    (
        cd "$elsewhere"
        umask 077
        unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
        export TZ=Pacific/Chatham LC_ALL=C.UTF-8 LANGUAGE=de USER=somebody LOGNAME=somebody HOME=/nonexistent CFLAGS=-O0
        make -s -j3 PROFILE=min "build/$cpu-min-sodium/nano_ssh_server"
    )
    cmp "build/$cpu-min-sodium/nano_ssh_server" "$elsewhere/build/$cpu-min-sodium/nano_ssh_server"
}
