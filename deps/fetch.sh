#!/bin/sh
# Downloads the pinned source archive of each NAME into the cache, checks its SHA-256 and prints its
# path, one a line.
#
#   deps/fetch.sh musl libsodium
#
# Tried in this order: the cache; upstream; Debian's archive, through apt and the machine's own
# mirror. Where the pinned version has left Debian's archive, a newer one is taken, since apt has
# checked Debian's signature on it; this is said.
set -eu
deps=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$deps/lib.sh"
# shellcheck source-path=SCRIPTDIR source=apt.sh
. "$deps/apt.sh"

[ $# -gt 0 ] || die "usage: deps/fetch.sh NAME... (a name in deps/pins)"
have sha256sum || die "sha256sum is missing: nothing downloaded can be trusted without it"

# Moves a downloaded file to its final name, if it is what was asked for.
keep() { # FILE SHA256 FINAL WHERE-FROM
    [ -s "$1" ] || { reason="$4: nothing came" && return 1; }
    got=$(sha256 "$1")
    if [ "$got" != "$2" ]; then
        reason="$4: wrong SHA-256"
        say "$name $version from $4 is not used: its SHA-256 is $got and not $2"
        return 1
    fi
    mkdir -p "${3%/*}" || die "cannot make the folder ${3%/*}"
    mv -f "$1" "$3" || die "cannot write to ${3%/*}"
}

from_cache() {
    [ -e "$archive" ] || return 1
    [ "$(sha256 "$archive")" = "$sum" ] && return 0
    say "$archive is damaged; getting it again"
    rm -f "$archive"
    return 1
}

# Short timeouts to connect and for a stalled transfer: where upstream cannot be reached, the next
# source can.
from_upstream() {
    [ -n "$url" ] || return 1
    if have curl; then
        curl -fsSL --connect-timeout 5 --speed-limit 1000 --speed-time 15 --max-time 600 \
            -o "$tmp/archive" "$url" 2>"$tmp/error"
    elif have wget; then
        wget -q -t 1 -T 10 -O "$tmp/archive" "$url" 2>"$tmp/error"
    else
        reason='upstream: neither curl nor wget is here'
        return 1
    fi || {
        reason="upstream: $(tail -n 1 "$tmp/error")"
        [ "$reason" != 'upstream: ' ] || reason='upstream: not reached'
        return 1
    }
    keep "$tmp/archive" "$sum" "$archive" upstream
}

# "version-in-Debian sha256 file" of every upstream archive of the package, newest last.
debian_versions() {
    private_apt apt-cache showsrc "$package" 2>/dev/null | awk '
        /^Version:/ { version = $2 }
        /^[^ ]/ { sums = $1 == "Checksums-Sha256:" }
        sums && $3 ~ /\.orig\.tar\.[a-z0-9]+$/ { print version, $1, $3 }' | sort -u | sort -V
}

debian_get() { # DEBIAN-VERSION FILE
    rm -rf "$tmp/got" && mkdir "$tmp/got"
    (
        cd "$tmp/got" &&
            private_apt apt-get source -qq --download-only --tar-only "$package=$1"
    ) >/dev/null 2>"$tmp/error" && mv "$tmp/got/$2" "$tmp/archive" && return 0
    reason="Debian: $(sed -n 's/^E: //p' "$tmp/error" | head -n 1)"
    return 1
}

from_debian() {
    have apt-get || { reason='Debian: apt is not here' && return 1; }
    apt_index deb-src "$suites" || return 1
    debian_versions >"$tmp/versions"
    if [ ! -s "$tmp/versions" ]; then
        reason="Debian: $(sed -n 's/^[EW]: //p' "$tmp/error" | sed -n '1s|[a-z]*://[^ ]* *||p')"
        [ "$reason" != 'Debian: ' ] || reason="Debian: no source package $package in $suites"
        return 1
    fi
    newest=
    while read -r version_there sum_there file; do
        if [ "$sum_there" = "$sum" ]; then
            debian_get "$version_there" "$file" && keep "$tmp/archive" "$sum" "$archive" Debian
            return
        fi
        newest="$version_there $sum_there $file"
    done <"$tmp/versions"
    from_debian_newer "$newest"
}

# The pin has left the archive. Never an older version: it would bring back what the pin left
# behind.
from_debian_newer() { # "DEBIAN-VERSION SHA256 FILE"
    # shellcheck disable=SC2086
    set -- $1
    newer=${3#*_}
    newer=${newer%.orig.tar.*}
    newest=$(printf '%s\n' "$newer" "$version" | sort -V | tail -n 1)
    if [ "$newer" = "$version" ] || [ "$newest" != "$newer" ]; then
        reason="Debian: has $newer, not the pinned one"
        return 1
    fi
    final=$sources/$name-$newer.tar.${3##*.}
    debian_get "$1" "$3" && keep "$tmp/archive" "$2" "$final" Debian || return 1
    printf '%s %s %s\n' "$newer" "$2" "${final##*/}" >"$tmp/instead"
    mv -f "$tmp/instead" "$instead"
    source_of "$name"
}

scratch
# Builds for two CPUs want the same archives: the second one finds them in the cache.
exec 8>"$cache/lock-sources"
! have flock || flock 8
for wanted; do
    source_of "$wanted"
    reasons=
    for from in from_cache from_upstream from_debian ''; do
        [ -n "$from" ] || die "cannot get $name $version ($reasons)"
        reason=
        if $from; then
            break
        fi
        reasons=$reasons${reasons:+${reason:+; }}$reason
    done
    printf '%s\n' "$archive"
done
