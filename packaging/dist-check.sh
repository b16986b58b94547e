#!/bin/sh
# Whether a release is the same bytes wherever it is made: `make dist` twice, each from nothing but the sources and their
# archives, as on two machines.
#
#   packaging/dist-check.sh CPU...      (make dist-check CPUS="armv7 s390x")
#
# They differ in the folder of the tree, that of the cache, home, umask, time zone, language, host name, how much is done at once, and
# as root also in the user. The compilers are the same ones.
set -eu
cd "$(dirname "$0")/.."
# shellcheck disable=SC2046 # a list
sh deps/packages.sh build $(printf ' target-%s' "$@" | sed "s/ target-$(uname -m)//")
folder=$(mktemp -d "${TMPDIR:-/tmp}/nano_dist.XXXXXX")
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
chmod 755 "$folder"
umask 022
# With all archives, so that nothing is fetched twice.
sources=''
for name in musl libsodium openssl; do
    sources="$sources $(sh deps/fetch.sh $name)"
done

# machine NAME TREE: a copy of the sources there, with a cache of its own
machine() {
    mkdir -p "$folder/$2" "$folder/cache-$1/nano_ssh_server/sources" "$folder/home-$1"
    tar -cf - --exclude=./build --exclude=./dist --exclude=./.git . | tar -xf - -C "$folder/$2"
    # shellcheck disable=SC2086 # a list
    cp $sources "$folder/cache-$1/nano_ssh_server/sources/"
}
# release NAME TREE VARIABLE=VALUE... -- COMMAND...: made there, by way of that command
release() {
    tree=$folder/$2 cache=$folder/cache-$1 home=$folder/home-$1
    shift 2
    (cd "$tree" && unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES && exec env XDG_CACHE_HOME="$cache" HOME="$home" "$@") ||
        { echo "packaging/dist-check.sh: make dist failed in $tree" >&2 && exit 1; }
}

machine one one
machine other a/longer/path_of-another.machine
release one one LC_ALL=C TZ=UTC0 sh -c 'umask 022 && make dist CPUS="$*"' make "$@"
as='' host=''
if [ "$(id -u)" = 0 ]; then
    chown -R nobody "$folder/a" "$folder/cache-other" "$folder/home-other"
    as='setpriv --reuid=nobody --regid=nogroup --clear-groups'
    ! unshare --uts true 2>/dev/null || host='unshare --uts --'
fi
# shellcheck disable=SC2016,SC2086 # for the other shell; a list of words
release other a/longer/path_of-another.machine LC_ALL=C.UTF-8 LANGUAGE=de TZ=Pacific/Chatham USER=somebody LOGNAME=somebody CFLAGS=-O0 \
    $host sh -c '[ -z "$1" ] || hostname another; shift; exec "$@"' sh "$host" \
    $as sh -c 'umask 077 && make -j1 dist CPUS="$*"' make "$@"
cmp "$folder/one/dist/SHA256SUMS" "$folder/a/longer/path_of-another.machine/dist/SHA256SUMS"
diff -r "$folder/one/dist" "$folder/a/longer/path_of-another.machine/dist"
(cd "$folder/one/dist" && stat -c '%a %n' -- * && sha256sum -c --quiet SHA256SUMS) >"$folder/modes"
(cd "$folder/a/longer/path_of-another.machine/dist" && stat -c '%a %n' -- *) | cmp - "$folder/modes"
echo "the same: $(wc -l <"$folder/one/dist/SHA256SUMS") files for $# CPUs, twice"
