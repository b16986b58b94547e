#!/usr/bin/env bats
# SIZE_COMPARISON.md: that its tables and pictures are made of what was measured, that a broken table is no page, and
# that the page in the tree is about the program in the tree.

setup() {
    cd "$BATS_TEST_DIRNAME/../.." || exit
    t=$BATS_TEST_TMPDIR
    head='name command file text rodata data bss pss start login bulk note'
    row rows $head
    row rows full make 238935 139588 96000 3000 51342 420 2.1 3.2 812 -
    row rows min make_PROFILE=min 88000 60588 26000 1400 31342 290 1.2 3.1 820 -
    row rows full,_UPX make_and_upx 170000 - - - - - - - - -
    row groups group name
    row groups profile full
    row groups profile min
    row groups compression full,_UPX
}

row() { # TABLE FIELD...: _ in a field is a blank
    table=$1
    shift
    printf '%s\t' "$@" | sed 's/\t$//' | tr _ ' ' >>"$t/$table.tsv"
    echo >>"$t/$table.tsv"
}

page() { python3 -B bench/size/page.py bench/size/page.md.in "$t"; }
refused() { # WORDS...: they are in what it says
    run page
    [ "$status" != 0 ]
    for word; do
        [[ $output == *"$word"* ]] || { echo "not '$word' in: $output" >&2; return 1; }
    done
}

@test "the page has each row with its command, the aims, and how to make what is not there" {
    run page
    [ "$status" = 0 ]
    [[ $output == *'| min | 88,000 | 60,588 | 26,000 | 1,400 | 31,342 | 290 | 1.2 | 3.1 | 820 | `make PROFILE=min` |'* ]]
    [[ $output == *'| full | 190,000 | 238,935 | 48,935 more (26 %) |'* ]]
    [[ $output == *'| min | 90,000 | 88,000 | reached |'* ]]
    [[ $output == *'`make size-features` makes it'* ]]
    [[ $output == *'| full, UPX | 170,000 |'* ]]
    [[ $output != *'{'*'}'* ]]
}

@test "other servers and costs come in from their tables" {
    row peers $head
    row peers Other_1.2 make_size-peers 300000 200000 90000 3000 4000 900 3.1 5.2 400 dynamic
    row matrix feature full Other
    row matrix SFTP yes no
    row features feature group bytes
    row features sftp files 9500
    run page
    [ "$status" = 0 ]
    [[ $output == *'| Other 1.2 | 300,000 |'* ]]
    [[ $output == *'| SFTP | yes | no |'* ]]
    [[ $output == *'| files | sftp | 9,500 |'* ]]
}

@test "a broken table is refused, with its name and line" {
    cp "$t/rows.tsv" "$t/good"
    echo 'hello make 4' >>"$t/rows.tsv"
    refused rows.tsv:5 'columns'
    sed 's/88000/lots/' "$t/good" >"$t/rows.tsv"
    refused rows.tsv:3 "file is 'lots'"
    sed '1s/pss/rss/' "$t/good" >"$t/rows.tsv"
    refused rows.tsv 'first line'
    head -n 1 "$t/good" >"$t/rows.tsv"
    refused 'make size-report'
    rm "$t/rows.tsv"
    refused 'make size-report'
}

@test "the same tables make the same pictures" {
    command -v gnuplot >/dev/null || skip 'gnuplot is not here'
    mkdir "$t/one" "$t/two"
    python3 -B bench/size/charts.py "$t" "$t/one"
    python3 -B bench/size/charts.py "$t" "$t/two"
    diff -r "$t/one" "$t/two"
    grep -q '238,935' "$t/one/size-builds.svg"
    ! grep -qi 'produced\|<rect.*fill="*white' "$t/one/size-builds.svg"
}

# To measure all takes the better part of an hour: the page may be a percent behind, and not more.
@test "the page in the tree is about the build in the tree" {
    [ -e SIZE_COMPARISON.md ] || skip 'there is no page yet: make size-report'
    program=${VARIANTS:-build/x86_64-full}-sodium/nano_ssh_server
    [ -e "$program" ] || skip "there is no $program"
    [[ $program == *x86_64-full-sodium* ]] || skip 'the page is about another CPU'
    grep -q "gcc $(gcc -dumpfullversion)[,.]" SIZE_COMPARISON.md || skip 'the page was made with another compiler'
    said=$(sed -n 's/^| full | \([0-9,]*\) |.*`make` |$/\1/p' SIZE_COMPARISON.md | head -n 1 | tr -d ,)
    is=$(wc -c <"$program")
    far=$((said > is ? said - is : is - said))
    [ $((far * 100)) -le "$is" ] || { echo "SIZE_COMPARISON.md says $said, the build is $is bytes: make size-report" >&2; return 1; }
}
