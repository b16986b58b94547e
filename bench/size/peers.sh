#!/bin/sh
# make size-peers: other SSH servers, for the same table as ours, in build/size/peers.tsv; and what each of
# them and of our builds can do, in build/size/matrix.tsv. TinySSH and Dropbear are built from Debian's sources
# with our C library, static, for size; OpenSSH is Debian's package for this release, dynamic.
#
# From make: ARCH CC NOPIE STRIP READELF LIBC, and OURS, a list of NAME=FILE of our own builds for the matrix
# (with + for a blank).
# MEASURE=no leaves out what has to run.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
deps=$top/deps here=$top/bench/size out=$top/build/size
# shellcheck source-path=SCRIPTDIR source=../../deps/lib.sh
. "$deps/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../../deps/apt.sh
. "$deps/apt.sh"
# shellcheck source-path=SCRIPTDIR source=../../deps/build.sh
. "$deps/build.sh"
: "${ARCH:?from make size-peers}" "${CC:?}" "${NOPIE?}" "${STRIP:?}" "${READELF:?}" "${LIBC:?}" "${OURS?}"
export READELF

sh "$deps/packages.sh" build test bench
mkdir -p "$out/peers"

# What was made: name, kind, file to run, files to look at, those before they were stripped, a note
made() {
    printf '%s|%s|%s|%s|%s|%s\n' "$@" >>"$tmp/made"
}

# --- from source ------------------------------------------------------------------------------------------
peer() { # NAME KIND FILE SOURCE[/THING] COMPILER NOTE
    build "$4" "$5" "$libc_key"
    case $2 in
    tinyssh) full=$prefix/bin/tinysshd ;;
    *) full=$prefix/bin/$2 ;;
    esac
    "$STRIP" -s -o "$out/peers/$3" "$full"
    made "${1%%,*} $version${1#"${1%%,*}"}" "$2" "$out/peers/$3" "$out/peers/$3" "$full" "$6"
}

from_source() {
    triple=$($CC -dumpmachine) flags='' fetch_too=''
    cross=${STRIP%strip}
    compiler=$triple-$($CC -dumpfullversion)
    # The build's name says which C library it has, for which there is a specs file.
    libc_key="$LIBC $(for word in $CC; do
        case $word in
        -specs=*) grep -o 'musl-[^/]*' "${word#*=}" | head -n 1 ;;
        esac
    done)"
    peer TinySSH tinyssh tinysshd tinyssh "$CC $NOPIE" "$LIBC static, -Os, at a fixed address"
    peer 'Dropbear, default' dropbear dropbear-hardened dropbear/hardened "$CC" \
        "$LIBC static-PIE, -Os, default options and hardening; starts OpenSSH's sftp-server"
    peer 'Dropbear, default, not hardened' dropbear dropbear-plain dropbear/plain "$CC $NOPIE" \
        "$LIBC static, -Os, default options, at a fixed address"
    peer 'Dropbear, stripped down' dropbear dropbear-least dropbear/least "$CC $NOPIE" \
        "$LIBC static, -Os, at a fixed address; ed25519, curve25519, chacha20-poly1305 only, no passwords"
}

# --- Debian's package ---------------------------------------------------------------------------------------
sshd_works() { "$1/sbin/sshd" -V 2>&1 | tee /dev/fd/2 | grep -q '^OpenSSH_[1-9][0-9]\.'; }

# The newest that this release's libraries can run: its backports', else what the machine has.
openssh() {
    release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
    if (unpack openssh-server "$release-backports" openssh-server sshd_works); then
        prefix=$cache/openssh-server-$release-backports-$(dpkg --print-architecture)
    else
        prefix=/usr
    fi
    files=$prefix/sbin/sshd programs=sshd
    for more in sshd-session sshd-auth; do
        [ -e "$prefix/lib/openssh/$more" ] || continue
        files="$files $prefix/lib/openssh/$more" programs="$programs, $more"
    done
    # shellcheck disable=SC2086  # a list
    ldd $files | sed -n 's,^[^/]*\(/[^ ]*\).*,\1,p' | grep -v ':$' | xargs -n 1 realpath | sort -u >"$tmp/libraries"
    version=$("$prefix/sbin/sshd" -V 2>&1 | sed -n 's/^OpenSSH_\([^ ,]*\).*/\1/p' | head -n 1)
    made "OpenSSH $version" sshd "$prefix/sbin/sshd" "$files" "$files" \
        "Debian's $programs, glibc, dynamic; their $(wc -l <"$tmp/libraries") libraries below"
    made "libraries of OpenSSH $version" - - "$(tr '\n' ' ' <"$tmp/libraries")" "$(tr '\n' ' ' <"$tmp/libraries")" \
        "$(xargs -n 1 basename <"$tmp/libraries" | tr '\n' ' ')"
}

# --- the tables -----------------------------------------------------------------------------------------------
figures() { # KIND FILE
    if [ "${MEASURE:-yes}" = no ] || [ "$1" = - ]; then
        printf -- '-\t-\t-\t-\n'
        return
    fi
    say "measuring $2 …"
    python3 -B "$here/measure.py" "$2" "$1"
}

tables() {
    printf 'name\tcommand\tfile\ttext\trodata\tdata\tbss\tpss\tstart\tlogin\tbulk\tnote\n' >"$tmp/peers.tsv"
    : >"$tmp/list"
    for one in $OURS; do
        printf '%s\tnano\t%s\t%s\n' "$(echo "${one%%=*}" | tr + ' ')" "${one#*=}" "${one#*=}.full" >>"$tmp/list"
    done
    while IFS='|' read -r name kind run files unstripped note; do
        # shellcheck disable=SC2086  # lists
        sections=$(sh "$here/sections.sh" $unstripped) bytes=$(cat $files | wc -c)
        costs=$(figures "$kind" "$run" </dev/null) || die "$name cannot be measured"
        printf '%s\tmake size-peers\t%s\t%s\t%s\t%s\n' "$name" "$bytes" "$sections" "$costs" "$note" >>"$tmp/peers.tsv"
        [ "$kind" = - ] || printf '%s\t%s\t%s\t%s\n' "$name" "$kind" "$run" "$unstripped" >>"$tmp/list"
    done <"$tmp/made"
    mv "$tmp/peers.tsv" "$out/peers.tsv"
    if [ "${MEASURE:-yes}" != no ]; then
        python3 -B "$here/matrix.py" <"$tmp/list" >"$tmp/matrix.tsv"
        mv "$tmp/matrix.tsv" "$out/matrix.tsv"
    fi
}

scratch
arch=$ARCH
build_start
from_source
openssh
exec 9>&- # the lock, which what is measured need not have
tables
column -t -s "$(printf '\t')" "$out/peers.tsv" 2>/dev/null || cat "$out/peers.tsv"
