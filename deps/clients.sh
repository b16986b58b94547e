#!/bin/sh
# Gets clients that are newer than this machine's, for tests/interop, into the cache:
#
#   deps/clients.sh build/clients [NAME...]
#
# Makes a link for each in the folder named, to where it is, or a file NAME.missing that says why it
# cannot be had. That is no failure: tests show the reason and skip.
#
#   openssh    OpenSSH 10, Debian's package for this release (backports): bin/ssh and the rest
#   paramiko   Debian's package of the next release
#   ssh-audit  likewise: bin/ssh-audit
#   dropbear   bin/dbclient, built here
#   putty      bin/plink, built here
#
# Debian's packages are unpacked instead of installed, which would replace the machine's own. A
# newer one is looked for when the folder in the cache is gone.
set -eu
deps=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$deps/lib.sh"
# shellcheck source-path=SCRIPTDIR source=apt.sh
. "$deps/apt.sh"
# shellcheck source-path=SCRIPTDIR source=build.sh
. "$deps/build.sh"

[ $# -gt 0 ] || die "usage: deps/clients.sh FOLDER [NAME...]"
out=$1
shift
[ $# -gt 0 ] || set -- openssh paramiko ssh-audit dropbear putty
mkdir -p "$out" || die "cannot make the folder $out"

is_openssh_10() { "$1" -V 2>&1 | tee /dev/fd/2 | grep -q '^OpenSSH_[1-9][0-9]\.'; }
openssh_works() { is_openssh_10 "$1/bin/ssh"; }
paramiko_works() { PYTHONPATH=$1/lib/python3/dist-packages /usr/bin/python3 -B -c 'import paramiko'; }
ssh_audit_works() { PYTHONPATH=$1/lib/python3/dist-packages /usr/bin/python3 -B "$1/bin/ssh-audit" --help; }

get() { # NAME
    case $1 in
    openssh)
        if have ssh && is_openssh_10 ssh 2>/dev/null; then
            die "this machine's own OpenSSH is as new"
        fi
        release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
        unpack openssh "$release-backports" openssh-client openssh_works
        ;;
    paramiko) unpack paramiko trixie python3-paramiko paramiko_works ;;
    ssh-audit) unpack ssh-audit trixie ssh-audit ssh_audit_works ;;
    *) build "$1" gcc '' ;;
    esac
}

scratch
arch=host triple='' cross='' flags='' fetch_too=''
build_start
compiler=$(gcc -dumpmachine)-$(gcc -dumpfullversion) || die "gcc does not work"

# In one go, since reading Debian's index is what takes time. Should one fail, the others may not.
absent=
for wanted; do
    row "$deps/pins" "$wanted" >/dev/null || continue
    source_of "$wanted"
    [ -e "$archive" ] || absent="$absent $wanted"
done
# shellcheck disable=SC2086  # a list
[ -z "$absent" ] || sh "$deps/fetch.sh" $absent >/dev/null 2>&1 || :

# Each in a subshell, because what is wrong with one leaves the others; and that in a pipeline, where
# `set -e` stays in force.
for wanted; do
    rm -f "$tmp/prefix" "$out/$wanted" "$out/$wanted.missing"
    (
        get "$wanted"
        echo "$prefix" >"$tmp/prefix"
    ) 2>&1 | tee "$tmp/last" >&2
    if [ -s "$tmp/prefix" ]; then
        ln -s "$(cat "$tmp/prefix")" "$out/$wanted"
    else
        sed -n '$s/^nano_ssh_server: //p' "$tmp/last" >"$out/$wanted.missing"
    fi
done
