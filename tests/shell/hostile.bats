#!/usr/bin/env bats
# What the shell is not meant to be given: an error in one line, and it is still there (or says no by its status).

setup() {
    load common
    folder_make
}

# complains TEXT PATTERN: one line, status 2
complains() {
    local status=0 output
    output=$(sh_ "$1" 2>&1 >/dev/null) || status=$?
    equal "$status" 2 && like "$output" "^nano-sh: [^"$'\n'"]*$2[^"$'\n'"]*\$" || { printf 'of: %s\n' "$1"; return 1; }
}

@test "what is not closed, or not opened" {
    complains "echo 'a" "unclosed '"
    complains 'echo "a' 'unclosed "'
    complains 'echo `a' 'unclosed `'
    complains 'echo $(a' 'missing \)'
    complains 'echo ${a' 'missing }'
    complains 'echo $((1' 'missing \)'
    complains '(a' 'missing \)'
    complains '{ a' 'missing }'
    complains 'if a' 'missing then'
    complains 'while a; do b' 'missing done'
    complains 'case a in b' 'missing \)'
    complains 'a |' 'missing command'
    complains 'a &&' 'missing command'
    complains 'a >' 'missing word'
    for text in ')' '}' 'fi' 'done' ';;' '| a' '&& a' 'a ; ; b' 'a >;' 'for x do; done' 'f( x' 'then a'; do
        complains "$text" 'syntax error near'
    done
    complains 'echo ${a!b}' 'bad substitution'
    complains 'echo $((1+))' 'number'
    complains 'echo $((1/0))' 'number'
}

@test "nested deeper than anybody needs" {
    for pair in '( :)' '{ :}' '$(:)' '${x:-:}' '"$(:)"' 'if :' '! :' '$((:))' 'while :'; do
        text=$(printf '%*s' 20000 '' | sed "s/ /${pair%:*}/g" | sed 's/^/echo /')
        printf '%s' "$text" >deep
        run timeout 20 "$BATS_TEST_TMPDIR/bin/nano-sh" deep
        [ "$status" -lt 128 ]
        [ "${#lines[@]}" -le 1 ]
    done
    run -0 sh_ "echo \$(($(printf '(%.0s' {1..90})1$(printf ')%.0s' {1..90})))"
    equal "$output" 1
    run -2 sh_ 'f() { f; }; f'
    equal "$output" 'nano-sh: functions nested too deeply'
}

@test "lines of a megabyte" {
    head -c 1000000 /dev/zero | tr '\0' a >word
    printf 'echo %s | wc -c\n' "$(<word)" >script
    run -0 ours nano-sh script
    equal "${output// /}" 1000001
    { printf ':'; yes ' && :' | head -n 50000 | tr -d '\n'; printf '\necho still\n'; } >script
    run -0 ours nano-sh script
    equal "$output" still
    { printf 'echo'; yes ' x' | head -n 300000 | tr -d '\n'; printf ' | wc -w\n'; } >script
    run -0 ours nano-sh script
    equal "${output// /}" 300000
    { printf ':'; yes ' >/dev/null' | head -n 20000 | tr -d '\n'; printf '\necho still\n'; } >script
    run -0 ours nano-sh script
    equal "$output" still
}

@test "bytes of any kind" {
    for i in 1 2 3 4 5 6 7 8; do
        head -c 20000 /dev/urandom | tr -d '`$<>|&;(' >script
        run timeout 20 "$BATS_TEST_TMPDIR/bin/nano-sh" script
        [ "$status" -lt 128 ]
    done
    printf 'echo a\0b\nexit 3\n' >script
    run -3 ours nano-sh script
    equal "$output" ab
    run -0 sh_ $'x=\xff\xfe; echo "$x"; case $x in ?\xfe) echo y;; esac'
}

@test "a pattern with 100,000 hits" {
    many=$(mktemp -d /dev/shm/nano_many.XXXXXX || mktemp -d) # disks take their time for that
    ln -s "$many" many
    python3 -c 'for i in range(1, 100001): open(f"many/f{i:06}", "x").close()'
    run -0 sh_ 'set -- many/*; echo $# $1; echo many/f09999* | wc -w'
    equal "${output// /}" $'100000many/f000001\n10'
    run sh_ '/bin/echo many/* >/dev/null; echo "then $?"'
    rm -r "$many"
    like "${lines[-1]}" '^then (0|126)$'
    [ "${#lines[@]}" -le 2 ]
}

@test "no more processes" {
    is_root || skip 'only root may become somebody else'
    chmod 711 "$BATS_TEST_TMPDIR"
    cp "$SERVER" server
    chmod -R a+rX .
    printf '%s\n' '/bin/true' 'echo still' 'true | true | true' 'x=$(true)' 'echo here' >script
    # a number that nobody has processes under
    run prlimit --nproc=1 setpriv --reuid 61234 --regid 61234 --clear-groups ./server nano-sh -i <script
    like "$output" 'nano-sh: cannot start a process: Resource temporarily unavailable'
    like "$output" 'still'
    like "$output" 'here'
}

# bats test_tags=release
@test "no more memory" {
    printf '%s\n' 'x=$(head -c 300000000 /dev/zero | tr "\0" a)' 'echo still' >script
    run -0 bash -c 'ulimit -v 100000; exec "$1" -i <script' - "$BATS_TEST_TMPDIR/bin/nano-sh"
    like "$output" 'nano-sh: out of memory'
    like "$output" 'still'
}

@test "a full pipe, a reader that is gone, descriptors that are not there" {
    run -0 sh_ 'cat /dev/zero | head -c 1 >/dev/null; echo "then $?"'
    equal "$output" 'then 0'
    run -0 sh_ 'yes | head -n 1; echo $?'
    equal "$output" $'y\n0'
    run -0 bash -c '"$1" -c "echo a; echo \$?" >/dev/full; exit 0' - "$BATS_TEST_TMPDIR/bin/nano-sh"
    run -0 bash -c '"$1" -c "echo a; exit 0" <&- 2>&1' - "$BATS_TEST_TMPDIR/bin/nano-sh"
    equal "$output" a
    run sh_ 'echo a >&7; echo $?; cat <&8; cat </missing; echo b >/; echo x >&77'
    like "$output" '7: Bad file descriptor'
    like "$output" 'Is a directory'
    run -0 bash -c 'ulimit -n 12; exec "$1" -c "$2" 2>&1' - "$BATS_TEST_TMPDIR/bin/nano-sh" \
        '{ { { { { { echo deep; } >a; } 3>b; } 4>c; } 5>d; } 6>e; } 7>f; echo after'
    like "$output" 'after$'
}
