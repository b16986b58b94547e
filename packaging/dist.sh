#!/bin/sh
# Puts a release into a folder, which is made anew: programs, sources, manual, licences, what all is made of, checksums.
#
#   packaging/dist.sh VERSION BUILD FOLDER CPU-PROFILE-CRYPTO...      (make dist)
#
# The same sources and compilers give the same bytes, whatever the machine, its user, time, language and folders: nothing
# here has a date, an owner or an order of its own.
set -eu
cd "$(dirname "$0")/.."
LC_ALL=C
export LC_ALL
umask 022
version=$1 build=$2 folder=$3
shift 3
stem=nano_ssh_server-$version

rm -rf "$folder.new"
mkdir "$folder.new"
for one; do
    name=$stem-${one%%-*}
    case $one in *-min-*) name=$name-min ;; esac
    case $one in *-openssl) name=$name-openssl ;; esac
    install -m 755 "$build/$one/nano_ssh_server" "$folder.new/$name"
done
install -m 644 LICENSE docs/nano_ssh_server.8 "$folder.new/"
sh packaging/source.sh "$stem" "$folder.new/$stem.tar.gz"
sh packaging/licences.sh >"$folder.new/LICENSE.libraries"
sh packaging/sbom.sh "$version" "$build" "$folder.new" "$@" >"$folder.new/$stem.cdx.json"
(cd "$folder.new" && sha256sum -- *) >"$folder.sums"
mv "$folder.sums" "$folder.new/SHA256SUMS"
chmod 644 "$folder.new/SHA256SUMS"

rm -rf "$folder"
mv "$folder.new" "$folder"
(cd "$folder" && wc -c -- *)
