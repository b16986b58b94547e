#!/bin/sh
# make bench-compact: what the derived objects (docs/compact.md) save and cost. Prints two tables.
#
# Bytes: what the linker puts into the program, code and data; the file has up to 4 KB of padding on
# top, which hides small differences. Times: both programs in turn, TURNS times (15); of each the
# lowest median, since a busy machine only ever makes things slower.
#
# From make: LINK, the compiler with all flags; OBJECTS of bench/compact.c; SERVER_OBJECTS; COMPACT,
# ARCHIVE, what deps/ built; SIZE_TOOL, STRIP; OUT, a folder.
set -eu
: "${LINK:?use make bench-compact}" "${OBJECTS:?}" "${SERVER_OBJECTS:?}" "${COMPACT:?}" "${ARCHIVE:?}" \
    "${SIZE_TOOL:?}" "${STRIP:?}" "${OUT:?}"
mkdir -p "$OUT"

# link NAME FILE...: prints code and data, and the size of the file
link() {
    program=$OUT/$1
    shift
    # shellcheck disable=SC2086  # LINK is a list
    $LINK "$@" "$ARCHIVE" -o "$program.full"
    $STRIP -s -R .comment "$program.full" -o "$program"
    echo "$($SIZE_TOOL "$program.full" | awk 'NR == 2 { print $1 + $2 }') $(wc -c <"$program")"
}

row() { # TITLE BEFORE AFTER: each "bytes file"
    # shellcheck disable=SC2086
    set -- "$1" $2 $3
    printf '| %s | %d | %d | %+d | %d | %d |\n' "$1" "$2" "$4" $(($4 - $2)) "$3" "$5"
}

echo '| program | bytes before | after | | file before | after |'
echo '|---|---|---|---|---|---|'
# shellcheck disable=SC2086
{
    before=$(link before $OBJECTS)
    for object in $COMPACT; do
        name=${object##*/libsodium_la-}
        row "all primitives, ${name%.o} only" "$before" "$(link one $OBJECTS $object)"
    done
    row 'all primitives' "$before" "$(link after $OBJECTS $COMPACT)"
    row 'the server' "$(link server_before $SERVER_OBJECTS)" "$(link server_after $SERVER_OBJECTS $COMPACT)"
}

turn=0
while [ $((turn += 1)) -le "${TURNS:-15}" ]; do
    for program in before after; do
        "$OUT/$program" | sed "s/^/$program:/"
    done
done | awk -F : '
    !($2 in seen) { seen[$2] = 1; order[++n] = $2 }
    !(($1, $2) in best) || $3 + 0 < best[$1, $2] { best[$1, $2] = $3 + 0 }
    END {
        print "\n| one call | us before | after | |\n|---|---|---|---|"
        for (i = 1; i <= n; i++) {
            b = best["before", order[i]] / 1000
            a = best["after", order[i]] / 1000
            printf "| %s | %.2f | %.2f | %+.0f %% |\n", order[i], b, a, (a / b - 1) * 100
        }
    }'
