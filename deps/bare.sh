#!/bin/sh
# Takes the table of sections off a stripped program: `deps/bare.sh FILE`. It is for linkers and debuggers;
# what the kernel loads is in the program headers, which stay. (strip can do that from binutils 2.41 on.)
set -eu
file=$1
readelf=${READELF:-readelf}

die() { echo "deps/bare.sh: $*" >&2; exit 1; }

# Where the last segment ends in the file. The hexadecimal numbers are the shell's to add.
end=0
while read -r offset size; do
    [ $((offset + size)) -le "$end" ] || end=$((offset + size))
done <<END
$("$readelf" -lW "$file" | awk '$1 == "LOAD" { print $2, $5 }')
END
[ "$end" -gt 0 ] || die "no segment in $file"

# Of the ELF header: e_shoff, and e_shentsize, e_shnum and e_shstrndx, which lie at its end.
case $("$readelf" -hW "$file") in
*ELF64*) offset=40 width=8 rest=58 ;;
*ELF32*) offset=32 width=4 rest=46 ;;
*) die "$file is no ELF file" ;;
esac
zero() { # OFFSET BYTES
    dd if=/dev/zero of="$file" bs=1 seek="$1" count="$2" conv=notrunc 2>/dev/null
}
zero $offset $width
zero $rest 6
dd if=/dev/null of="$file" bs=1 seek="$end" 2>/dev/null
