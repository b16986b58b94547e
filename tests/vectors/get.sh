#!/bin/sh
# Makes the test vectors of other parties ready in FOLDER: fetched as deps/ fetches sources, then
# converted. Where they cannot be had, says so and succeeds: the tests that want them skip, visibly.
#
#   tests/vectors/get.sh build/vectors
set -eu
folder=${1:?"usage: tests/vectors/get.sh FOLDER"}
cd "$(dirname "$0")/../.." || exit 1

archive=$(sh deps/fetch.sh wycheproof) || {
    echo "the tests with Wycheproof's vectors will be skipped" >&2
    exit 0
}
made_from=$({ cat tests/vectors/convert.py && echo "$archive"; } | sha256sum)
[ "$(cat "$folder/made-from" 2>/dev/null)" != "$made_from" ] || exit 0

new=$folder.$$
trap 'rm -rf "$new"' EXIT
mkdir -p "$new"
python3 tests/vectors/convert.py "$archive" "$new"
echo "$made_from" >"$new/made-from"
rm -rf "$folder"
mv "$new" "$folder"
