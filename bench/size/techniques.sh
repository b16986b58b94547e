#!/bin/sh
# make size-techniques: what each technique saves, by undoing it (those that are kept) or doing it (those that are not), one at
# a time. The list is in `techniques` beside this. Without the shell, whose program follows the same flags: a build takes
# seconds then. Writes build/size/techniques.tsv: technique, kept, bytes that it saves, remark.
#
#   bench/size/techniques.sh [TECHNIQUE...]    only those whose names begin so
set -eu
cd "$(dirname "$0")/../.." || exit 1
out=build/size/techniques.tsv
work=build/size/techniques
make=${MAKE:-make}
rest='COMMANDS=none'
tab=$(printf '\t')
mkdir -p "$work"

# value VARIABLE: as make has it
value() {
    # shellcheck disable=SC2016  # for make
    "$make" -s --no-print-directory "$rest" --eval='value-%:;@echo $($*)' "value-$1"
}

# build NAME [VARIABLE=VALUE]: prints the bytes of it, or nothing where it cannot be made
build() {
    folder=$work/$1
    rm -rf "$folder"
    case ${2:-} in
    SIZE=* | OPT=* | LTO=* | HARDENED=* | LIBC_COMPACT=* | '')
        mkdir -p "$folder"
        ln -s ../../../deps "$folder/deps"
        ;;
    *) # only the link is another
        cp -al "$work/base" "$folder"
        rm -f "$folder"/log "$folder"/nano_ssh_server* "$folder"/*/nano_ssh_server*
        ;;
    esac
    shift
    "$make" -s --no-print-directory -j "$(getconf _NPROCESSORS_ONLN)" "$rest" B="$folder" "$@" "$folder/nano_ssh_server" \
        >"$folder/log" 2>&1 || return 0
    wc -c <"$folder/nano_ssh_server"
}

chosen() { # NAME PREFIX...
    name=$1
    shift
    [ $# -gt 0 ] || return 0
    for prefix; do
        case $name in "$prefix"*) return 0 ;; esac
    done
    return 1
}

base=$(build base)
[ -n "$base" ] || { cat "$work/base/log" >&2; exit 1; }
echo "base: $base bytes"
# Our own start (process/libc_guarded.c) knows one layout, one kind of relocation, and the system calls of libc_trim.c. What changes
# these is compared with musl's start, which knows all.
with_libc=$(build with_libc GUARDED=)
printf 'technique\tkept\tbytes\tremark\n' >"$out.new"
number=0
grep -v '^#' bench/size/techniques >"$work/list"
while IFS=$tab read -r name variable change kept remark; do
    chosen "$name" "$@" || continue
    number=$((number + 1))
    case $change in
    =*) new=${change#=} ;;
    *) new=$(value "$variable" | sed "$change") ;;
    esac
    case $variable in
    LINK | SOURCES) before=$with_libc start=GUARDED= ;;
    *) before=$base start=OWN= ;; # nothing that is asked for
    esac
    bytes=$(build $number "$variable=$new" "$start" </dev/null)
    rm -rf "${work:?}/$number/"[!l]*
    if [ -z "$bytes" ]; then
        echo "$name: does not build, see $work/$number/log" >&2
        continue
    elif [ "$kept" = yes ]; then
        saves=$((bytes - before))
    else
        saves=$((before - bytes))
    fi
    printf '%s\t%s\t%s\t%s\n' "$name" "$kept" "$saves" "$remark" | tee -a "$out.new"
done <"$work/list"
mv "$out.new" "$out"
