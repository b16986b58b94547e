#!/usr/bin/env bats
# sed: against GNU's.

setup() {
    load common
    folder_make
    printf 'hello world\nabc abc abc\n\nfoo=bar;x/y\nUPPER lower\n  indented\ttab\nlast' >a
    seq 1 30 >b
    input=a
}

# bats test_tags=quick
@test "substitutions" {
    local script
    while IFS= read -r script; do
        alike sed "$script" a
        alike sed -n "$script" a b
    done <<'END'
s/o/0/
s/o/0/g
s/o/0/2
s/b*/x/g
s/b*/x/2
s/b*/x/2g
s/abc/X/2g
s/abc/[&]/gp
s/\(a\)\(b\)/\2\1/g
s,/,|,g
s|x/y|a\|b|
s/hello/a\nb/
s/$/!/
s/^/> /
s/^a/x/g
s/[ 	]*$//
s/upper/U/I
s/UPPER/l/i
s/\t/TAB/
s/[^a-z]//g
s/[[:upper:]]/<&>/g
s/\w\+/W/g
s/\<./X/g
s/.\>/X/g
s/x\/y/z/
s/a\|b/X/g
s/o\{2\}/00/
s/\(.\)\(.\)\(.\)\(.\)\(.\)\(.\)\(.\)\(.\)\(.\)/\9\8\7\6\5\4\3\2\1/
s/.*/\&/
END
    alike sed 's/.*/a\
b/' a
    alike sed -E 's/(a|b)+/X/g;s/(x)?y/[\1]/' a
    alike sed -r 's/([a-z]+) ([a-z]+)/\2 \1/' a
    alike sed -e s/a/b/ -e s/b/c/2 a
}

# bats test_tags=quick
@test "addresses and commands" {
    local script
    while IFS= read -r script; do
        alike sed "$script" a b
        alike sed -n "$script" b
    done <<'END'
p
2p
$p
2,4p
/5/p
/2/,/4/p
/2/,/x/d
3,2p
5,+2p
2,$d
/abc/,3d
2!d
2,4!d
2,4 ! p
$!d
/foo/q
3q
=
$=
2{p;p}
2,6{/3/d;s/^/x/;p}
2d # a comment
s/1/2/;;p
\,x/y,p
\xfoox,$p
/ABC/Ip
/[/]/p
/o/s//0/g
END
    alike sed '# a comment

2,6{
  /4/{
    p
    q
  }
}' b
}

@test "what is no script" {
    local script
    for script in s s/a s/a/b s/a/b/x k 2 '2,' '{p' 'p}' 'pp' 's/\(/x/' 's/\)/x/' '/a' '2,p' 's/[/x/'; do
        run ours sed "$script" a
        [ "$status" = 1 ] || { echo "$script: $status" && false; }
        [ "${#lines[@]}" = 1 ]
    done
    run -2 ours sed
    run -2 bash -c '"$1" p missing b | tail -n 1; exit "${PIPESTATUS[0]}"' - "$BATS_TEST_TMPDIR/bin/sed"
}

@test "in place: the mode stays, and nothing is left behind" {
    cp a c
    chmod 751 c
    ours sed -i 's/o/0/g' c b
    diff c <(sed s/o/0/g a)
    equal "$(stat -c %a c)" 751
    equal "$(ls)" "$(printf 'a\nb\nc')"
    ours sed -i 2q b
    equal "$(wc -l <b)" 30
    ours sed -n -i '2p;$p' b
    equal "$(cat b)" $'2\n30'
    run -4 ours sed -i p missing
    mkdir d
    run ours sed -i p d
    [ "$status" != 0 ]
}

@test "hostile patterns end" {
    head -c 300000 /dev/zero | tr '\0' a >long
    alike sed -E 's/(a*)*b/x/' long
    alike sed -E 's/(a|aa)+$/x/' long
    alike sed 's/a/bb/g' long
}
