#!/bin/sh
# Packs a program for box/unpack.c:
#
#   deps/pack.sh OUT.S                         an assembler file without one, for the link that gives the dictionary
#   deps/pack.sh OUT.S PROGRAM SERVER          … with PROGRAM; its dictionary is a part of SERVER, which has symbols
#   deps/pack.sh OUT.S PROGRAM LOADER BOX.S    … for box/loader.c: what PROGRAM has at its end of BOX.S stays as it is; -: nothing
#   deps/pack.sh OUT.S --check SERVER          fails when what was linked with it has another dictionary
#
# HOST_CC: a compiler for this machine. NM: the target's. PACKING: what box/packing.h wants to know of it.
set -eu
out=$1 program=${2:-} server=${3:-} box=${4:-}
folder=$(dirname "$0")

# The bytes from box_dictionary to box_dictionary_end: where the first segment has an address, the file has the byte.
dictionary() {
    # shellcheck disable=SC2046  # two numbers
    set -- "$1" $("${NM:-nm}" -td "$1" | awk '$3 == "box_image" { image = $1 }
        $3 == "box_dictionary" { from = $1 } $3 == "box_dictionary_end" { to = $1 }
        END { print from - image + 1, to - from }')
    tail -c "+$2" "$1" | head -c "$3"
}

if [ "$program" = --check ]; then
    dictionary "$server" | cmp -s - "$out.dictionary" && exit
    echo "deps/pack.sh: with the packed bytes the code has become another one" >&2
    exit 1
fi

bytes=0 packed=0 rest=0
: >"$out.packed"
if [ -n "$program" ]; then
    case $box in
    '' | -) ;;
    *) rest=$(($(wc -c <"$box.packed") + 8)) ;; # with the two numbers before it
    esac
    bytes=$(($(wc -c <"$program") - rest))
    head -c "$bytes" "$program" >"$out.program"
    dictionary "$server" >"$out.dictionary"
    # shellcheck disable=SC2086  # a list
    ${HOST_CC:-cc} -O1 -I"$folder/.." $PACKING "$folder/pack.c" "$folder/../box/places.c" -o "$out.tool" -llzma
    "$out.tool" "$out.program" "$out.dictionary" >"$out.packed"
    rm -f "$out.tool" "$out.program"
    packed=$(wc -c <"$out.packed")
fi
cat >"$out" <<END
    .section .box, "a", %progbits
    .globl box
    .balign 4
box: .long $bytes, $packed
    .incbin "$out.packed"
    .section .note.GNU-stack, "", %progbits
END
# Its length, and after it what box/loader.c looks for.
[ -z "$box" ] || cat >>"$out" <<END
    .section .box
    .long $rest
    .incbin "$program", $bytes
    .byte 1, 0
END
