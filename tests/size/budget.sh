#!/bin/sh
# Builds and what they may weigh (tests/size/budgets):
#
#   tests/size/budget.sh check NAME      fails where that build is past its budget, and says what grew; 77: it is not built
#   tests/size/budget.sh build           makes all of them, once `make` has made the first one
#   tests/size/budget.sh record [NAME…]  writes down what they are made of (tests/size/maps/)
#
# BUDGETS, MAPS: other files than those. MAKE: which make.
set -eu
cd "$(dirname "$0")/../.."
budgets=${BUDGETS:-tests/size/budgets} maps=${MAPS:-tests/size/maps}
# What would belong to the make that called.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES

say() { echo "tests/size/budget.sh: $*" >&2; }
die() { echo "tests/size/budget.sh: $*" >&2; exit 1; }

# Those of profiles that are here, as: name bytes what-make-is-told
rows() {
    sed -e '/^#/d' -e '/^$/d' "$budgets" | while read -r name bytes told; do
        profile=$(echo "$told" | sed -n 's/.*PROFILE=\([^ ]*\).*/\1/p')
        [ ! -e "profile/${profile:-full}.c" ] || echo "$name" "$bytes" "$told"
    done
}

# make for the row in $how
making() {
    # shellcheck disable=SC2086
    "${MAKE:-make}" --no-print-directory -s -j "$(getconf _NPROCESSORS_ONLN)" $how "$@"
}

# The folder of the row in $how, built with debug information: the program is the same.
debug_folder() {
    making DEBUG=-g B=build/map size-build >&2
    making B=build/map size-folder
}

# What is carried packed is a row of its own.
program_of() { # NAME FOLDER
    case $1 in
    shell*) echo "$2/nano_sh" ;;
    *) echo "$2/nano_ssh_server" ;;
    esac
}

check() { # NAME
    row=$(rows | awk -v name="$1" '$1 == name')
    if [ -z "$row" ]; then
        grep -q "^$1 " "$budgets" || die "no budget for $1"
        echo "$1: its profile is not here"
        exit 77
    fi
    # shellcheck disable=SC2086
    set -- $row
    name=$1 most=$2
    shift 2
    how=$*
    program=$(program_of "$name" "$(making size-folder)")
    [ -e "$program" ] || { echo "$program is not built"; exit 77; }
    bytes=$(wc -c <"$program")
    echo "$name: $bytes of $most bytes"
    [ "$bytes" -gt "$most" ] || return 0
    echo "$name is $((bytes - most)) bytes past its budget. Since it was recorded:"
    if [ -e "$maps/$name" ]; then
        sh bench/size/map.sh --diff "$maps/$name" "$(program_of "$name" "$(debug_folder)")" || :
    else
        echo "(it was not: make size-record)"
    fi
    exit 1
}

build_each() {
    while read -r name bytes told; do
        how=$told
        say "building $name, of at most $bytes bytes"
        making size-build </dev/null || exit 1
    done
}

# What takes longest is linking, on one core. Those with libcrypto share no object that is not there yet with the others.
build() {
    rows | grep 'CRYPTO=' | build_each &
    others=$! status=0
    rows | grep -v 'CRYPTO=' | build_each || status=1
    wait $others && return $status
}

record() {
    mkdir -p "$maps"
    rows | while read -r name bytes told; do
        case " $* " in
        '  ' | *" $name "*) ;;
        *) continue ;;
        esac
        how=$told
        folder=$(debug_folder </dev/null) || exit 1
        program=$(program_of "$name" "$folder")
        sh bench/size/map.sh --record "$program" >"$maps/$name.new" || exit 1
        mv "$maps/$name.new" "$maps/$name"
        echo "$name: $(wc -c <"$program") bytes of $bytes"
    done
}

case ${1:-}:$# in
check:2) check "$2" ;;
build:1) build ;;
record:*)
    shift
    record "$@"
    ;;
*) die "usage: check NAME | build | record [NAME...]" ;;
esac
