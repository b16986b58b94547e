# shellcheck shell=sh
# Building a pinned source by its recipe, into the cache. Sourced after lib.sh, whose `scratch` comes
# first; who sources it sets arch, triple, cross, flags and compiler, as prepare.sh does, and may
# set fetch_too, the names of sources to get in the same go.
# shellcheck disable=SC2034,SC2154  # what they set, and what is set for them
#
# A recipe (deps/NAME.sh) runs in the unpacked source with an empty environment but for PATH,
# LC_ALL, ARCH, TRIPLE, CROSS (the tools' prefix), CC and JOBS, and puts its result into the folder
# $1. It need not clean up or be careful: it works in a folder that is thrown away, and its result
# gets its final name only when all went well.

# One at a time for each CPU in a cache: half of a build is configure, which leaves a core idle. The lock goes with the
# process that holds it, so none is ever left behind.
build_start() {
    exec 9>"$cache/lock-$arch"
    if ! flock -n 9; then
        say "waiting for another build for $arch in $cache"
        flock 9
    fi
    # What killed runs left. Not what others may be using now, hence the age; and what they take away meanwhile is no fault.
    find "$cache" -maxdepth 1 -name 'tmp.*' -mmin +600 -exec rm -rf {} + 2>/dev/null || :
    jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || nproc 2>/dev/null || echo 2)
    built=no
}

# The name of a finished build says all that went into it: a change of source, recipe, flags or
# compiler is another name. Sets prefix and the columns of the source (source_of). Where a recipe makes more
# than one thing of a source, NAME/THING says which, and the recipe gets THING as its second argument; NAME-shared is
# another recipe for the same source.
build() { # NAME[/THING] CC WHAT-ELSE-MATTERS
    thing=${1%%/*}
    source_of "${thing%-shared}"
    recipe=$deps/$thing.sh thing=
    case $1 in
    */*) thing=${1#*/} ;;
    esac
    key=$({ cat "$recipe" && echo "$sum $compiler $flags $3${thing:+ $thing}"; } | sha256sum)
    prefix=$cache/$name-$version-$arch-$(printf %.12s "$key")
    [ ! -d "$prefix" ] || return 0
    log=$prefix.log

    before=$archive
    # shellcheck disable=SC2086  # fetch_too is a list
    sh "$deps/fetch.sh" "$name" $fetch_too >/dev/null || exit 1
    told="$told $name" # if need be, by fetch.sh
    source_of "$name"
    if [ "$archive" != "$before" ]; then # another version had to be taken: another name
        build "$@"
        return
    fi
    say "building $name $version for $arch …"
    mkdir "$tmp/$name"
    case $archive in # not every tar knows what to do by itself
    *.bz2) unpacker=bzip2 ;;
    *.gz) unpacker=gzip ;;
    *.xz) unpacker=xz ;;
    *) die "cannot unpack $archive: no known ending" ;;
    esac
    $unpacker -dc "$archive" 2>"$log" | tar -xof - -C "$tmp/$name" 2>>"$log" ||
        die "cannot unpack $archive; see $log"
    (
        cd "$tmp/$name"/*/ &&
            env -i PATH="$PATH" LC_ALL=C ARCH="$arch" TRIPLE="$triple" CROSS="$cross" \
                CC="$2" JOBS="$jobs" sh "$recipe" "$tmp/$name/result" ${thing:+"$thing"}
    ) >>"$log" 2>&1 </dev/null || die "building $name $version for $arch failed; see $log"
    mv "$tmp/$name/result" "$prefix"
    rm -rf "${tmp:?}/$name"
    built=yes
}
