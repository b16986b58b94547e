#!/bin/sh
# The sources as an archive whose bytes depend on nothing but them:
#
#   packaging/source.sh NAME FILE.tar.gz      (NAME: the folder in it)
#
# What git knows; without git, all that is here but what was built.
set -eu
cd "$(dirname "$0")/.."
LC_ALL=C
export LC_ALL
name=$1 archive=$2
folder=$(mktemp -d)
list=$folder/list
trap 'rm -rf "$folder"' EXIT
if [ -e .git ]; then # where git cannot say what belongs to it, nothing is guessed
    git ls-files >"$folder/known"
else
    find . -path ./build -prune -o -path ./dist -prune -o -path ./dist.new -prune -o -type f -print | sed 's,^\./,,' >"$folder/known"
fi
# (What was removed but is not committed yet is not here.)
sort "$folder/known" | while read -r file; do [ ! -f "$file" ] || echo "$file"; done >"$list"
# Modes are what git keeps of them: executable or not.
tar --create --format=ustar --no-recursion --transform="s,^,$name/," --owner=0 --group=0 --numeric-owner --mtime=@0 \
    --mode='u=rwX,go=rX' --files-from="$list" >"$list.tar"
gzip -9n <"$list.tar" >"$archive"
