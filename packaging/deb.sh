#!/bin/sh
# A Debian package of a program that is built, made out of tree:
#
#   packaging/deb.sh VERSION CPU PROGRAM BUILD      (make deb)
#
# It comes to BUILD/deb/nano-ssh-server_VERSION_ARCH.deb. In a copy of the sources that has packaging/debian as debian/,
# dpkg-buildpackage does the same without anything built.
set -eu
cd "$(dirname "$0")/.."
version=$1 cpu=$2 program=$3 build=$4
case $build in /*) ;; *) build=$PWD/$build ;; esac
case $program in /*) ;; *) program=$PWD/$program ;; esac
case $cpu in
x86_64) arch=amd64 ;;
aarch64) arch=arm64 ;;
armv7) arch=armhf ;;
armv5) arch=armel ;;
mips) echo "packaging/deb.sh: Debian has no package architecture for big-endian mips any more" >&2 && exit 1 ;;
*) arch=$cpu ;;
esac
[ "$version" = "$(sed -n '1s/.*(\(.*\)).*/\1/p' packaging/debian/changelog)" ] ||
    { echo "packaging/deb.sh: packaging/debian/changelog is not about $version" >&2 && exit 1; }

folder=$build/deb
tree=$folder/nano-ssh-server-$version
rm -rf "$tree"
mkdir -p "$tree"
tar -cf - --exclude=./build --exclude=./dist --exclude=./.git . | tar -xf - -C "$tree"
cp -R packaging/debian "$tree/debian"
# What decides how it is compiled is the Makefile; what dpkg would like to is for programs of Debian's own C library.
if ! (cd "$tree" && unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES && umask 022 &&
    NANO_PROGRAM=$program DEB_BUILD_OPTIONS=noautodbgsym dpkg-buildpackage -us -uc -b -d -a"$arch") >"$folder/log" 2>&1; then
    tail -n 20 "$folder/log" >&2
    echo "packaging/deb.sh: dpkg-buildpackage failed; all of it is in $folder/log" >&2
    exit 1
fi
rm -rf "$tree"
echo "$folder/nano-ssh-server_${version}_$arch.deb: $(wc -c <"$folder/nano-ssh-server_${version}_$arch.deb") bytes"
