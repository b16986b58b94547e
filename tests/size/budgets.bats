#!/usr/bin/env bats
# What each build may weigh (tests/size/budgets); one that grew past it says by which symbols.

root=$(cd "${BATS_TEST_FILENAME%/*}/../.." && pwd)

# within_budget NAME: skips what is not built, and a profile that is not here
within_budget() {
    grep -q "^$1 " "$root/tests/size/budgets" || skip "$1 has no budget"
    run sh "$root/tests/size/budget.sh" check "$1"
    [ "$status" != 77 ] || skip "$output"
    echo "# ${lines[0]}" >&3
    echo "$output"
    [ "$status" = 0 ]
}

# bats test_tags=quick
@test "full" { within_budget full; }

# bats test_tags=quick
@test "the shell that it carries" { within_budget shell; }

@test "without a shell" { within_budget none; }

@test "CRYPTO=openssl" { within_budget openssl; }

@test "CRYPTO=both" { within_budget both; }

@test "TOOLBOX=toybox" { within_budget toybox; }

@test "PACK=all" { within_budget packall; }

@test "PROFILE=min" { within_budget min; }

@test "PROFILE=min FIRST=size" { within_budget minsize; }

@test "PROFILE=hello" { within_budget hello; }

@test "every budget has a test, and a record once its build is here" {
    while read -r name _ how; do
        case $name in '' | '#'*) continue ;; esac
        grep -q "within_budget $name;" "$BATS_TEST_FILENAME" || { echo "no test: $name"; false; }
        profile=full
        case $how in *PROFILE=*) profile=${how##*PROFILE=} profile=${profile%% *} ;; esac
        [ -e "$root/profile/$profile.c" ] || continue
        [ -s "$root/tests/size/maps/$name" ] || { echo "not recorded: $name"; false; }
    done <"$root/tests/size/budgets"
}

# --- that it can fail -----------------------------------------------------------------------------------

# A make that builds nothing, and says that the build is in the folder $build.
pretend() {
    build=$BATS_TEST_TMPDIR/build
    mkdir -p "$build" "$BATS_TEST_TMPDIR/maps"
    printf '#!/bin/sh\ncase "$*" in *size-folder) echo "%s" ;; esac\n' "$build" >"$BATS_TEST_TMPDIR/make"
    chmod +x "$BATS_TEST_TMPDIR/make"
    export MAKE=$BATS_TEST_TMPDIR/make BUDGETS=$BATS_TEST_TMPDIR/budgets MAPS=$BATS_TEST_TMPDIR/maps
}

# bats test_tags=quick
@test "a build past its budget fails, and says what grew, is new and went, the largest first" {
    pretend
    # A program of two functions and a text, linked as the release is.
    cat >"$build/a.c" <<'END'
const char text[] = "what it says";
__attribute__((noinline)) int grew(int a) { return a * a + (a << 3) / (a + 1) + text[a & 7] * a % 77 + a / 5; }
int added(int a) { return grew(a) / (a + 2) + grew(a + 1) * a; }
void _start(void) { for (;;) added(grew(1)); }
END
    cd "$build"
    gcc -O1 -fno-asynchronous-unwind-tables -nostdlib -static -Wl,--build-id=none -Wl,-Map=nano_ssh_server.map a.c -o nano_ssh_server.full
    strip nano_ssh_server.full -o nano_ssh_server
    sh "$root/bench/size/map.sh" --record . >"$MAPS/new"
    size=$(awk '$3 == "grew" { print $1 }' "$MAPS/new")
    [ "$size" -gt 24 ]
    # As if it had been 20 bytes less, the other not there, and a third instead.
    awk '$3 == "grew" { $1 -= 20 } $3 == "added" { $1 = 777; $3 = "went" } { print }' "$MAPS/new" >"$MAPS/full"
    bytes=$(wc -c <nano_ssh_server)
    echo "full $bytes" >"$BUDGETS"
    sh "$root/tests/size/budget.sh" check full
    echo "full $((bytes - 1))" >"$BUDGETS"
    run sh "$root/tests/size/budget.sh" check full
    echo "$output"
    [ "$status" = 1 ]
    [[ ${lines[1]} == 'full is 1 bytes past its budget.'* ]]
    [[ ${lines[2]} == *-777*went*gone ]]
    [[ ${lines[3]} == *+*added*new ]]
    [[ ${lines[4]} == *+20*grew*"$((size - 20)) to $size" ]]
    [[ $output == *' room '* ]]
}

# bats test_tags=quick
@test "what is not built is no pass" {
    pretend
    echo 'full 1000000' >"$BUDGETS"
    run sh "$root/tests/size/budget.sh" check full
    [ "$status" = 77 ]
    run sh "$root/tests/size/budget.sh" check nothing
    [ "$status" = 1 ]
}
