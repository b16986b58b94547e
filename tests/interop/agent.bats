#!/usr/bin/env bats
# Agent forwarding, with OpenSSH's ssh and ssh-agent.

load ../support/interop

setup_file() {
    folder_make
    server_start --verbose
    chmod 644 "$work/authorized_keys" # another user logs in, too
    agent=$work/agent.sock # not SSH_AUTH_SOCK, which the support file unsets
    export agent
    ssh-agent -D -a "$agent" >/dev/null 2>&1 3>&- &
    echo $! >"$work/agent"
    await 5 test -S "$agent"
    SSH_AUTH_SOCK=$agent ssh-add -q "$work/id"
    fingerprint=$(ssh-keygen -lf "$work/id.pub" | cut -d ' ' -f 2)
    export fingerprint
}
teardown_file() {
    kill "$(cat "$work/agent")"
    servers_end
    folder_remove
}
setup() { log_mark; }
teardown() { server_is_well; }

shows() { [[ $1 == *"$fingerprint"* ]] || equal "$1" "$fingerprint"; }
with_agent() { client -o "IdentityAgent=$agent" -A "$@"; }

# bats test_tags=quick
@test "keys of the client's agent are there, and sign" {
    run with_agent 'ssh-add -l; date | ssh-keygen -q -Y sign -n test -f '"$work/id.pub"' | head -n 1'
    shows "$output"
    like "$output" 'BEGIN SSH SIGNATURE'
}

@test "its directory and socket are the user's alone, and gone afterwards" {
    run with_agent 'echo $SSH_AUTH_SOCK; stat -c "%a %U" "${SSH_AUTH_SOCK%/*}" "$SSH_AUTH_SOCK"'
    path=${lines[0]}
    equal "${lines[1]}" "700 $login"
    equal "${lines[2]}" "600 $login"
    await 5 test ! -e "${path%/*}"
}

@test "another user cannot get at it; the user's own is the user's" {
    user_make
    run ssh -F "$server.conf" -l "$user" -o "IdentityAgent=$agent" -A here \
        'echo $SSH_AUTH_SOCK; stat -c %U "$SSH_AUTH_SOCK"; ssh-add -l'
    equal "${lines[1]}" "$user"
    shows "${lines[2]}"
}

@test "without being asked for there is none" {
    run client -a 'echo "[$SSH_AUTH_SOCK]"'
    equal "$output" '[]'
}

@test "not where the key does not allow it" {
    for options in restrict no-agent-forwarding; do
        echo "$options $(cat "$work/id.pub")" >"$work/authorized_keys"
        run with_agent 'echo "[$SSH_AUTH_SOCK]"'
        equal "$output" '[]'
    done
    echo "restrict,agent-forwarding $(cat "$work/id.pub")" >"$work/authorized_keys"
    run with_agent 'ssh-add -l'
    shows "$output"
    cp "$work/id.pub" "$work/authorized_keys"
}

@test "many at once: each connection has its own, and programs on one share it" {
    control=$BATS_TEST_TMPDIR/control
    ssh -F "$server.conf" -o "IdentityAgent=$agent" -A -o ControlMaster=yes -o "ControlPath=$control" -N here 3>&- &
    master=$!
    await 10 test -S "$control"
    first=$(with_agent -o "ControlPath=$control" 'echo $SSH_AUTH_SOCK; ssh-add -l >/dev/null')
    second=$(with_agent -o "ControlPath=$control" 'echo $SSH_AUTH_SOCK; ssh-add -l >/dev/null')
    equal "$first" "$second"
    run with_agent -o "ControlPath=$control" 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do ssh-add -l & done; wait'
    equal "$(grep -cF "$fingerprint" <<<"$output")" 12
    third=$(with_agent 'echo $SSH_AUTH_SOCK')
    [ "$third" != "$first" ]
    [ -S "$first" ]
    kill -KILL $master
    wait $master || true
    await 10 test ! -e "${first%/*}"
}

@test "no directory stays when the server is killed" {
    server_start --verbose
    with_agent 'echo $SSH_AUTH_SOCK; exec sleep 3' >"$BATS_TEST_TMPDIR/path" 3>&- &
    await 10 test -s "$BATS_TEST_TMPDIR/path"
    path=$(cat "$BATS_TEST_TMPDIR/path")
    [ -S "$path" ]
    kill -KILL "$server_pid"
    await 10 test ! -e "${path%/*}"
    wait || true
    server_stopped=yes
}

@test "what is left in the end" {
    at_rest_soon 10
    server_stop
}
