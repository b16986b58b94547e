#!/bin/sh
# Where the bytes of a build are (make size-map), and what grew.
#
#   bench/size/map.sh FOLDER PLAIN OUT        the map of a build with debug information (make DEBUG=-g), which has to be
#                                             the same bytes as that in the folder PLAIN; tables for charts go to OUT.
#                                             SYMBOLS=40 lists as many of the largest symbols
#   bench/size/map.sh --record PROGRAM        its symbols: bytes, room, name (make size-record)
#   bench/size/map.sh --diff OLD NEW          what is larger, smaller, new, gone; the largest change first
#
# A PROGRAM, OLD and NEW are what --record printed, or a folder's build (build/x86_64-full-sodium), or the shell it
# carries (build/x86_64-full-sodium/nano_sh); they need the .full and .map that make leaves beside them.
# ADDR2LINE: the target's.
set -eu
here=$(dirname "$0")
die() { echo "bench/size/map.sh: $*" >&2; exit 1; }
map() { python3 -B "$here/map.py" "$@"; }

case ${1:-}:$# in
--record:2 | --diff:3) map "$@" ;;
-*) die "usage: FOLDER PLAIN OUT | --record PROGRAM | --diff OLD NEW" ;;
*:3)
    for name in nano_ssh_server nano_sh; do
        [ ! -e "$2/$name" ] || cmp "$1/$name" "$2/$name" || die "with debug information $name became another program"
    done
    map "$1" "$3"
    ;;
*) die "usage: FOLDER PLAIN OUT | --record PROGRAM | --diff OLD NEW" ;;
esac
