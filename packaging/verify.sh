#!/bin/sh
# Proves of a built program what a guide asks its reader to check:
#
#   packaging/verify.sh [--cpu CPU] [--profile NAME] [--crypto NAME] [--version V] [--size BYTES] FILE
#
# What is asked for is what these options say; else what the name of a release says (nano_ssh_server-VERSION-CPU…); else the
# usual build for this machine. A line each: `ok`, `FAIL`, or `?` for what cannot be proven here, and why. 0 when nothing failed.
# Nothing is run before its file was found to be what it should. Needs readelf; for another CPU, to start it, qemu-user.
# shellcheck disable=SC2016,SC2317 # awk's own; what check() calls
set -u
LC_ALL=C
export LC_ALL
here=$(cd "$(dirname "$0")" && pwd)
tree=${here%/*}

fail_usage() {
    echo "usage: packaging/verify.sh [--cpu CPU] [--profile NAME] [--crypto NAME] [--version V] [--size BYTES] FILE" >&2
    exit 2
}

cpu='' profile='' crypto='' version='' most=''
while [ $# -gt 1 ]; do
    case $1 in
    --cpu) cpu=$2 ;;
    --profile) profile=$2 ;;
    --crypto) crypto=$2 ;;
    --version) version=$2 ;;
    --size) most=$2 ;;
    *) fail_usage ;;
    esac
    shift 2
done
case $#:${1:-} in
1: | 1:-* | 0:*) fail_usage ;;
esac
file=$1
case $file in
*/*) ;;
*) file=./$file ;;
esac
command -v readelf >/dev/null || { echo "packaging/verify.sh: readelf is missing (Debian: binutils)" >&2; exit 2; }

failed=0 checked=0 opened=0
good() { checked=$((checked + 1)) && echo "ok    $*"; }
bad() { checked=$((checked + 1)) failed=$((failed + 1)) && echo "FAIL  $*"; }
open() { opened=$((opened + 1)) && echo "?     $*"; }
# check WHAT TEST...: ok where the test succeeds
check() {
    what=$1
    shift
    if "$@"; then good "$what"; else bad "not so: $what"; fi
}
finish() {
    if [ $failed = 0 ]; then
        open=''
        [ $opened = 0 ] || open="; $opened could not be made here (?)"
        echo "$file: all of $checked checks passed$open"
        exit 0
    fi
    echo "$file: $failed of $checked checks FAILED"
    exit 1
}
# What makes all further questions pointless
give_up() {
    bad "$*"
    finish
}

# --- what is asked for ---------------------------------------------------------------------------------
name=${file##*/}
case $name in
nano_ssh_server-*-*)
    words=${name#nano_ssh_server-}
    version=${version:-${words%%-*}}
    words=${words#*-}
    cpu=${cpu:-${words%%-*}}
    case $words in *-min*) profile=${profile:-min} ;; esac
    case $words in *-openssl) crypto=${crypto:-openssl} ;; esac
    ;;
esac
cpu=${cpu:-$(uname -m)} profile=${profile:-full} crypto=${crypto:-sodium}
[ -n "$version" ] || [ ! -e "$tree/server/version.h" ] ||
    version=$(sed -n 's/^#define NANO_VERSION "\(.*\)"$/\1/p' "$tree/server/version.h")

# CPU, the number of ELF, 32 or 64 bit, little or big end first, emulator
row() {
    while read -r one rest; do
        [ "$one" != "$1" ] || echo "$rest"
    done <<END
x86_64   62 64 little x86_64
i386      3 32 little i386
aarch64 183 64 little aarch64
armv7    40 32 little arm
armv5    40 32 little arm
riscv64 243 64 little riscv64
mips      8 32 big    mips
mipsel    8 32 little mipsel
powerpc  20 32 big    ppc
s390x    22 64 big    s390x
END
}
columns=$(row "$cpu")
[ -n "$columns" ] || { echo "packaging/verify.sh: no such CPU: $cpu (those of deps/targets)" >&2; exit 2; }
# shellcheck disable=SC2086
set -- $columns
machine=$1 bits=$2 end_first=$3 emulator=$4

scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# --- the file ------------------------------------------------------------------------------------------
# Its kind, from the first bytes alone: sets class, order, type, number.
elf_header() {
    # shellcheck disable=SC2046
    set -- $(od -An -v -tu1 -N20 "$1" 2>/dev/null)
    [ "$#" = 20 ] && [ "$1 $2 $3 $4" = '127 69 76 70' ] || return 1
    class=$(($5 * 32)) order=little
    [ "$6" = 1 ] || order=big
    # shellcheck disable=SC2034
    if [ $order = little ]; then
        type=$((${17} + ${18} * 256)) number=$((${19} + ${20} * 256))
    else
        type=$((${17} * 256 + ${18})) number=$((${19} * 256 + ${20}))
    fi
}

cpu_named() { # NUMBER BITS ORDER
    for one in x86_64 i386 aarch64 armv7 riscv64 mips mipsel powerpc s390x; do
        case "$(row $one) " in
        "$1 $2 $3 "*) echo "$one" | sed 's/armv7/arm/' && return ;;
        esac
    done
    echo "ELF machine $1, $2 bits, $3-endian"
}

# The program headers of FILE, into $scratch/load (offset size-in-file size-in-memory rights, in decimal) and $scratch/segments
# (type rights). Fails where readelf has any complaint.
segments() {
    readelf -lW "$1" >"$scratch/headers" 2>"$scratch/complaints" || return 1
    readelf -dW "$1" >"$scratch/dynamic" 2>>"$scratch/complaints" || return 1
    [ ! -s "$scratch/complaints" ] || return 1
    awk '$2 ~ /^0x/ && NF >= 7 {
        rights = ""
        for (i = 7; i < NF; i++) rights = rights $i
        print $1, $2, $5, $6, rights
    }' "$scratch/headers" >"$scratch/segments"
    : >"$scratch/load"
    while read -r kind offset in_file in_memory rights; do
        [ "$kind" != LOAD ] || echo "$((offset)) $((in_file)) $((in_memory)) $rights" >>"$scratch/load"
    done <"$scratch/segments"
}
loads() { awk "$1" "$scratch/load"; }
has_segment() { grep -q "^$1 " "$scratch/segments"; }
lacks_segment() { ! has_segment "$1"; }
symbols_have() { readelf -sW "$1" 2>/dev/null | grep -q " $2"; } # FILE NAME
header_has() { readelf -hW "$1" 2>/dev/null | grep -q "$2"; } # FILE WORDS
dynamic() { grep -c "($1)" "$scratch/dynamic"; }

# Whether a whole program is packed in it (PACK=all): nearly all of it is neither code nor to be written.
is_packed() {
    ! has_segment INTERP && loads '$4 == "R" { box += $2 } $4 ~ /E/ { code += $2 } END { exit !(box > 16384 && box > 4 * code) }'
}
# How much of it is a box, if it has one
box_bytes() { loads '$4 == "R" { box += $2 } END { print box + 0 }'; }

# --- what its program headers say: check_segments FILE LABEL ----------------------------------------------
check_segments() {
    bytes=$(($(wc -c <"$1"))) end=$(loads '$1 + $2 > end { end = $1 + $2 } END { print end + 0 }')
    [ "$end" -gt 0 ] || { bad "$2no segment to load" && return; }
    if [ "$end" -gt "$bytes" ]; then
        bad "$2truncated: its segments end at $end, the file has $bytes bytes"
        return
    fi
    check "$2static: no interpreter (PT_INTERP)" lacks_segment INTERP
    check "$2no library to load (DT_NEEDED)" [ "$(dynamic NEEDED)" = 0 ]
    check "$2position-independent: the kernel chooses the address (static-PIE)" [ "$type" = 3 ]
    check "$2no executable stack (GNU_STACK is RW)" [ "$(awk '$1 == "GNU_STACK" { print $5 }' "$scratch/segments")" = RW ]
    check "$2no segment both writable and executable" [ -z "$(loads '$4 ~ /W/ && $4 ~ /E/')" ]
    check "$2no relocations in the code (DT_TEXTREL)" [ "$(dynamic TEXTREL)" = 0 ]
    if [ -z "$(loads '$4 ~ /W/ && $2 > 0')" ]; then
        good "$2nothing to relocate, and so nothing to protect afterwards (RELRO)"
    else
        check "$2read-only after relocation (GNU_RELRO)" has_segment GNU_RELRO
    fi
    check_names "$1" "$2"
}

# Neither a table of sections nor anything else where names could be
check_names() {
    if [ "$(readelf -hW "$1" 2>/dev/null | sed -n 's/.*Number of section headers: *\([0-9]*\).*/\1/p')" != 0 ]; then
        bad "$2not stripped: it has sections"
    elif [ "$bytes" != "$end" ]; then
        bad "$2$((bytes - end)) bytes behind the last segment"
    else
        names=$(sed -n 's/.*(STRSZ) *\([0-9]*\).*/\1/p' "$scratch/dynamic")
        check "$2no symbols, no sections, nothing behind the last segment" [ "${names:-0}" -le 1 ]
    fi
}

# --- what its code shows: check_code FILE LABEL -------------------------------------------------------------
# count REGULAR-EXPRESSION FILE: of bytes, written in hexadecimal
count() { od -An -v -tx1 "$2" | tr -d ' \n' | grep -oE "$1" | wc -l; }

# In a stripped file a guard of the stack can be seen where it has a place of its own in the instructions.
check_code() {
    case $cpu in
    x86_64) # mov %fs:0x28 and sub %fs:0x28; orq $0,(%rsp)
        guard='64(48|4c)8b[0-3][4c]2528000000' compare='64(48|4c)2b[0-3][4c]2528000000' probe='48830c2400' ;;
    i386) guard='65(a1|8b[0-3][5d])14000000' compare='652b[0-3][5d]14000000' probe='830c2400' ;;
    *) guard='' ;;
    esac
    if [ -n "$guard" ]; then
        guards=$(count "$guard" "$1") compares=$(count "$compare" "$1") probes=$(count "$probe" "$1")
        check "$2stack protector: $guards functions take the guard, $compares comparisons" \
            [ "$guards" -gt 9 -a "$compares" -gt 9 ]
        check "$2stack clash protection: $probes probes of large frames" [ "$probes" -gt 0 ]
        return
    fi
    # What it was stripped of may lie beside it.
    if [ -e "$1.full" ] && same_program "$1" "$1.full"; then
        check "$2stack protector (by the symbols of ${1##*/}.full, which is the same program)" \
            symbols_have "$1.full" __stack_chk_fail
    else
        open "${2}stack protector: a stripped file for $cpu does not show it (with ${1##*/}.full beside it, it can be seen)"
    fi
    open "${2}stack clash protection: a stripped file for $cpu does not show it"
}

# All but the header of ELF, which tells of sections in one of them
same_program() {
    cmp -s -i 64 -n $((end - 64)) "$1" "$2"
}

# --- what is inside ----------------------------------------------------------------------------------------
# The shell that it carries, which hands itself out
check_box() {
    if [ "$(box_bytes)" = 0 ]; then
        return
    elif [ "$runner" != native ]; then
        open "the program that it carries packed (nano_sh) is not seen: it unpacks itself on its own CPU only"
    elif timeout 20 "$file" nano-sh -c 'cat /proc/self/exe' >"$scratch/nano_sh" 2>/dev/null && elf_header "$scratch/nano_sh" &&
        segments "$scratch/nano_sh"; then
        check_segments "$scratch/nano_sh" 'its shell: '
    else
        bad "the program that it carries packed (nano_sh) does not come out"
    fi
}

# A server that listens (to a socket in a folder of ours) is the program that was packed.
check_inside() {
    if [ "$runner" = native ] && unpacked >"$scratch/program" && elf_header "$scratch/program" && segments "$scratch/program"; then
        good "inside: unpacked, $(($(wc -c <"$scratch/program"))) bytes"
        check_segments "$scratch/program" 'inside: '
        check_code "$scratch/program" 'inside: '
    else
        open "what is inside could not be looked into here: verify the same build without PACK=all"
    fi
}

unpacked() {
    "$file" --listen "unix:$scratch/socket" --host-key "$scratch/key" --ttl 20 >/dev/null 2>&1 &
    waiting=$! tries=0 found=1
    while [ ! -S "$scratch/socket" ] && [ $tries -lt 100 ] && kill -0 $waiting 2>/dev/null; do
        tries=$((tries + 1))
        sleep 0.1
    done
    [ ! -S "$scratch/socket" ] || ! cat "/proc/$waiting/exe" 2>/dev/null || found=0
    kill $waiting 2>/dev/null
    wait $waiting
    return $found
}

# --- that it starts ------------------------------------------------------------------------------------------
# Sets runner: native, an emulator, or nothing
find_runner() {
    case $(uname -m):$cpu in
    "$cpu:$cpu" | x86_64:i386 | i686:i386 | armv7l:armv7 | armv7l:armv5 | ppc:powerpc) runner=native ;;
    *) runner=$(command -v "qemu-$emulator-static" || command -v "qemu-$emulator" || :) ;;
    esac
}

check_start() {
    find_runner
    if [ -z "$runner" ]; then
        open "that it starts: this machine is no $cpu, and qemu-$emulator-static is not here"
        return
    fi
    how=''
    [ "$runner" = native ] || how=" by ${runner##*/}"
    [ -x "$file" ] || { bad "it is not executable" && return; }
    if [ "$runner" = native ]; then
        timeout 20 "$file" --version >"$scratch/version" 2>&1
    else
        timeout 20 "$runner" "$file" --version >"$scratch/version" 2>&1
    fi || { bad "it does not start$how: $(head -n 1 "$scratch/version")" && return; }
    read -r said <"$scratch/version" || :
    good "it starts$how: $said"
    case $crypto in
    openssl) by='OpenSSL *' ;;
    both) by='*libsodium*OpenSSL*' ;;
    *) by='libsodium *' ;;
    esac
    words="nano_ssh_server ${version:-*} ($profile, $by, $cpu)"
    # shellcheck disable=SC2254 # a pattern
    case $said in
    $words) good "it is what was asked for: ${version:+$version, }$profile, $crypto, $cpu" ;;
    *) bad "asked for was $words" ;;
    esac
}

# --- its size, its checksum --------------------------------------------------------------------------------------
budget() {
    [ -z "$most" ] || { echo "$most" && return; }
    list=$tree/tests/size/budgets want=$profile
    case $crypto in
    sodium) ;;
    *) want=$crypto && [ "$profile" = full ] || want=$profile-$crypto ;;
    esac
    if is_packed; then want=packall && [ "$profile-$crypto" = full-sodium ] || want=-; fi
    [ "$cpu" = x86_64 ] || list=$tree/tests/size/budgets-cpus want=$want-$cpu
    [ ! -e "$list" ] || awk -v name="$want" '$1 == name { print $2 }' "$list"
}

check_size() {
    bytes=$(($(wc -c <"$file"))) most=$(budget)
    if [ -n "$most" ]; then
        check "$bytes bytes, at most $most" [ "$bytes" -le "$most" ]
    else
        open "$bytes bytes; there is no budget for this build here"
    fi
}

check_sum() {
    sums=$(dirname "$file")/SHA256SUMS
    [ -e "$sums" ] || return
    wanted=$(awk -v name="$name" '{ sub(/^\*/, "", $2) } $2 == name { print $1 }' "$sums")
    if [ -z "$wanted" ]; then
        bad "SHA256SUMS beside it does not name it"
    else
        found=$(sha256sum <"$file")
        check "its SHA-256 is that of SHA256SUMS beside it" [ "${found%% *}" = "$wanted" ]
    fi
}

# --- all of it ------------------------------------------------------------------------------------------------
[ -e "$file" ] || give_up "no such file"
{ [ -f "$file" ] && [ -r "$file" ]; } || give_up "not a file that can be read"
if ! elf_header "$file"; then
    case $(head -c 2 "$file" | tr -d '\0') in
    '#!') give_up "not a program: a script" ;;
    *) give_up "not a program: no ELF file, or not all of it" ;;
    esac
fi
good "an ELF program, $class bits, $order-endian"
[ "$number $class $order" = "$machine $bits $end_first" ] ||
    give_up "for another CPU: $(cpu_named "$number" "$class" "$order") where $cpu was asked for"
segments "$file" || give_up "damaged: $(head -n 1 "$scratch/complaints" | sed 's/^readelf: //')"
case $cpu in
armv7 | armv5)
    float=soft-float
    [ "$cpu" != armv7 ] || float=hard-float
    check "for $cpu ($float ABI)" header_has "$file" "$float ABI"
    ;;
*) good "for $cpu" ;;
esac
# shellcheck disable=SC2209
packed=no
if is_packed; then
    packed=yes
    open "packed as a whole (PACK=all): what is seen first is the loader, which has no stack protector and takes no input"
fi
check_segments "$file" ''
[ $packed = yes ] || [ $failed != 0 ] || check_code "$file" ''
check_size
check_sum
# Nothing is started that is not what it should be.
[ $failed = 0 ] || finish
check_start
[ $failed = 0 ] || finish
if [ $packed = yes ]; then
    check_inside
else
    segments "$file" # (of its own again)
    check_box
fi
finish
