#!/usr/bin/env bats
# make TOOLBOX=toybox: the commands of toybox behind our own, in the same file.
# bats file_tags=release

setup_file() {
    server=$(echo "$BATS_TEST_DIRNAME"/../../build/*-toybox/nano_ssh_server)
    [ -x "$server" ] || skip "not built: make TOOLBOX=toybox"
    export SERVER=$server
}

setup() {
    load ../applets/common
    folder_make
}

# Nothing but what is built in.
alone() { env PATH=/nonexistent "$BATS_TEST_TMPDIR/bin/nano-sh" -c "$1"; }

@test "it is one static file" {
    run readelf -lhW "$SERVER"
    like "$output" 'Type: +DYN'
    [[ ! $output =~ INTERP|NEEDED ]]
}

@test "commands that we do not have" {
    equal "$(alone 'seq 3 | tac')" $'3\n2\n1'
    equal "$(alone 'factor 360')" '360: 2 2 2 3 3 5'
    printf 'some text\n' >a
    gzip -k a
    equal "$(alone 'zcat a.gz')" 'some text'
}

@test "ours come first, theirs by the name of the box" {
    like "$(alone 'cat --help')" '^Usage: cat \[FILE'
    like "$(alone 'toybox cat --help')" 'usage: cat'
}

@test "numbers, patterns and failures, for which the smaller build has no library" {
    equal "$(alone 'seq -f %.3f 1 0.25 1.5')" $'1.000\n1.250\n1.500'
    equal "$(printf 'b 2\na 10\n' | alone 'toybox sort -k2n')" $'b 2\na 10'
    equal "$(echo hallo | alone "toybox sed -E 's/(l+)/<\\1>/'")" 'ha<ll>o'
    run -127 alone 'nosuchcommand'
    run ! alone 'cmp a /nonexistent'
}

@test "no login, no daemon, no init" {
    for name in su login passwd mkpasswd httpd oneit reboot; do
        run -127 alone "$name"
    done
}

@test "more than two hundred commands in all" {
    [ "$(alone 'toybox' | wc -w)" -ge 150 ]
    [ "$(alone 'help' | wc -w)" -ge 200 ]
}
