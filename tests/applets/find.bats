#!/usr/bin/env bats
# find: as findutils have it, and as busybox has it.

setup() {
    load common
    folder_make
    mkdir -p t/a/b/c t/empty t/skip/in
    echo one >t/a/one.c
    echo two >t/a/b/TWO.C
    : >t/a/none
    head -c 5000 /dev/zero >t/a/b/five
    ln -s one.c t/a/link
    mkfifo t/pipe
    touch -d '3 days ago' t/a/none
    touch -d '90 minutes ago' t/a/b/five
    chmod 640 t/a/one.c
    chmod 4711 t/a/b/five
}

# as find, in whatever order
same() {
    local wanted got
    wanted=$(find "$@" 2>/dev/null | sort)
    got=$(ours find "$@" 2>/dev/null | sort)
    [ "$wanted" = "$got" ] || {
        printf '%s\n' "$*"
        diff <(echo "$wanted") <(echo "$got")
    }
}

# bats test_tags=quick
@test "tests" {
    same t
    same t -print
    for test in '-name *.c' '-iname *.c' '-path t/a*' '-path */b/*' '-type f' '-type d' '-type l' '-type p' '-empty' \
        '-size +1' '-size -2' '-size 1' '-size 5000c' '-size +4k' '-size 10b' '-size -1M' '-mtime +1' '-mtime -1' '-mtime 3' '-mmin +60' \
        '-newer t/a/none' '-perm 640' '-perm -111' '-perm /4000' '-perm u=rw,g=r' '-user root' '-user 0' \
        '-maxdepth 0' '-maxdepth 1' '-mindepth 2' '-mindepth 1 -maxdepth 2 -type d' '-xdev'; do
        set -f
        same t $test
        set +f
    done
    cd t
    same
    same . a
    same -name '*.c'
}

@test "operators" {
    same t -name '*.c' -o -type d
    same t '(' -name '*.c' -o -type d ')' -print
    same t ! -type d
    same t -not -name '*.c' -a ! '(' -type d -o -empty ')'
    same t -name skip -prune -o -print
    same t -type d -name b -prune -o -name '*.c' -print
    same t -name a -o -name b -o -name c -print
    same t -false -o -print || true
    same t -type f -print -name '*.c' -print
}

@test "what is wrong in an expression" {
    for expression in '-name' '-nonsense' '(' '( -name x' ')' '-size x' '-type f -o' '! ' '-exec' '-exec x' '-exec ;' '-user nobodyhere' '-perm 9' \
        '-maxdepth x' '-print )' '-newer missing'; do
        set -f
        run ours find t $expression
        set +f
        [ "$status" = 2 ] || { echo "$expression: $status"; false; }
        [ ${#lines[@]} = 1 ]
        like "$output" '^find: '
    done
    mapfile -t many < <(yes '(' | head -n 50000)
    run -2 ours find t "${many[@]}"
    run -1 ours find missing
    equal "$output" 'find: missing: No such file or directory'
}

@test "-print0, -delete" {
    touch t/$'a\nb'
    equal "$(ours find t -print0 | sort -z | md5sum)" "$(find t -print0 | sort -z | md5sum)"
    equal "$(ours find t -type f -name '*.c' -print)" "$(find t -type f -name '*.c' -print)"
    run -0 ours find t/a -delete
    [ ! -e t/a ]
    run -1 ours find t/skip -name skip -delete
    like "$output" 'Directory not empty'
    [ -d t/skip/in ]
}

@test "-exec" {
    equal "$(ours find t -name '*.c' -exec echo 'x{}y' {} ';')" "xt/a/one.cy t/a/one.c"
    equal "$(ours find t -type f -exec echo {} + | tr ' ' '\n' | sort)" "$(find t -type f | sort)"
    equal "$(ours find t -type f -exec false ';' -print)" ''
    equal "$(ours find t -name five -exec test -s {} ';' -print)" t/a/b/five
    run -1 ours find t -type f -exec false {} +
    run ours find t -name five -exec nothinglikethis {} ';'
    like "$output" 'nothinglikethis'
    mkdir many
    (cd many && seq -f 'a name of some length that is repeated %.0f' 4000 | tr '\n' '\0' | xargs -0 touch)
    equal "$(ours find many -type f -exec printf '%s\n' {} + | sort | md5sum)" "$(find many -type f | sort | md5sum)"
}

@test "as another user: what may not be read" {
    is_root || skip 'needs root'
    mkdir -p t/closed/in
    chmod 700 t/closed
    ours find t >/dev/null
    run -1 setpriv --reuid 12345 --clear-groups "$BATS_TEST_TMPDIR/bin/find" t
    like "$output" 'find: t/closed: Permission denied'
    like "$output" 't/a/b/five'
}

@test "very deep" {
    python3 - <<'END'
import os
for i in range(1500):
    os.mkdir("d"); os.chdir("d")
END
    ulimit -n 256
    run ours find d -name nothing
    equal "$status" 1
    equal "${#lines[@]}" 1
    like "${output: -30}" 'Too many open files'
    ulimit -n 4096 2>/dev/null || skip 'no more descriptors'
}
