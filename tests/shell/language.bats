#!/usr/bin/env bats
# What the shell understands: the same output and status as dash's, for each of tests/shell/table.

setup() {
    load common
    folder_make
}

@test "as dash does it" {
    run -0 python3 "$root/tests/shell/compare.py" "$BATS_TEST_TMPDIR/bin/nano-sh" dash "$root/tests/shell/table"
    like "$output" '^1[0-9][0-9] snippets, 0 differ$'
}

@test "as a file, from standard input, with arguments" {
    printf 'echo $0 $1 $#\nread x\necho "<$x>"\nexit 3\n' >script
    run -3 ours nano-sh script a b <<<'line'
    equal "$output" $'script a 2\n<line>'
    run -3 bash -c 'printf "%s\n" "read x" "for the command" "echo \$x" "exit 3" | "$1"' - "$BATS_TEST_TMPDIR/bin/nano-sh"
    equal "$output" 'for the command'
    run -0 ours nano-sh -c 'echo $0 $1 $#' name one two
    equal "$output" 'name one 2'
    run -4 ours nano-sh -ec 'true; (exit 4); echo never'
    equal "$output" ''
    run -0 ours nano-sh -xc 'echo a "b c"' 2>&1
    like "$output" '\+ echo a b c'
    run -1 ours nano-sh missing
    run -2 ours nano-sh -Z
    run -0 ours sh <<<'echo linked'
    equal "$output" linked
    run -2 ours nano-sh -c
}

@test "commands of its own" {
    run -0 sh_ 'cd /usr; cd /; cd -; pwd; type cd ls nothing; echo $?'
    like "$output" '^/usr'$'\n''/usr'$'\n''cd is built in'
    like "$output" 'type: nothing: not found'$'\n''127$'
    run -0 sh_ 'help | grep -c enter; help cd; cd --help; umask 77; umask'
    like "$output" '^1'$'\n''Usage: cd \[FOLDER'
    like "$output" '0077$'
    run -0 sh_ 'export X=1; export | grep ^X=; unset X; export | grep -c ^X=; set -- a b; shift; echo $1'
    equal "$output" $'X=1\n0\nb'
    run -0 sh_ 'shift 3; export 1x=2; break; continue; wait 99999; echo $?; jobs; fg; bg; unset -f nothing'
    like "$output" 'export: 1x=2: not a name'
    run -0 sh_ 'printf "a b:c\n" | { IFS=: read x y; echo "$x|$y"; }; printf " a \\\\b c \n" | { read -r x y; echo "$x|$y|"; }'
    equal "$output" $'a b|c\na|\\b c|'
    run -0 sh_ 'f() { echo f; }; command -v f; f; unset -f f; command -v f; command echo x'
    equal "$output" $'f\nf\nx'
}

@test "what an image has: boxes, nothing" {
    run -127 env -i "$BATS_TEST_TMPDIR/bin/nano-sh" -c 'nothing'
    equal "$output" 'nano-sh: nothing: not found'
    run -126 sh_ /etc/passwd
    like "$output" 'Permission denied'
}

@test "printf" {
    for words in '%s\n|a b|c' '%5s|%-5s|%05d|\n|a|b|42' '%x %X %o %u\n|255|255|8|7' '%d\n|1|2|3' '%c%c\n|ab|c' '%.2s|%5.1s\n|abc|def' \
        '%b|a\tb\0101\n' 'a\101\\\n' '%d %i\n|0x1f|010' '%05d|%5d|%-5d.\n|-3|-3|-3' '%*d\n|5|3' '%%\n' '%d\n|abc' '%s %s\n|one' "%d\n|'a" '\n'; do
        IFS='|' read -ra list <<<"$words"
        AS='' alike_printf "${list[@]}"
    done
    run -2 ours printf
    run -1 ours printf '%q' x
}
alike_printf() {
    local wanted=0 got=0
    # shellcheck disable=SC2320
    /usr/bin/printf "$@" >wanted 2>/dev/null || wanted=$?
    # shellcheck disable=SC2320  # the status of `ours`
    ours printf "$@" >got 2>/dev/null || got=$?
    diff wanted got && equal "$got" "$wanted" || { echo "$*"; return 1; }
}

@test "test and [" {
    touch -d '2001-01-01' old
    ln -s old link
    mkdir -m 1777 folder
    mkfifo pipe
    chmod 4755 old
    echo x >new
    while read -r words; do
        eval "set -- $words"
        alike test "$@" || return 1
        alike [ "$@" ] || return 1
    done <<'END'

a
''
a = a
a = b
a == a
a != b
-n ''
-z ''
-n a
1 -eq 1
1 -ne 1
-5 -lt 3
3 -le 3
4 -gt 5
4 -ge 4
new -nt old
old -nt new
old -ot new
missing -ot new
-e old
-e missing
-f old
-d folder
-f folder
-h link
-L link
-L old
-p pipe
-s old
-s new
-k folder
-u old
-g old
-r new
-x old
-x new
-c /dev/null
-b /dev/null
! a
! ''
! a = a
a -a ''
a -o ''
'' -o '' -o b
'(' a = b ')' -o c
'(' a ')'
-f
!
= = =
-n = -n
END
    run -2 ours test 1 -eq x
    run -2 ours test a b
    run -2 ours [ a
}
