#!/bin/sh
# clang-tidy on FILE..., but for those whose text it has had no complaint about before (make lint):
#
#   tests/tidy.sh "COMPILER FLAGS" FILE...
#
# What that was is known by a hash of the preprocessed text with its comments (they say what to pass over), the
# checks, the flags and the version; what is remembered lies beside the built dependencies, for a month.
# ANALYSIS=short: the analyser follows a third of the paths, in a third of the time, which is nearly all there is.
set -u
flags=$1
shift
known=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/nano_ssh_server/tidy
mkdir -p "$known" 2>/dev/null && [ -w "$known" ] && command -v clang >/dev/null || known=
depth=
[ "${ANALYSIS:-}" != short ] || # a function's share; 225000 by itself
    depth='--extra-arg=-Xclang --extra-arg=-analyzer-config --extra-arg=-Xclang --extra-arg=max-nodes=75000'
rules="$(clang-tidy --version) $flags $depth $(cat .clang-tidy)"

# Nothing, where it cannot be known.
hash_of() {
    # shellcheck disable=SC2086  # flags is a list
    [ -z "$known" ] || ! text=$(clang -E -C $flags "$1" 2>/dev/null) ||
        printf '%s\n' "$rules" "$1" "$text" | sha256sum | cut -d ' ' -f 1
}

new='' hashes=''
for file; do
    hash=$(hash_of "$file")
    if [ -n "$hash" ] && [ -e "$known/$hash" ]; then
        touch "$known/$hash"
    else
        new="$new $file" hashes="$hashes $hash"
    fi
done
[ -n "$new" ] || exit 0
# shellcheck disable=SC2086
clang-tidy --quiet $depth $new -- $flags 2>&1 || exit
[ -n "$known" ] || exit 0
for hash in $hashes; do : >"$known/$hash"; done
find "$known" -type f -mtime +30 -delete
