#!/usr/bin/env bats
# make run: what it prints logs in.

load ../support/interop

setup_file() {
    folder_make
    # A checkout of this test's own, so that build/run is, too.
    mkdir -p "$work/checkout/tests" "$work/checkout/build"
    cp "$root/tests/run.sh" "$work/checkout/tests/"
    cp "$SERVER" "$work/checkout/build/nano_ssh_server"
}
teardown_file() {
    if [ -e "$work/pid" ]; then kill "$(cat "$work/pid")" 2>/dev/null || true; fi
    user_remove
    folder_remove
}
setup() {
    # Where ~/.ssh is looked for; ssh itself asks /etc/passwd.
    export HOME=$BATS_TEST_TMPDIR PORT=$((RANDOM % 20000 + 10000))
    cd "$work/checkout" || return
    rm -rf build/run
}
teardown() {
    stop
}

start() { # RUNNER...
    rm -f "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err" # of a start before
    "$@" sh tests/run.sh build/nano_ssh_server >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" </dev/null 3>&- &
    echo $! >"$work/pid"
    await 20 grep -qs 'Server listening' "$BATS_TEST_TMPDIR/err"
    command=$(sed -n 's/^  ssh/timeout 20 ssh -F none/p' "$BATS_TEST_TMPDIR/out")
}
stop() {
    if [ -e "$work/pid" ]; then
        kill "$(cat "$work/pid")" 2>/dev/null || true
        wait "$(cat "$work/pid")" 2>/dev/null || true
        rm "$work/pid"
    fi
}

# bats test_tags=quick
@test "without a key of the user's: the printed command logs in and asks nothing" {
    start
    run bash -c "$command 'echo in; exit 3' </dev/null"
    equal "$status" 3
    equal "$output" in
    equal "$(stat -c '%a %n' build/run build/run/host_key build/run/authorized_keys build/run/id_ed25519)" \
        $'700 build/run\n600 build/run/host_key\n600 build/run/authorized_keys\n600 build/run/id_ed25519'
    like "$command" "^timeout 20 ssh -F none -p $PORT .* $login@127.0.0.1$"
    [ ! -e "$HOME/.ssh" ]
}

@test "control-C ends it with 0; a second start uses the same keys" {
    start
    before=$(sha256sum build/run/*key build/run/id_ed25519)
    kill -INT "$(cat "$work/pid")"
    status=0
    wait "$(cat "$work/pid")" || status=$?
    equal "$status" 0
    start
    equal "$(sha256sum build/run/*key build/run/id_ed25519)" "$before"
    bash -c "$command true </dev/null"
}

@test "with a key of the user's: that one is authorized and used" {
    mkdir "$HOME/.ssh"
    ssh-keygen -q -t ed25519 -N '' -f "$HOME/.ssh/id_ed25519"
    start
    [ ! -e build/run/id_ed25519 ]
    run bash -c "$command 'echo in' </dev/null"
    equal "$output" in
}

@test "with an RSA key and an encrypted key only: one is made" {
    mkdir "$HOME/.ssh"
    ssh-keygen -q -t rsa -b 2048 -N '' -f "$HOME/.ssh/id_rsa"
    ssh-keygen -q -t ed25519 -N secret -f "$HOME/.ssh/id_ed25519"
    start
    run bash -c "$command 'echo in' </dev/null"
    equal "$output" in
    equal "$(wc -l <build/run/authorized_keys)" 2
}

@test "a port that is busy: a line that says so and what to do" {
    start
    run sh tests/run.sh build/nano_ssh_server </dev/null
    equal "$status" 1
    like "$output" "port $PORT is busy.*make run PORT=$((PORT + 1))"
}

@test "a PORT that is none" {
    for PORT in abc 0 70000 -1 123456789; do
        run sh tests/run.sh build/nano_ssh_server </dev/null
        equal "$status" 1
        like "$output" 'PORT must be'
    done
}

@test "without ssh-keygen: a clear line when a key would have to be made, none when there is one" {
    mkdir "$BATS_TEST_TMPDIR/bin"
    for tool in sh awk base64 cat chmod dirname grep head id mkdir rm sed stat tail tr; do
        ln -s "$(type -P $tool)" "$BATS_TEST_TMPDIR/bin/$tool"
    done
    run env PATH="$BATS_TEST_TMPDIR/bin" sh tests/run.sh build/nano_ssh_server </dev/null
    equal "$status" 1
    like "$output" 'ssh-keygen'
    mkdir "$HOME/.ssh"
    cp "$work/id.pub" "$HOME/.ssh/"
    start env PATH="$BATS_TEST_TMPDIR/bin"
    bash -c "$command -i $work/id true </dev/null"
}

@test "a checkout where others may write: said before it starts" {
    chmod 775 "$work/checkout"
    run sh tests/run.sh build/nano_ssh_server </dev/null
    chmod 755 "$work/checkout"
    equal "$status" 1
    like "$output" "$work/checkout: others than its owner may write"
}

@test "a checkout in a folder with a blank and a quote" {
    mkdir "$work/it's a checkout"
    cp -r tests build "$work/it's a checkout"
    cd "$work/it's a checkout"
    start
    run bash -c "$command 'echo in' </dev/null"
    equal "$output" in
}

@test "as an unprivileged user" {
    user_make
    usermod -s /bin/sh "$user"
    cp -r "$work/checkout" "$work/home/checkout"
    chown -R "$user" "$work/home"
    cd "$work/home/checkout"
    start setpriv --reuid "$(id -u "$user")" --regid "$(id -g "$user")" --clear-groups env HOME="$work/home"
    run bash -c "$command 'id -un' </dev/null"
    stop
    name=$user
    user_remove
    equal "$output" "$name"
}
