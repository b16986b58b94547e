#!/usr/bin/env bats
# make install and uninstall, the manual, completion in each shell: what they say of options is what --help says.

bats_require_minimum_version 1.5.0

# As grep, and fails where it finds something (a mere `!` would not end a test)
lacks() { ! grep "$@"; }

setup_file() {
    root=$(cd "${BATS_TEST_FILENAME%/*}/../.." && pwd)
    server=${SERVER:-$root/build/x86_64-full-sodium/nano_ssh_server}
    [ -x "$server" ] || server=$root/build/nano_ssh_server
    [ -x "$server" ] || skip "not built"
    export root server
    # As users have it: in PATH, by its name.
    mkdir "$BATS_FILE_TMPDIR/bin"
    cp "$server" "$BATS_FILE_TMPDIR/bin/nano_ssh_server"
    PATH=$BATS_FILE_TMPDIR/bin:$PATH
    # "-x --name VALUE" of every option
    nano_ssh_server --help | sed -nE 's/^  (-(.), |    )--([a-z0-9-]+)( ([^ ]+))?  .*/\2 \3 \5/p' |
        sed 's/^ /- /; s/ $/ -/' | sort -k 2 >"$BATS_FILE_TMPDIR/options"
    cut -d ' ' -f 2 "$BATS_FILE_TMPDIR/options" | sed 's/^/--/' >"$BATS_FILE_TMPDIR/names"
    [ "$(wc -l <"$BATS_FILE_TMPDIR/names")" -gt 25 ]
}
setup() {
    cd "$BATS_TEST_TMPDIR" || return
    options=$BATS_FILE_TMPDIR/options names=$BATS_FILE_TMPDIR/names
    echo content >'a file'
    mkdir folder
}

install() { make -s --no-print-directory -C "$root" "$1" BIN="$server" DESTDIR="$BATS_TEST_TMPDIR/root" "${@:2}"; }

# --- installation ---------------------------------------------------------------------------------------
# bats test_tags=quick
@test "install, and uninstall takes all of it away again" {
    umask 077
    install install >list
    (cd root && find . -type f | sed 's,^\.,,' | sort) >files
    diff <(sort list | sed "s,^$BATS_TEST_TMPDIR/root,,") files
    cat files
    [ "$(wc -l <files)" = 6 ]
    cmp "$server" root/usr/local/sbin/nano_ssh_server
    [ "$(stat -c %a root/usr/local/sbin/nano_ssh_server root/usr/local/share/man/man8/nano_ssh_server.8 | tr '\n' ' ')" = '755 644 ' ]
    [ "$(stat -c %a root/usr/local/sbin)" = 755 ]
    cmp "$root/docs/nano_ssh_server.8" root/usr/local/share/man/man8/nano_ssh_server.8
    cmp "$root/LICENSE" root/usr/local/share/doc/nano_ssh_server/LICENSE
    touch root/usr/local/sbin/other
    install uninstall
    [ "$(find root -type f)" = root/usr/local/sbin/other ]
    [ ! -e root/usr/local/share/doc/nano_ssh_server ]
    install uninstall
}

@test "another PREFIX; again over what is there and runs" {
    install install PREFIX=/usr MANDIR=/usr/man
    [ -x root/usr/sbin/nano_ssh_server ]
    [ -e root/usr/man/man8/nano_ssh_server.8 ]
    root/usr/sbin/nano_ssh_server nano-sh -c 'echo ready; read line' <><(:) >out 2>&1 3>&- &
    install install PREFIX=/usr MANDIR=/usr/man
    cmp "$server" root/usr/sbin/nano_ssh_server
    kill $! 2>/dev/null || :
    install uninstall PREFIX=/usr MANDIR=/usr/man
    [ -z "$(find root -type f)" ]
}

@test "a program that is not there is not installed" {
    run make -s --no-print-directory -C "$root" install BIN="$BATS_TEST_TMPDIR/nothing" DESTDIR="$BATS_TEST_TMPDIR/root"
    [ "$status" != 0 ]
    [ ! -e root ]
}

# --- the manual -----------------------------------------------------------------------------------------
@test "mandoc finds nothing wrong in the manual" {
    command -v mandoc >/dev/null || skip "mandoc is not here"
    # (Which other manuals this machine has is not its matter.)
    run mandoc -T lint -W style "$root/docs/nano_ssh_server.8"
    [ -z "$(grep -v -e 'mandoc.db' -e 'referenced manual not found' <<<"$output" || :)" ] || { echo "$output"; false; }
}

# bats test_tags=quick
@test "the manual and --help name the same options, letters and values" {
    awk '/^\.It Fl/ && in_list { print } /^The options are as follows/ { in_list = 1 } /^\.El/ { in_list = 0 }' \
        "$root/docs/nano_ssh_server.8" |
        sed -E 's/^\.It Fl ([^F ]) , Fl Fl ([a-z0-9-]+) ?(.*)/\1 \2 \3/; s/^\.It Fl Fl ([a-z0-9-]+) ?(.*)/- \1 \2/' |
        awk '{ print $1, $2, (NF > 2 ? "value" : "-") }' | sort -k 2 >manual
    awk '{ print $1, $2, ($3 == "-" ? "-" : "value") }' "$options" | diff - manual
}

# --- completion -----------------------------------------------------------------------------------------
# What --help calls values is what completion goes by: a new kind has to be looked at.
# bats test_tags=quick
@test "every kind of value is one that completion knows" {
    cut -d ' ' -f 3 "$options" | sort -u >kinds
    cat kinds
    lacks -vxE -e '-|FILE|NAME|CMD|N|S|\[ADDR:\]PORT|(\[?HOST:?\]?:?PORT)|PATH|DIR|FACILITY' kinds
}

# bash WORD... : what it would offer, a line each
ask_bash() {
    bash --noprofile --norc -c 'source "$1/packaging/completion/nano_ssh_server.bash"; shift
        COMP_WORDS=(nano_ssh_server "$@") COMP_CWORD=$# COMPREPLY=()
        complete -p nano_ssh_server | grep -q -- "-F _nano_ssh_server nano_ssh_server"
        _nano_ssh_server nano_ssh_server "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"
        [ ${#COMPREPLY[@]} = 0 ] || printf "%s\n" "${COMPREPLY[@]}"' bash "$root" "$@"
}

# bats test_tags=quick
@test "bash: options, and values by their kind" {
    ask_bash - | grep -vx -e -- | sort | diff "$names" -
    [ "$(ask_bash --host-k)" = --host-key ]
    [ "$(ask_bash --host-key a)" = 'a file' ]
    [ "$(ask_bash --host-key = a)" = 'a file' ]
    [ "$(ask_bash -r fol)" = folder ]
    ask_bash -u roo | grep -qx root
    ask_bash --force-command bas | grep -qx bash
    [ -z "$(ask_bash --login-grace '')" ]
    ask_bash --quiet -- bas | grep -qx bash
    [ "$(ask_bash --quiet -- cat fol)" = folder ]
    # What follows an option without a value is an option.
    [ "$(ask_bash --quiet --host-k)" = --host-key ]
}

# (2004h: the shell's editor has the terminal.)
@test "bash: typed, as a user does" {
    printf '%s\n' 'wait ready.*2004h' 'send nano_ssh_server --host-ce\t\n' 'wait wants a value: host-certificate.*2004h' \
        'send nano_ssh_server --ho\t' 'wait --host-' 'send \t\t' 'wait --host-certificate +--host-key' 'send \x15exit 0\n' >script
    echo "PS1='> '; bind 'set bell-style none'; source $root/packaging/completion/nano_ssh_server.bash; echo re''ady" >rc
    TERM=xterm python3 -B "$root/tests/support/terminal.py" 24 120 bash --noprofile --rcfile rc -i <script >out || { cat -v out; false; }
}

@test "zsh: typed, as a user does" {
    command -v zsh >/dev/null || skip "zsh is not here"
    mkdir zsh
    echo "PS1='> '; fpath=($root/packaging/completion \$fpath); autoload -Uz compinit; compinit -D -u; setopt no_beep no_list_ambiguous; bindkey '^D' list-choices; echo re''ady" >zsh/.zshrc
    cat >script <<'END'
wait ready.*2004h
send nano_ssh_server --host-ce\t\n
wait wants a value: host-certificate.*2004h
send nano_ssh_server -\x04
wait --version.*> nano_ssh_server -
send \x15nano_ssh_server --host-key fol\t --nothing\n
wait host-key folder/.*unknown option: --nothing.*2004h
send nano_ssh_server --host-key=a\t --nothing\n
wait host-key=a\\ file .*unknown option: --nothing.*2004h
send nano_ssh_server -u roo\t --nothing\n
wait -u root .*unknown option: --nothing.*2004h
send nano_ssh_server --quiet -- cat fol\t
wait cat folder/
send \x15exit 0\n
END
    ZDOTDIR=$PWD/zsh TERM=dumb python3 -B "$root/tests/support/terminal.py" 60 160 zsh -d -i <script >out 2>&1 || { cat -v out; false; }
    grep -oE '^--[a-z0-9-]+' out | sort -u | diff "$names" -
}

@test "fish: options, and values by their kind" {
    command -v fish >/dev/null || skip "fish is not here"
    export HOME=$BATS_TEST_TMPDIR
    ask_fish() { fish -N -c 'source $argv[1]; complete -C $argv[2]' "$root/packaging/completion/nano_ssh_server.fish" "$1" | cut -f 1; }
    ask_fish 'nano_ssh_server --' | sort | diff "$names" -
    awk '$1 != "-" { print "-" $1 }' "$options" | sort >letters
    ask_fish 'nano_ssh_server -' | grep -v ^-- | sort | diff letters -
    [ "$(ask_fish 'nano_ssh_server --host-key fol')" = folder/ ]
    ask_fish 'nano_ssh_server --user roo' | grep -qx root
    [ -z "$(ask_fish 'nano_ssh_server --login-grace ')" ]
    ask_fish 'nano_ssh_server -- cat' | grep -qx cat
}
