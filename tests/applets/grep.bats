#!/usr/bin/env bats
# grep: against GNU's.

setup() {
    load common
    folder_make
    printf 'hello world\nfoo bar\nFoo Bar\n\nfoobar\nabc123\n  x = y;\na.b*c\n(paren)\nword_word\nend' >a
    seq 1 200 >b
    printf 'text\nbin\0ary foo\nfoo\n' >binary
    mkdir -p d/e
    cp a d/one
    cp b d/e/two
    ln -s ../a d/link
    input=a
}

# bats test_tags=quick
@test "options" {
    local options
    while read -r options; do
        # shellcheck disable=SC2086
        alike grep $options
    done <<'END'
foo
-i foo a
-v foo a b
-c foo a b
-vc foo a
-l foo a b missing
-L foo a b
-n o a
-vn o a
-o o a b
-on o a
-io foo a
-q foo a missing
-q nothing a
-s foo missing
-h foo a b
-H foo a
-w foo a
-w word a
-wo [a-z]* a
-x foo a
-x -i foo.bar a
-F a.b* a
-Fx a.b*c a
-Fi FOO a
-e foo -e abc a
-e foo b
-E foo|abc a
-m 2 o a b
-m 0 o a
-A 1 foo a
-B 1 foo a
-C 1 foo a
-C1 -n foo a
-1 -n foo a b
-A 3 9 b
-B 2 9 b
-nC 2 -e 50 -e 54 -e 60 b
-cA 1 foo a
-A1 -m 1 foo a
-vC1 [0-8]$ b
foo - a
foo missing
missing missing
foo binary
-c foo binary
-a foo binary
-l foo binary
-o fo binary
-v x binary
-L x a binary
END
    alike grep '' a
    alike grep -c '' a b
    alike grep -v '' a
    alike grep -e '' -e x a
    alike grep $'foo\nabc' a
    alike grep -F $'foo\na.b' a
    alike grep
    alike grep '*c' a
    alike grep '^*' a
}

# bats test_tags=quick
@test "trees" {
    for options in -r -R '-rl' '-rc' '-rh' '-rn'; do
        diff <(ours grep $options foo d | sort) <(grep $options foo d | sort)
        diff <(ours grep $options foo | sort) <(grep $options foo | sort)
    done
    alike grep -r foo a
    alike grep -r foo a d/one
    run -2 ours grep -r foo missing
    equal "$output" 'grep: missing: No such file or directory'
}

# bats test_tags=quick
@test "patterns" {
    local pattern
    while IFS= read -r pattern; do
        alike grep -- "$pattern" a
        alike grep -o -- "$pattern" a
        alike grep -E -- "$pattern" a
        alike grep -Eio -- "$pattern" a
    done <<'END'
^foo
bar$
^$
^
$
f.*r
[a-c]
[^a-z]
[]x]
[x-]
[[:digit:]]\+
[[:alpha:][:space:]]
\(foo\)
\(o\)*
a\.b
a.b\*
o\{2\}
o\{1,\}
o\{,1\}b
o{2}
o{1,2}b
(o|b)a
x\|y
x|y
\<b
d\>
\bb
o\b
\Bo
\w*
\W
\s
\S\+
(a
()
a||b
a+?
a|b|c|d
^(foo|hello)( |bar)
(^f|d$)
a{
a{x
{
\.
\(^f\)
END
}

@test "what is no pattern" {
    local pattern
    for pattern in 'a\' '[a' '[[:foo:]]' '\(a' 'a\)' '\(a\)\1' "$(printf '%9000s' x)"; do
        run ours grep "$pattern" a
        equal "$status" 2
        equal "${#lines[@]}" 1
        like "$output" '^grep: pattern: '
    done
    run -2 ours grep -E "$(printf '%5000s' '' | tr ' ' '(')" a
    equal "$output" 'grep: pattern: too deep'
    run -2 ours grep -E 'a{2000}{2000}' a
    equal "$output" 'grep: pattern: too large'
}

@test "random patterns" {
    ours grep --help >/dev/null
    run -0 python3 "$root/tests/applets/random.py" "$BATS_TEST_TMPDIR/bin/grep" 200 5
}

# Against the one thing the time goes by: the pattern's length times the text's.
@test "hostile patterns and a megabyte of a" {
    local size=1000000
    ! is_sanitized || size=30000
    head -c $size /dev/zero | tr '\0' a >long
    for pattern in '(a*)*b' '(a|a)*b' '(a+)+b' '(a|aa)+b' '(.*)(.*)(.*)b' '((a*)*)*b' 'a*a*a*a*a*a*b' '(a?){50}b'; do
        run -1 ours grep -E "$pattern" long
        equal "$output" ''
    done
    run -0 ours grep -cE '(a*)*$' long
}

@test "a line that grows over many reads, and lines where reads end" {
    for n in 131071 131072 131073 262144 300000; do
        { head -c $n /dev/zero | tr '\0' x; printf 'foo\nbar\nfoo'; } >long
        alike grep -c foo long
        alike grep -o foo long
        run -0 bash -c 'cat long | "$1" -o -A 1 bar' - "$BATS_TEST_TMPDIR/bin/grep"
        equal "$output" $'bar\nfoo' || equal "$output" 'bar'
    done
}
