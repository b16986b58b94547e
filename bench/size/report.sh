#!/bin/sh
# make size-report: builds and measures every row of bench/size/rows, into build/size/rows.tsv; what could not be
# built, into build/size/left-out.tsv; what it was made with, into build/size/versions.tsv.
#
#   bench/size/report.sh [NAME...]      only these rows; the others stay as they were measured last
#
# A row is made again when the sources, its line or the measuring have changed (build/size/rows.d/), so that a run may
# be stopped and started again. ARCH: this machine's CPU. MEASURE=no: sizes alone, in a third of the time.
set -eu
cd "$(dirname "$0")/../.."
deps=$PWD/deps here=bench/size out=build/size
# shellcheck source-path=SCRIPTDIR source=../../deps/lib.sh
. "$deps/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../../deps/apt.sh
. "$deps/apt.sh"
arch=${ARCH:-$(uname -m)}
make=${MAKE:-make}
unset MAKEFLAGS MAKELEVEL MFLAGS # each build has its own variables
jobs=$(getconf _NPROCESSORS_ONLN)
mkdir -p "$out/rows.d" "$out/files"
scratch

# --- what there is ------------------------------------------------------------------------------------------

# Everything that a build or a measurement is made of; not what tests and describes it.
sources=$({
    find . \( -path ./build -o -name tests -o -name bench -o -name docs -o -name '.?*' \) -prune -o -type f ! -name '*.md' -print
    find $here -name 'measure*' -o -name sections.sh
} | sort | xargs sha256sum | sha256sum)

# Says why there can be no such build, if so.
impossible() { # VARIABLES
    for word in $1; do
        name=${word%%=*} value=${word#*=}
        grep -q "^$name *:=" Makefile || { echo "the Makefile has no $name" && return; }
        case $name in
        PROFILE) [ -e "profile/$value.c" ] || echo "there is no profile $value" ;;
        COMPILER) have "$value" || echo "there is no $value on this machine" ;;
        ARCH)
            # shellcheck disable=SC2046  # columns
            set -- $(row "$deps/targets" "$value")
            have "$1-gcc" || echo "there is no $1-gcc on this machine"
            ;;
        esac
    done | head -n 1
}

# UPX is in no Debian release but in the backports of this one. Sets reason when it cannot be had.
upx_get() {
    upx=$PWD/$out/tools/usr/bin/upx
    [ ! -x "$upx" ] || return 0
    if have upx; then
        upx=upx
        return 0
    fi
    suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)-backports
    reason='not to be had: apt is not here'
    have apt-get || return 1
    apt_index deb "$suite" || return 1
    (cd "$tmp" && private_apt apt-get download -qq "upx-ucl/$suite") >/dev/null 2>"$tmp/error" &&
        mkdir -p "$out/tools" && dpkg-deb -x "$tmp"/upx-ucl_*.deb "$out/tools" 2>"$tmp/error" && mv "$out/tools/usr/bin/upx-ucl" "$upx" &&
        return 0
    reason="not to be had: no upx-ucl in $suite"
    return 1
}

# --- one row ------------------------------------------------------------------------------------------------

# The numbers of $1, which runs as nano; `-` for each where it cannot be measured.
measure() { # WORDS
    numbers='-	-	-	-'
    if [ "${MEASURE:-yes}" = yes ] && [ -e $here/measure.py ]; then
        numbers=$(python3 $here/measure.py "$1" nano 2>"$tmp/error") || {
            numbers='-	-	-	-'
            note="$note${note:+; }not measured: $(tail -n 1 "$tmp/error" | tr '\t' ' ')"
        }
    fi
}

bytes() { wc -c <"$1" | tr -d ' '; }

# Sets file, sections and runs (what to start, if that is possible here).
then_do() { # WHAT BINARY FULL SLUG
    file=$(bytes "$2") runs=$2
    case $1 in
    '') sections=$(sh $here/sections.sh "$3") ;;
    upx)
        upx_get || return 1
        sections='-	-	-	-' runs=$out/files/$4.upx
        rm -f "$runs"
        "$upx" --best --lzma -qqq -o "$runs" "$2" >/dev/null 2>"$tmp/error" ||
            { reason="UPX: $(grep -v '^$' "$tmp/error" | tail -n 1 | sed 's/.*: //')" && return 1; }
        file=$(bytes "$runs")
        ;;
    xz)
        sections='-	-	-	-' runs=''
        file=$(xz -9e --format=xz -c "$2" | wc -c)
        ;;
    image)
        sections='-	-	-	-' runs=''
        have buildah || { reason='buildah is not here' && return 1; }
        sh packaging/image.sh "$2" "$arch" "$tmp/image.tar" >"$tmp/error" 2>&1 || { reason=$(tail -n 1 "$tmp/error") && return 1; }
        file=$(bytes "$tmp/image.tar") note='an archive with one layer, compressed'
        ;;
    esac
}

command_of() { # VARIABLES WHAT
    printf 'make%s' "${1:+ $1}"
    case $2 in
    upx) printf ' && upx --best --lzma build/nano_ssh_server' ;;
    xz) printf ' && xz -9e build/nano_ssh_server' ;;
    image) printf ' image' ;;
    esac
}

# Into rows.d/SLUG: the stamp, then the row; or, for one that cannot be, a line `- NAME REASON`.
row_make() { # NAME VARIABLES WHAT SLUG
    note='' reason=''
    # shellcheck disable=SC2086  # a list
    if ! $make -s -j "$jobs" $2 >"$tmp/log" 2>&1; then
        cp "$tmp/log" "$out/rows.d/$4.log"
        reason="does not build (build/size/rows.d/$4.log)"
        return 1
    fi
    folder=build/$(sed -n 's|^build/nano_ssh_server: .* (\(.*\))$|\1|p' "$tmp/log" | tail -n 1)
    cp build/nano_ssh_server "$out/files/$4"
    full=$folder/nano_ssh_server.full
    [ -e "$full" ] || full=$folder/nano_ssh_server
    then_do "$3" "$out/files/$4" "$full" "$4" || return 1
    case " $2 " in
    *' ARCH='*) runs='' note='not measured' ;;
    *' LINKAGE=dynamic'*)
        needed=$(readelf -lW "$full" | sed -n 's/.*interpreter: \(.*\)]/\1/p')
        case $needed in
        *musl*)
            loader=$(sed -n 's/^TARGET_LOADER_HERE := \(.\)/\1/p' "build/deps/$arch"*-dynamic*.mk | head -n 1)
            note="and libc.so of $(bytes "$loader") bytes"
            runs="$loader $runs" # the machine may have another
            ;;
        *) note='and the libc.so.6 of the machine' ;;
        esac
        ;;
    esac
    numbers='-	-	-	-'
    [ -z "$runs" ] || measure "$runs"
    printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$(command_of "$2" "$3")" "$file" "$sections" "$numbers" "${note:--}" >"$tmp/row"
}

row_do() { # GROUP NAME VARIABLES WHAT
    slug=$(printf %s "$2" | tr -c 'A-Za-z0-9-' _)
    kept=$out/rows.d/$slug
    stamp=$(echo "$sources $* ${MEASURE:-yes}" | sha256sum)
    if [ "$(sed -n 1p "$kept" 2>/dev/null)" != "$stamp" ]; then
        say "$2 …"
        reason=$(impossible "$3")
        if [ -z "$reason" ] && row_make "$2" "$3" "$4" "$slug"; then
            { echo "$stamp" && cat "$tmp/row"; } >"$kept"
        else # what is missing may come; tried again next time
            { echo - && printf -- '-\t%s\t%s\n' "$2" "$reason"; } >"$kept"
            say "$2: left out, $reason"
        fi
    fi
    sed -n 2p "$kept" >>"$tmp/rows"
}

# --- all ----------------------------------------------------------------------------------------------------

# The rows, `group|name|variables|what` without blanks around.
rows() {
    sed -e '/^ *#/d' -e '/^ *$/d' -e 's/ *| */|/g' -e 's/ *$//' $here/rows | while IFS='|' read -r group name variables what; do
        case $name in
        @cpus*)
            sed -n 's/^\([a-z][a-z0-9_]*\)[[:blank:]].*/\1/p' "$deps/targets" | while read -r cpu; do
                [ "$cpu" = "$arch" ] || echo "$group|full, $cpu${name#@cpus}|ARCH=$cpu${variables#ARCH=@}|"
            done
            ;;
        *) echo "$group|$name|$variables|$what" ;;
        esac
    done
}

versions() {
    printf 'what\tversion\n'
    printf 'gcc\t%s\n' "$("${CC:-gcc}" -dumpfullversion)"
    ! have clang || printf 'clang\t%s\n' "$(clang -dumpversion)"
    printf 'GNU ld\t%s\n' "$(ld --version | sed -n '1s/.* //p')"
    for name in musl libsodium openssl toybox; do
        source_of "$name"
        printf '%s\t%s\n' "$name" "$version"
    done
    if have getconf; then getconf GNU_LIBC_VERSION 2>/dev/null | tr ' ' '\t'; fi
    [ ! -x $out/tools/usr/bin/upx ] || $out/tools/usr/bin/upx --version | sed -n '1s/ /	/p'
    printf 'CPU\t%s\n' "$arch"
}
noise() {
    awk -v cpus="$jobs" '{ if ($1 > cpus * 0.75) print "noise\tother programs were running" }' /proc/loadavg 2>/dev/null || :
}

sh "$deps/packages.sh" build
noise >"$tmp/noise"
: >"$tmp/rows"
rows >"$tmp/list"
while IFS='|' read -r group name variables what; do
    if [ $# -gt 0 ]; then
        chosen=no
        for one; do [ "$one" != "$name" ] || chosen=yes; done
        [ $chosen = yes ] || {
            sed -n 2p "$out/rows.d/$(printf %s "$name" | tr -c 'A-Za-z0-9-' _)" >>"$tmp/rows" 2>/dev/null || :
            continue
        }
    fi
    row_do "$group" "$name" "$variables" "$what" </dev/null
done <"$tmp/list"
{
    printf 'name\tcommand\tfile\ttext\trodata\tdata\tbss\tpss\tstart\tlogin\tbulk\tnote\n'
    grep -v '^-	' "$tmp/rows" || :
} >"$tmp/tsv"
{
    printf 'name\twhy\n'
    sed -n 's/^-	//p' "$tmp/rows"
} >"$tmp/left-out"
{
    printf 'group\tname\n'
    while IFS='|' read -r group name rest; do printf '%s\t%s\n' "$group" "$name"; done <"$tmp/list"
} >"$tmp/groups"
mv "$tmp/tsv" $out/rows.tsv
mv "$tmp/left-out" $out/left-out.tsv
mv "$tmp/groups" $out/groups.tsv
{ versions && cat "$tmp/noise"; } >"$tmp/versions" # of UPX, too, which a row may have brought
mv "$tmp/versions" $out/versions.tsv
$make -s >/dev/null # build/nano_ssh_server is the usual one again
say "$(($(wc -l <$out/rows.tsv) - 1)) rows in $out/rows.tsv, $(($(wc -l <$out/left-out.tsv) - 1)) left out"
