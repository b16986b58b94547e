#!/bin/sh
# make size-features: what each feature, algorithm and command costs in the file of the full profile. It is linked once with
# all, then with each left out in turn (make WITHOUT=…: only the profile is compiled again); the difference is the cost.
# What two features share goes with neither of them, so the costs do not add up to the file.
#
# Prints a table, the largest first, and writes build/size/features.tsv: feature, group, bytes.
# NAMES: only these. JOBS: how many at once (default: CPUs).
set -eu
cd "$(dirname "$0")/../.." || exit 1
out=build/size
mkdir -p $out
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

group() { # NAME
    case $1 in
    applet:*) echo commands ;;
    kex_*) echo 'key exchange' ;;
    cipher_*) echo ciphers ;;
    host_key_*) echo 'host keys' ;;
    user_key_*) echo 'user keys' ;;
    passwords | certificates | key_options | banner | force_command) echo login ;;
    forwarding | local_* | names | remote_* | agent) echo forwarding ;;
    shell | files | sftp | scp | pty | env) echo sessions ;;
    *) echo server ;;
    esac
}

# A command is only in the packed program, and its file is as much larger as that is.
target() { # NAME
    case $1 in
    applet:*) echo box/bytes.S ;;
    *) echo nano_ssh_server ;;
    esac
}

# bytes FOLDER NAME
bytes() {
    case $2 in
    applet:*) wc -c <"$1/box/bytes.S.packed" ;;
    *) wc -c <"$1/nano_ssh_server" ;;
    esac
}

if [ "${1:-}" = --one ]; then
    name=$2 base=$3 full=$4
    room=$base-without-$(echo "$name" | tr : .)
    [ "$name" != shell ] || room=$base-none-without-shell
    if ! ${MAKE:-make} --no-print-directory -s WITHOUT="$name" "$room/$(target "$name")" >"$room.log" 2>&1; then
        # A table would be empty: there is no server without that.
        grep -q 'would be empty' "$room.log" || cat "$room.log" >&2
        rm -rf "$room" "$room.log"
        exit 0
    fi
    case $name in
    applet:*) full=$(bytes "$base" "$name") ;;
    esac
    printf '%s\t%s\t%d\n' "$name" "$(group "$name")" $((full - $(bytes "$room" "$name")))
    rm -rf "$room" "$room.log"
    exit
fi

base=${VARIANT:?run by make size-features}
full=$(wc -c <"$base/nano_ssh_server")
# shellcheck disable=SC2086  # words
printf '%s\n' ${NAMES:?} | xargs -P "${JOBS:-$(getconf _NPROCESSORS_ONLN)}" -I{} sh bench/size/features.sh --one {} "$base" "$full" >"$work/rows"
{
    printf 'feature\tgroup\tbytes\n'
    sort -t "$(printf '\t')" -k3,3nr -k1,1 "$work/rows"
} >$out/features.tsv
echo "$base: $full bytes; of them"
awk -F '\t' 'NR > 1 { printf "%9d  %-28s %s\n", $3, $1, $2 }' $out/features.tsv
