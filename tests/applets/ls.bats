#!/usr/bin/env bats
# ls: as coreutils has it.

setup() {
    load common
    folder_make
    mkdir -p d/inner d/.hidden
    head -c 70000 /dev/zero >d/big
    echo x >d/inner/'with blanks'
    ln -s inner d/link
    ln -s nowhere d/dangling
    mkfifo d/pipe
    touch -d '2001-02-03 04:05' d/old
    touch -d '2000-01-01' d/inner
    touch d/.dot
    chmod 755 d/big
    chmod 7777 d/inner
}

# bats test_tags=quick
@test "the usual ways" {
    for options in -l -la -lA -li -lh -ln -lt -lS -lr -ltr -1 -F -R -lR -lRA -d -ld -a -i; do
        alike ls $options d/old d d/link
    done
    cd d
    alike ls
    alike ls -l
}

@test "what is not there, and what is left of the line" {
    equal "$(ours ls missing d/old 2>&1)" $'ls: missing: No such file or directory\nd/old'
    alike ls -l d/link d/dangling
    alike ls -l -- d
    run -1 ours ls missing
    equal "$output" 'ls: missing: No such file or directory'
}

@test "devices, large numbers and many owners" {
    alike ls -l /dev/null /dev/zero /dev/full
    truncate -s 9999999999 d/sparse
    alike ls -l d
    alike ls -lh d
    if is_root; then
        chown 4000000000:12345 d/sparse
        alike ls -l d
    fi
}

@test "hostile names" {
    touch d/$'a\nb' d/$'\e[31mred' d/-l d/$'\xff'
    alike ls -a d
    alike ls -lA d
    ours ls d | grep -qF $'\e[31m'
    run script -qec "'$BATS_TEST_TMPDIR/bin/ls' -1 d" /dev/null
    [[ $output = *'?[31mred'* ]]
}

@test "columns on a terminal, one below the other" {
    mkdir c
    for i in $(seq 1 9); do : >c/name$i; done
    ours ls --help >/dev/null
    run script -qec "stty cols 30; '$BATS_TEST_TMPDIR/bin/ls' c" /dev/null
    equal "${lines[0]%$'\r'}" 'name1  name4  name7'
    equal "${lines[2]%$'\r'}" 'name3  name6  name9'
}

@test "a folder that cannot be read" {
    is_root || chmod 0 d/inner
    if is_root; then
        chmod 700 d d/inner
        chmod 755 .
        run setpriv --reuid 12345 --clear-groups "$BATS_TEST_TMPDIR/bin/$(ours ls -d . >/dev/null; echo ls)" -l d
    else
        run ours ls d/inner
        chmod 755 d/inner
    fi
    equal "$status" 1
    like "$output" '^(ls: d(/inner)?: Permission denied|ls: .*)'
}

@test "a hundred thousand names, and a path that is too long" {
    mkdir many
    python3 -c 'for i in range(100000): open(f"many/file{i}", "w").close()'
    [ "$(ours ls many | wc -l)" = 100000 ]
    rm -r many
    python3 - <<'END'
import os
for i in range(30):
    os.mkdir("n" * 200); os.chdir("n" * 200)
END
    run -1 bash -c '"$1" -R nnn* 2>&1 >/dev/null | tail -c 100; exit "${PIPESTATUS[0]}"' - "$BATS_TEST_TMPDIR/bin/ls"
    like "$output" 'Name too long'
    rm -rf nnn*
}
