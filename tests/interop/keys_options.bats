#!/usr/bin/env bats
# Options of authorized_keys lines, with real ssh.

load ../support/interop

setup_file() {
    folder_make
    ssh-keygen -q -t ed25519 -N '' -C other -f "$work/other"
    # ssh asks whether this one may log in, but cannot sign with it: nobody is there to type.
    ssh-keygen -q -t ed25519 -N secret -C locked -f "$work/locked"
    if [ -e "$sk_provider" ]; then
        ssh-keygen -q -t ed25519-sk -w "$sk_provider" -N '' -C sk -f "$work/id_sk" </dev/null
    fi
    server_start --verbose
}
teardown_file() {
    servers_end
    folder_remove
}
setup() {
    : >"$work/authorized_keys"
    log_mark
}
teardown() { server_is_well; }

# allow OPTIONS [KEY]: one more line
allow() { echo "$1 $(cat "$work/${2:-id}.pub")" >>"$work/authorized_keys"; }
allow_only() {
    : >"$work/authorized_keys"
    allow "$@"
}

gets_in() { equal "$(client 'echo in')" in; }

# refused PATTERN: one line in the log says why
refused() {
    log_mark
    run client 'echo in'
    equal "$status" 255
    like "$output" 'Permission denied \(publickey\)'
    log_has "^Authentication refused for $login from 127\.0\.0\.1 port [0-9]+: .*authorized_keys:[0-9]+: $1"
    [ "$(log_lines | grep -c '^Authentication refused')" = 1 ]
}

has_terminal() {
    run client -tt tty </dev/null
    like "$output" '/dev/pts/'
}
has_no_terminal() {
    run client -tt tty </dev/null
    like "$output" 'PTY allocation request failed'
    gets_in
}

# --- command ---

# bats test_tags=quick
@test "command=: it runs instead, and knows what was asked for" {
    allow 'command="echo \"forced: $SSH_ORIGINAL_COMMAND\"; exit 5"'
    run client 'echo mine, "quoted"'
    equal "$status" 5
    equal "$output" 'forced: echo mine, "quoted"'
    run client </dev/null
    equal "$status" 5
    equal "$output" 'forced: '
}

@test "command=: with input, a terminal and everything else" {
    allow 'command="tty; wc -c"'
    equal "$(head -c 100000 /dev/zero | client ignored)" $'not a tty\n100000'
    run client -tt ignored < <(printf 'abc\n\004')
    like "$output" '/dev/pts/'
    like "$output" $'\n4\r'
}

@test "command=: without a command asked for SSH_ORIGINAL_COMMAND is not set" {
    allow 'command="echo ${SSH_ORIGINAL_COMMAND-unset}"'
    equal "$(client </dev/null)" unset
    equal "$(client 'x')" x
}

@test "--force-command is the administrator's, and wins" {
    allow 'command="echo of the line"'
    server_start --force-command 'echo of the server'
    equal "$(client true)" 'of the server'
    server_stop
}

@test "git over a forced command, as a restricted key has it" {
    command -v git >/dev/null || skip "no git here"
    git init -q --bare "$work/far.git"
    git init -q "$BATS_TEST_TMPDIR/near"
    allow "restrict,command=\"git-shell -c \\\"\$SSH_ORIGINAL_COMMAND\\\"\""
    cd "$BATS_TEST_TMPDIR/near"
    echo x >file
    git add file
    git -c user.name=test -c user.email=test@localhost commit -qm first
    GIT_SSH_COMMAND="ssh -F $server.conf" git push -q "here:$work/far.git" HEAD:main
    GIT_SSH_COMMAND="ssh -F $server.conf" git ls-remote "here:$work/far.git" | grep -q refs/heads/main
    run client 'cat /etc/passwd'
    [[ $output != *root:* ]]
}

# --- terminals and the like ---

# bats test_tags=quick
@test "no-pty, restrict: no terminal; restrict,pty and none: one" {
    allow_only no-pty
    has_no_terminal
    allow_only restrict
    has_no_terminal
    allow_only restrict,pty
    has_terminal
    allow_only pty
    has_terminal
    allow_only no-pty,pty # the last one counts
    has_terminal
}

@test "options for what is not there yet are taken: forwarding, X11, rc, tunnel" {
    allow_only 'no-port-forwarding,no-agent-forwarding,no-X11-forwarding,no-user-rc'
    gets_in
    allow_only 'restrict,port-forwarding,agent-forwarding,X11-forwarding,user-rc'
    gets_in
    allow_only 'permitopen="localhost:80",permitopen="[::1]:*",permitlisten="8080",permitlisten="*:22",tunnel="1"'
    gets_in
}

@test "names in capitals are the same names" {
    allow_only 'No-PTY,COMMAND="echo capital",From="127.0.0.1"'
    equal "$(client true)" capital
}

# --- from ---

# bats test_tags=quick
@test "from=: addresses, networks, patterns, negation" {
    local list
    for list in 127.0.0.1 127.0.0.0/8 '192.0.2.0/24,127.0.0.1/32' '127.0.0.*' '127.?.0.1' '*' '!192.0.2.1,*' '0.0.0.0/0'; do
        allow_only "from=\"$list\""
        gets_in || { echo "from=\"$list\"" && return 1; }
    done
    for list in 192.0.2.1 10.0.0.0/8 '!127.0.0.1,*' '*,!127.0.0.0/8' '127.0.0.2' '!192.0.2.1' '::1' localhost '127.0.0.1.example'; do
        allow_only "from=\"$list\""
        refused 'the line is not for this address' || { echo "from=\"$list\"" && return 1; }
    done
}

@test "from=: what is malformed lets nobody in" {
    local list
    for list in '127.0.0.1/33' '127.0.0.0/-1' '127.0.0.1/8' '127.0.0.1/x'; do
        allow_only "from=\"$list\""
        log_mark
        run client true
        equal "$status" 255 || { echo "from=\"$list\"" && return 1; }
        log_has '^Authentication refused .*authorized_keys:1: '
    done
}

@test "from=: IPv6" {
    has_ipv6
    local other_port=$((RANDOM % 20000 + 10000))
    server_start --listen "[::1]:$other_port"
    flags=(-o HostName=::1 -o Port="$other_port")
    allow_only 'from="::1"'
    gets_in
    allow_only 'from="::/64,192.0.2.1"'
    gets_in
    allow_only 'from="0:0:0:0:0:0:0:1/128"'
    gets_in
    allow_only 'from="127.0.0.1,fe80::/10"'
    run client true
    equal "$status" 255
    allow_only 'from="!::1,*"'
    run client true
    equal "$status" 255
    server_stop
}

# --- environment, time ---

@test "environment=: set, more than once, with what is in quotes" {
    allow 'environment="ONE=1 and a blank",environment="TWO=say \"two\", please",environment="EMPTY="'
    equal "$(client 'echo "$ONE|$TWO|${EMPTY-unset}"')" '1 and a blank|say "two", please|'
    equal "$(client 'echo $HOME')" "$HOME"
}

@test "environment=: what has no name or no value is malformed" {
    allow_only 'environment="=x"'
    refused ''
    allow_only 'environment="x"'
    refused ''
    allow_only 'environment="a b=x"'
    refused ''
}

# bats test_tags=quick
@test "expiry-time=: past, future, malformed" {
    allow_only 'expiry-time="20200101"'
    refused 'the line has expired'
    allow_only "expiry-time=\"$(date -u -d '1 minute ago' +%Y%m%d%H%M%S)Z\""
    refused 'the line has expired'
    allow_only "expiry-time=\"$(date -u -d '5 minutes' +%Y%m%d%H%M%S)Z\""
    gets_in
    allow_only "expiry-time=\"$(date -d '5 minutes' +%Y%m%d%H%M)\""
    gets_in
    allow_only 'expiry-time="20991231"'
    gets_in
    allow_only 'expiry-time="20991331"'
    refused 'a key option is malformed'
    allow_only 'expiry-time="tomorrow"'
    refused 'a key option is malformed'
}

# --- what is not understood ---

# bats test_tags=quick
@test "an unknown option: nobody gets in, one log line says so" {
    local options
    for options in no-such-option 'restrict,no-such="x"' 'x11' 'no-command' 'command' 'from' 'pty="x"' 'restrict,,pty' 'restrict,' ',restrict'; do
        allow_only "$options"
        refused '' || { echo "options: $options" && return 1; }
    done
    for options in 'command="echo' 'command=echo' 'command="echo"x'; do
        allow_only "$options"
        log_mark
        run client true
        equal "$status" 255 || { echo "options: $options" && return 1; }
    done
}

@test "a line that is too long, one with a NUL: refused, even where the key is whole" {
    allow_only "command=\"echo $(printf 'x%.0s' {1..9000})\""
    refused 'the line is too long'
    allow_only 'command="echo NUL"'
    sed -i 's/NUL/\x00/' "$work/authorized_keys"
    refused 'the line holds a NUL'
    # the lines behind are read all the same
    allow 'no-pty'
    gets_in
}

@test "principals= without cert-authority" {
    allow_only "principals=\"$login\""
    refused 'principals are for a cert-authority'
}

# --- several lines ---

@test "the same key twice: the first line that lets it in counts" {
    allow 'from="192.0.2.1",command="echo first"'
    allow 'no-such-option,command="echo second"'
    allow 'command="echo third"'
    allow 'command="echo fourth"'
    equal "$(client true)" third
}

# bats test_tags=quick
@test "options of a key that is only asked about are forgotten" {
    cp "$work/locked" "$work/locked.pub" "$BATS_TEST_TMPDIR"
    flags=(-o IdentityFile="$BATS_TEST_TMPDIR/locked" -o IdentityFile="$work/id" -v)
    allow 'command="echo of the locked",environment="LOCKED=yes",no-pty' locked
    allow 'environment="OWN=yes"'
    run client 'echo "own ${OWN-no}, locked ${LOCKED-no}"'
    equal "$status" 0
    like "$output" 'Server accepts key: .*/locked'
    like "$output" 'own yes, locked no'
    [[ $output != *'of the locked'* ]]
    has_terminal
    # the other way round: what the locked key would allow does not widen the own one
    allow_only '' locked
    allow 'restrict,command="echo of the own"'
    run --separate-stderr client 'echo mine'
    like "$stderr" 'Server accepts key: .*/locked'
    equal "$output" 'of the own'
    run client -tt tty </dev/null
    like "$output" 'PTY allocation request failed'
}

@test "a refused key, then another one: that one's options" {
    flags=(-o IdentityFile="$work/other" -o IdentityFile="$work/id")
    allow 'from="192.0.2.1",command="echo of the other"' other
    allow 'command="echo of the own"'
    equal "$(client true)" 'of the own'
}

@test "two sessions at once with two keys: to each its own" {
    allow 'command="sleep 1; echo of the own"'
    allow 'command="sleep 1; echo of the other"' other
    client true >"$BATS_TEST_TMPDIR/own" &
    key_only "$work/other"
    equal "$(client true)" 'of the other'
    wait $!
    equal "$(cat "$BATS_TEST_TMPDIR/own")" 'of the own'
}

@test "many sessions over one connection: each gets the key's command" {
    allow 'command="echo forced"'
    flags=(-o ControlPath="$BATS_TEST_TMPDIR/c")
    client -M -N &
    local master=$! i
    await 10 test -S "$BATS_TEST_TMPDIR/c"
    for i in 1 2 3 4 5; do
        equal "$(client "echo $i")" forced
    done
    client -O exit 2>/dev/null
    wait $master || true
}

# --- FIDO keys ---

# bats test_tags=quick
@test "a FIDO key: touched, not touched, no-touch-required, verify-required" {
    needs_sk
    key_only "$work/id_sk"
    flags=(-o SecurityKeyProvider="$sk_provider")
    allow_only '' id_sk
    gets_in
    export NANO_SK_FLAGS=0
    refused 'the hardware key was not touched or unlocked'
    NANO_SK_FLAGS=4 # verified, but nobody touched it
    refused 'the hardware key was not touched or unlocked'
    NANO_SK_FLAGS=0
    allow_only no-touch-required id_sk
    gets_in
    allow_only verify-required id_sk
    NANO_SK_FLAGS=1
    refused 'the hardware key was not touched or unlocked'
    NANO_SK_FLAGS=5
    gets_in
    allow_only verify-required,no-touch-required id_sk
    NANO_SK_FLAGS=4
    gets_in
    NANO_SK_FLAGS=1
    refused 'the hardware key was not touched or unlocked'
}

@test "OpenSSH 10: a FIDO key" {
    needs_sk
    openssh_newer
    key_only "$work/id_sk"
    flags=(-o SecurityKeyProvider="$sk_provider")
    allow_only '' id_sk
    gets_in
    log_has "^Accepted publickey for $login .* ssh2: ED25519-SK SHA256:"
}

@test "at the end: nothing is left behind" {
    at_rest_soon 5
    server_stop
}
