# shellcheck shell=sh
# Shared by the scripts in deps/: messages, the cache, the tables, the checksum. Sourced, never run.
# Before sourcing, a script sets `deps` to the folder this file is in.

say() { printf 'nano_ssh_server: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

: "${deps:?}"

# Everything downloaded or built is kept here. A folder that several checkouts share saves the
# minute of building.
if [ -n "${XDG_CACHE_HOME:-}" ]; then
    cache=$XDG_CACHE_HOME/nano_ssh_server
else
    cache=${deps%/*}/build/deps
fi
case $cache in
/*) ;;
*) cache=$PWD/$cache ;;
esac
case $cache in
*[[:space:]]*) die "make and gcc cannot work in a path with blanks: '$cache'" ;;
esac

# A row of a table (deps/pins, deps/targets) by its first column; the caller splits it with `set
# --`.
row() {
    while read -r name rest; do
        if [ "$name" = "$2" ]; then
            printf '%s\n' "$rest"
            return 0
        fi
    done <"$1"
    return 1
}

sha256() {
    sum=$(sha256sum -- "$1") || return 1
    printf '%s\n' "${sum%% *}"
}

# A private folder in the cache that is gone when the script is, however it ends. Work happens in it
# and its result is renamed out of it: whatever stands under a final name is complete.
scratch() {
    mkdir -p "$cache" 2>/dev/null || die "cannot make the folder $cache"
    tmp=$(mktemp -d "$cache/tmp.XXXXXX") || die "cannot write to $cache"
    trap 'rm -rf "$tmp"' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

sources=$cache/sources
told=''

# Sets name, version, sum, url, package, suites; archive, the file it has in the cache; and instead,
# a file there that names a newer version which fetch.sh had to take because the pinned one was not
# to be had any more. It is tied to the pin's hash, so a new pin forgets it.
# shellcheck disable=SC2034  # for those who source this
source_of() {
    columns=$(row "$deps/pins" "$1") || die "deps/pins has no '$1'"
    name=$1
    # shellcheck disable=SC2086
    set -- $columns
    [ $# = 5 ] || die "deps/pins: the line of $name needs six columns"
    version=$1 sum=$2 url=$3 package=$4 suites=$5
    ending=${url##*[.-]}
    case $url in
    -*) url='' ;;
    esac
    archive=$sources/$name-$version.tar.${ending:-gz}
    instead=$sources/$name-$version-$(printf %.12s "$sum").instead
    if [ -e "$instead" ]; then
        pinned=$version
        read -r version sum archive <"$instead"
        archive=$sources/$archive url=
        case " $told " in
        *" $name "*) return ;;
        esac
        told="$told $name"
        say "using $name $version, signed by Debian (SHA-256 $sum);" \
            "the pinned $pinned is not to be had any more"
    fi
}
