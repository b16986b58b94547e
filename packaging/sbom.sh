#!/bin/sh
# What a release is made of, in CycloneDX 1.5's JSON, on standard output:
#
#   packaging/sbom.sh VERSION BUILD FOLDER CPU-PROFILE-CRYPTO...      (FOLDER has the release; packaging/dist.sh)
#
# Libraries are those of deps/pins, with what their sources' archives are checked against. No time and no serial number: both
# may be left out, and the same release has the same list.
set -eu
cd "$(dirname "$0")/.."
LC_ALL=C
export LC_ALL
# shellcheck disable=SC2034 # for lib.sh
deps=deps
# shellcheck source-path=SCRIPTDIR source=../deps/lib.sh disable=SC2154
. deps/lib.sh
version=$1 build=$2 folder=$3
shift 3
stem=nano_ssh_server-$version

# Name, licence, whose and what it is to those who list vulnerabilities (CPE)
libraries() {
    cat <<END
musl MIT musl-libc:musl
libsodium ISC libsodium:libsodium
openssl Apache-2.0 openssl:openssl
END
}
quoted() { printf '"%s"' "$(printf '%s' "$1" | sed 's/[\\"]/\\&/g')"; }
property() { printf '{ "name": "nano_ssh_server:%s", "value": %s }' "$1" "$(quoted "$2")"; }
licence() { printf '"licenses": [ { "license": { "id": "%s" } } ]' "$1"; }
# shellcheck disable=SC2154 # of source_of
hash() { printf '"hashes": [ { "alg": "SHA-256", "content": "%s" } ]' "$1"; }

# The compiler of CPU, as its prepared dependencies name it: "gcc 12.2.0 for TRIPLE"
compiler_of() {
    gcc=$(sed -n 's/^TARGET_CC := \([^ ]*\).*/\1/p' "$build/deps/$1.mk" "$build/deps/$1-openssl.mk" 2>/dev/null | head -n 1)
    echo "gcc $("$gcc" -dumpfullversion) for $("$gcc" -dumpmachine)"
}

# Each program of the release: file, what it is, of which libraries
program() { # CPU-PROFILE-CRYPTO
    cpu=${1%%-*} rest=${1#*-}
    name=$stem-$cpu
    case $rest in min-*) name=$name-min ;; esac
    case $rest in *-openssl) name=$name-openssl ;; esac
    cat <<END
    {
      "type": "application", "bom-ref": "$name", "name": "$name", "version": "$version",
      $(licence MIT),
      $(hash "$(sha256 "$folder/$name")"),
      "properties": [
        $(property cpu "$cpu"), $(property profile "${rest%-*}"),
        $(property compiler "$(compiler_of "$cpu")")
      ]
    },
END
}

library() { # NAME LICENCE CPE
    source_of "$1"
    cat <<END
    {
      "type": "library", "bom-ref": "$name@$version", "name": "$name", "version": "$version",
      $(licence "$2"),
      "cpe": "cpe:2.3:a:$3:$version:*:*:*:*:*:*:*",
      "purl": "pkg:generic/$name@$version?checksum=sha256:$sum",
      "externalReferences": [
        { "type": "distribution", "url": $(quoted "${url:-pkg:deb/debian/$package@$version}"), $(hash "$sum"),
          "comment": "the archive of its sources; Debian's .orig archive of the source package $package is the same file" }
      ]
    },
END
}

depends() { # CPU-PROFILE-CRYPTO
    name=$stem-${1%%-*}
    case $1 in *-min-*) name=$name-min ;; esac
    provider=$sodium
    case $1 in *-openssl) name=$name-openssl provider=$openssl ;; esac
    printf '    { "ref": "%s", "dependsOn": [ "%s", "%s", "libgcc" ] },\n' "$name" "$musl" "$provider"
}

cat <<END
{
  "\$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
  "bomFormat": "CycloneDX",
  "specVersion": "1.5",
  "version": 1,
  "metadata": {
    "component": {
      "type": "application", "bom-ref": "$stem", "name": "nano_ssh_server", "version": "$version",
      $(licence MIT),
      "purl": "pkg:generic/nano_ssh_server@$version"
    }
  },
  "components": [
END
for one; do
    program "$one"
done
libraries | while read -r name licence cpe; do
    (library "$name" "$licence" "$cpe")
done
cat <<END
    {
      "type": "library", "bom-ref": "libgcc", "name": "libgcc", "version": "$(gcc -dumpfullversion)",
      "description": "of the compiler: arithmetic that a CPU has no instructions for",
      "licenses": [ { "expression": "GPL-3.0-or-later WITH GCC-exception-3.1" } ]
    },
    {
      "type": "file", "bom-ref": "$stem.tar.gz", "name": "$stem.tar.gz", "version": "$version",
      "description": "the sources of all programs here; those of the libraries are named with them",
      $(licence MIT),
      $(hash "$(sha256 "$folder/$stem.tar.gz")")
    }
  ],
  "dependencies": [
END
# shellcheck disable=SC2154 # by source_of
{
    source_of musl && musl="musl@$version"
    source_of libsodium && sodium="libsodium@$version"
    source_of openssl && openssl="openssl@$version"
}
for one; do
    depends "$one"
done
echo '    { "ref": "'"$stem"'", "dependsOn": ['
for one; do
    depends "$one" | sed 's/.*"ref": \("[^"]*"\).*/      \1,/'
done | sed '$s/,$//'
printf '    ] }\n  ]\n}\n'
