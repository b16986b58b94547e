#!/bin/sh
# Bytes of an ELF file's sections by what they become in memory: text, rodata, data, bss, with tabs between;
# of several files their sums. Of the file before it lost its table of sections.
#
#   bench/size/sections.sh FILE...      READELF: the target's readelf
set -eu
for file; do "${READELF:-readelf}" -SW "$file"; done | sed -n 's/^ *\[ *[0-9]*\] //p' | awk '
    function hex(s,   i, n) {
        for (i = 1; i <= length(s); i++) n = n * 16 + index("123456789abcdef", substr(s, i, 1))
        return n
    }
    # name type address offset size entry flags …
    $7 !~ /A/ { next }
    $7 ~ /X/ { text += hex($5); next }
    $7 !~ /W/ { rodata += hex($5); next }
    $2 == "NOBITS" { if ($7 !~ /T/) bss += hex($5); next }
    { data += hex($5) }
    END { printf "%d\t%d\t%d\t%d\n", text, rodata, data, bss }'
