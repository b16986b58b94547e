#!/bin/sh
# Makes ready what a build for ARCH needs beside our own sources, and writes it down for make in
# OUT.mk.
#
#   deps/prepare.sh x86_64 build/deps/x86_64.mk   a CPU of deps/targets: static musl and libsodium
#   deps/prepare.sh host   build/deps/host.mk     libsodium on this machine's C library, for tests
#   deps/prepare.sh ARCH   OUT.mk openssl         OpenSSL's libcrypto, too
#
# Missing packages are installed, sources fetched and built; what is there already is used. OUT.mk
# defines for a CPU TARGET_CC, TARGET_NOPIE, TARGET_AR, TARGET_STRIP, TARGET_NM, TARGET_READELF,
# TARGET_OBJCOPY, TARGET_SIZE, TARGET_LIBC, LIBC_COMPACT (a folder of sources that take the place of
# objects of the C library, or nothing), SODIUM_CFLAGS, SODIUM_LIBS (of SODIUM_COMPACT, the objects that
# take the place of the library's own, and SODIUM_ARCHIVE, the library) and SODIUM_VERSION; for the
# host HOST_SODIUM_CFLAGS, HOST_SODIUM_LIBS and HOST_SODIUM_VERSION; with `openssl` the same three for
# OPENSSL. Beside OUT.mk lies a gcc specs file that it refers to.
set -eu
deps=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$deps/lib.sh"
# shellcheck source-path=SCRIPTDIR source=build.sh
. "$deps/build.sh"

arch=${1:-} out=${2:-} too=${3:-}
case $#$too in
2 | 3openssl) ;;
*) die "usage: deps/prepare.sh ARCH OUT.mk [openssl] (an ARCH of deps/targets, or host)" ;;
esac
case $out in
*.mk) ;;
*) die "deps/prepare.sh: '$out' must end in .mk" ;;
esac
mkdir -p "$(dirname "$out")" || die "cannot make the folder of $out"
out=$(cd "$(dirname "$out")" && pwd)/${out##*/}
specs=${out%.mk}.specs

# ---- the compiler --------------------------------------------------------------------------------

machine=$(uname -m)
triple='' cross='' flags=''
sh "$deps/packages.sh" build ${too:+"build-$too"}
if [ "$arch" != host ]; then
    columns=$(row "$deps/targets" "$arch") || die "deps/targets has no CPU '$arch'"
    # shellcheck disable=SC2086
    set -- $columns
    [ $# = 2 ] || die "deps/targets: the line of $arch needs three columns"
    triple=$1
    [ "$2" = - ] || flags=$(echo "$2" | tr , ' ')
    [ "$machine" = "$arch" ] || sh "$deps/packages.sh" "target-$arch"
    if have "$triple-gcc"; then
        cross=$triple-
    elif [ "$machine" != "$arch" ]; then
        die "no compiler for $arch: $triple-gcc is not here"
    fi
fi
gcc=${cross}gcc
compiler=$("$gcc" -dumpmachine)-$("$gcc" -dumpfullversion) || die "$gcc does not work"

# A compiler whose own C library is musl (Alpine) makes what we want by itself. Others get our musl,
# through a specs file.
libc=ours
case $arch-$compiler in
host-*) libc=host ;;
*-musl*) libc=system triple='' ;;
esac

# ---- building ------------------------------------------------------------------------------------

# musl is the only C library a target program may see. Start files of gcc (crtbegin.o and the like)
# serve C++ and old ways to run constructors, which a C program with musl does not have; left out
# they save half a kilobyte.
write_specs() { # MUSL-FOLDER
    cat <<EOF
%rename cc1 gcc_cc1

*cc1:
-nostdinc -isystem $1/include -isystem include%s -idirafter $1/kernel %(gcc_cc1)

*link_libgcc:
-L$1/lib

*libgcc:
libgcc.a%s

*lib:
-lc

*startfile:
%{no-pie:$1/lib/crt1.o;:$1/lib/rcrt1.o} $1/lib/crti.o

*endfile:
$1/lib/crtn.o

*link:
-nostdlib -z noexecstack -z relro -z now %{r:;no-pie:-static;:-static -pie --no-dynamic-linker -z text}

EOF
}

# The trap that this is for: a toolchain that quietly makes a dynamic program, or one that asks for
# an interpreter.
check_target() {
    printf 'int main(void) { return 0; }\n' >"$tmp/try.c"
    $cc -o "$tmp/try" "$tmp/try.c" 2>"$tmp/error" ||
        die "$gcc cannot link a static program: $(head -n 1 "$tmp/error")"
    if "${cross}readelf" -lWd "$tmp/try" | grep -E 'INTERP|NEEDED' >/dev/null; then
        die "$gcc links a dynamic program where a static one was asked for"
    fi
    case $("${cross}readelf" -hW "$tmp/try") in
    *DYN*) ;;
    *) die "$gcc links a program with a fixed address where a static-PIE was asked for" ;;
    esac
}

scratch
build_start
fetch_too=''

case $libc in
host) cc=$gcc libc_name='' ;;
system)
    cc="$gcc -fPIE -static-pie${flags:+ $flags}" nopie='-fno-pie -no-pie -static'
    libc_name=musl-$("/lib/ld-musl-$machine.so.1" 2>&1 | sed -n 's/^Version //p') || :
    ;;
ours)
    fetch_too="libsodium $too" # in one go: reading Debian's index is what takes time
    build musl "$gcc${flags:+ $flags}" "$(cat "$deps"/compact/musl/* | sha256sum)"
    fetch_too=''
    libc_name=musl-$version nopie='-fno-pie -no-pie'
    write_specs "$prefix" >"$tmp/specs"
    cc="$gcc -fPIE -specs=$tmp/specs${flags:+ $flags}"
    libc_key=${prefix##*/} libc_compact=$prefix/compact
    ;;
esac
# Its recipe reads the scripts in deps/compact/ too, for a target.
compact=''
[ "$libc" = host ] || compact=" $(cat "$deps"/compact/*.awk | sha256sum)"
build libsodium "$cc" "${libc_key:-$libc_name}$compact"
sodium=$prefix sodium_version=$version
[ -z "$too" ] || build "$too" "$cc" "${libc_key:-$libc_name}"
[ "$libc$built" = hostyes ] || [ "$built" = no ] || check_target

# ---- the result ----------------------------------------------------------------------------------

{
    echo "# Made by deps/prepare.sh $arch${too:+ OUT.mk $too}; not to be edited."
    if [ "$libc" = host ]; then
        of=HOST_
        cat <<EOF
HOST_SODIUM_CFLAGS := -I$sodium/include
HOST_SODIUM_LIBS := $sodium/lib/libsodium.a
HOST_SODIUM_VERSION := $sodium_version
EOF
    else
        of=
        if [ "$libc" = ours ]; then
            mv "$tmp/specs" "$specs.new"
            mv "$specs.new" "$specs"
            cc="$gcc -fPIE -specs=$specs${flags:+ $flags}"
        fi
        cat <<EOF
TARGET_CC := $cc
TARGET_NOPIE := $nopie
TARGET_AR := ${cross}ar
TARGET_STRIP := ${cross}strip
TARGET_NM := ${cross}nm
TARGET_READELF := ${cross}readelf
TARGET_OBJCOPY := ${cross}objcopy
TARGET_SIZE := ${cross}size
TARGET_LIBC := $libc_name
LIBC_COMPACT := ${libc_compact:-}
SODIUM_CFLAGS := -I$sodium/include
SODIUM_COMPACT := $(echo "$sodium"/lib/compact/*.o)
SODIUM_ARCHIVE := $sodium/lib/libsodium.a
SODIUM_LIBS := \$(SODIUM_COMPACT) \$(SODIUM_ARCHIVE)
SODIUM_VERSION := $sodium_version
EOF
    fi
    [ -z "$too" ] || cat <<EOF
${of}OPENSSL_CFLAGS := -I$prefix/include
${of}OPENSSL_LIBS := $prefix/lib/libcrypto.a
${of}OPENSSL_VERSION := $version
EOF
} >"$tmp/out.mk"
# The first move may be from another file system; the second one cannot be seen half done.
mv "$tmp/out.mk" "$out.new"
mv "$out.new" "$out"
