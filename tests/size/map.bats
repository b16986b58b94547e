#!/usr/bin/env bats
# bench/size/map.sh with a program that is small enough to know where each byte of it comes from.

root=$(cd "${BATS_TEST_FILENAME%/*}/../.." && pwd)

setup_file() {
    cd "$BATS_FILE_TMPDIR" || return
    mkdir -p base server build/x/base build/x/server
    cat >base/table.h <<'END'
static inline int cube(int a) { return a * a * a + a / 7 + a % 13; }
const char *table_text(int a);
END
    cat >base/table.c <<'END'
#include "base/table.h"
static const unsigned short numbers[100] = { 1, 2, 3 };
const char *table_text(int a) { return numbers[a] ? "a text of table.c" : "another text of table.c"; }
END
    cat >server/main.c <<'END'
#include "base/table.h"
static const unsigned short numbers[50] = { 3, 2, 1 };
volatile int value;
static __attribute__((noinline)) int start(int a) { return numbers[a] + cube(value) + (table_text(a)[2] == "of main.c"[a]); }
void _start(void) { for (;;) value = start(value); }
END
    how=(-Os -g -flto -flto-partition=one -ffat-lto-objects -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -I.)
    for file in base/table server/main; do gcc "${how[@]}" -c $file.c -o build/x/$file.o; done
    gcc "${how[@]}" -nostdlib -static -Wl,--build-id=none -Wl,--gc-sections -Wl,-Map=build/x/nano_ssh_server.map \
        build/x/base/table.o build/x/server/main.o -o build/x/nano_ssh_server.full
    strip build/x/nano_ssh_server.full -o build/x/nano_ssh_server
}
setup() { cd "$BATS_FILE_TMPDIR" || return; }
map() { bash "$root/bench/size/map.sh" "$@"; }
# bytes NAME COLUMN: of the objects
bytes() { awk -F '\t' -v name="$1" -v column="$2" '$1 == name { print $column }' out/map-objects.tsv; }

# bats test_tags=quick
@test "every byte has one owner; code and tables are where they were written" {
    map build/x build/x out
    for file in rooms objects; do
        [ "$(head -n 1 out/map-$file.tsv)" = "$(printf 'name\tcode\ttables')" ]
        [ "$(awk -F '\t' 'NR > 1 { all += $2 + $3 } END { print all }' out/map-$file.tsv)" = "$(wc -c <build/x/nano_ssh_server)" ]
    done
    # What was inlined is the header's.
    [ "$(bytes base/table.h 2)" -gt 10 ]
    [ "$(bytes server/main.c 2)" -gt 10 ]
    # Of two tables with one name each is its file's; so are texts, with their zeros.
    [ "$(bytes base/table.c 3)" = $((200 + 18 + 24)) ]
    [ "$(bytes server/main.c 3)" = $((100 + 10)) ]
    [ "$(bytes headers 3)" -ge $((64 + 56)) ]
}

# bats test_tags=quick
@test "the largest symbols, and the difference of two maps" {
    SYMBOLS=1 run map build/x build/x out
    [[ ${lines[-1]} == *' 200 table  numbers'*base/table.c ]]
    map --record build/x >old
    sed 's/^200 base numbers/190 base numbers/; /^100 server /d; $a 40 server went' old >new
    run map --diff old new
    [ "${#lines[@]}" = 6 ]
    [[ ${lines[0]} == *-100*numbers*server*gone ]]
    [[ ${lines[1]} == *+40*went*new ]]
    [[ ${lines[2]} == *-10*numbers*base*'200 to 190' ]]
    [[ ${lines[3]} == *'-60 room server' ]]
    [[ ${lines[5]} == *'-70 all: '* ]]
}

# bats test_tags=quick
@test "another program than the plain build's is refused" {
    mkdir -p other
    sed 's/a text/A TEXT/' build/x/nano_ssh_server >other/nano_ssh_server
    run map build/x other out
    [ "$status" = 1 ]
    [[ $output == *'became another program'* ]]
}
