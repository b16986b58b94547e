#!/bin/sh
# Makes ready what a build for ARCH needs beside our own sources, and writes it down for make in
# OUT.mk.
#
#   deps/prepare.sh x86_64 build/deps/x86_64.mk   a CPU of deps/targets: static musl and libsodium
#   deps/prepare.sh host   build/deps/host.mk     libsodium on this machine's C library, for tests
#   deps/prepare.sh ARCH   OUT.mk openssl         OpenSSL's libcrypto, too
#   deps/prepare.sh ARCH   OUT.mk [openssl] toybox   and toybox's commands, for a target
#
# And for a target, to compare with: `glibc` (the compiler's own C library instead of musl), `dynamic` (for
# programs that find the C library at run time; the others are in them all the same), `clang` (TARGET_CC is it).
#
# TRIPLE in the environment: a compiler of that name for ARCH instead of Debian's, such as OpenWrt's; if its C library is musl, the
# program has that one.
#
# Missing packages are installed, sources fetched and built; what is there already is used. OUT.mk
# defines for a CPU TARGET_CC, TARGET_PIE and TARGET_NOPIE (what links as which), TARGET_LOADER (the path that a dynamic
# program for musl names) and TARGET_LOADER_HERE (where that is now), TARGET_AR, TARGET_STRIP, TARGET_NM, TARGET_READELF,
# TARGET_OBJCOPY, TARGET_SIZE, TARGET_LIBC, LIBC_LIBS, LIBC_COMPACT (a folder of sources that take the place of
# objects of the C library, or nothing), SODIUM_CFLAGS, SODIUM_LIBS (of SODIUM_COMPACT, the objects that
# take the place of the library's own, and SODIUM_ARCHIVE, the library), SODIUM_LEAST (those for size first) and SODIUM_VERSION; for the
# host HOST_SODIUM_CFLAGS, HOST_SODIUM_LIBS and HOST_SODIUM_VERSION; with `openssl` the same three for
# OPENSSL; with `toybox` TOYBOX_OBJECT. Beside OUT.mk lies a gcc specs file that it refers to.
set -eu
deps=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$deps/lib.sh"
# shellcheck source-path=SCRIPTDIR source=build.sh
. "$deps/build.sh"

arch=${1:-} out=${2:-} too='' toybox='' glibc='' dynamic='' clang=''
usage="deps/prepare.sh ARCH OUT.mk [openssl] [toybox] [glibc] [dynamic] [clang] (an ARCH of deps/targets, or host)"
[ -n "$out" ] || die "usage: $usage"
shift 2
for word; do
    case $word in
    openssl) too=openssl ;;
    toybox | glibc | dynamic | clang) eval "$word=$word" ;;
    *) die "usage: $usage" ;;
    esac
done
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
sh "$deps/packages.sh" build ${too:+"build-$too"} ${toybox:+"build-$toybox"} \
    ${clang:+build-clang} ${glibc:+build-glibc}
if [ "$arch" != host ]; then
    # Alpine's own compiler makes static musl programs for the CPU it runs on: that one needs no line.
    if ! columns=$(row "$deps/targets" "$arch"); then
        case $(gcc -dumpmachine)-$(apk --print-arch 2>/dev/null) in
        *-musl*-"$arch") machine=$arch columns='- -' ;;
        *) die "deps/targets has no CPU '$arch'" ;;
        esac
    fi
    # shellcheck disable=SC2086
    set -- $columns
    [ $# = 2 ] || die "deps/targets: the line of $arch needs three columns"
    triple=${TRIPLE:-$1}
    [ "$2" = - ] || flags=$(echo "$2" | tr , ' ')
    [ "$machine" = "$arch" ] || [ -n "${TRIPLE:-}" ] || sh "$deps/packages.sh" "target-$arch"
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
*-musl*)
    [ -z "$glibc$dynamic$clang" ] || die "this machine's gcc makes static programs for musl only"
    libc=system
    [ -n "$cross" ] || triple=''
    ;;
*) [ -z "$glibc" ] || libc=glibc ;;
esac

# ---- building ------------------------------------------------------------------------------------

# musl is the only C library a target program may see. Start files of gcc (crtbegin.o and the like)
# serve C++ and old ways to run constructors, which a C program with musl does not have; left out
# they save half a kilobyte.
write_specs() { # MUSL-FOLDER: of the static library, or of headers and start files of a shared one in $1/shared
    set -- "$1" '%{r:;no-pie:-static;:-static -pie --no-dynamic-linker -z text}' rcrt1.o "$1/lib"
    [ -z "$shared" ] || set -- "$1" '%{r:;no-pie:;:-pie -z text}' Scrt1.o "$shared"
    cat <<EOF
%rename cc1 gcc_cc1

*cc1:
-nostdinc -isystem $1/include -isystem include%s -idirafter $1/kernel %(gcc_cc1)

*link_libgcc:
-L$4

*libgcc:
libgcc.a%s

*lib:
-lc

*startfile:
%{no-pie:$1/lib/crt1.o;:$1/lib/$3} $1/lib/crti.o

*endfile:
$1/lib/crtn.o

*link:
-nostdlib -z noexecstack -z relro -z now $2

EOF
}

# The same for clang, which has no specs: a compiler that is a script.
write_clang() { # MUSL-FOLDER
    lib=$1/lib start='rcrt1.o -static-pie' plain='crt1.o -static'
    [ -z "$shared" ] || start='Scrt1.o -pie' plain='crt1.o'
    cat <<EOF
#!/bin/sh
# Made by deps/prepare.sh; not to be edited.
link=yes start='$lib/$start'
for option; do
    case \$option in
    -c | -S | -E | -r | -M | -MM | --version | -v | -dump* | -print*) link='' ;;
    -no-pie) start='$lib/$plain' ;;
    esac
done
set -- clang${triple:+ --target=$triple} -nostdlibinc -isystem $1/include -idirafter $1/kernel -fPIE -Wno-unused-command-line-argument \
    -Wno-ignored-optimization-argument "\$@"
[ -n "\$link" ] || exec "\$@"
exec "\$@" -fuse-ld=bfd -nostdlib -Wl,-z,noexecstack \$start $lib/crti.o -L${shared:-$lib} -lc $("$gcc" -print-libgcc-file-name) \
    -lc $lib/crtn.o
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
fetch_too='' shared='' loader='' pie='' libc_libs=''

case $libc in
host) cc=$gcc libc_name='' ;;
glibc)
    cc="$gcc -fPIE${flags:+ $flags}" libc_libs=-lcrypt
    libc_name=glibc-$(printf '#include <features.h>\n__GLIBC__.__GLIBC_MINOR__\n' | $cc -E -P -x c - | tr -d ' ' | tail -n 1)
    pie=-static-pie nopie='-fno-pie -no-pie -static'
    [ -z "$dynamic" ] || pie=-pie nopie='-fno-pie -no-pie'
    ;;
system)
    cc="$gcc -fPIE -static-pie${flags:+ $flags}" nopie='-fno-pie -no-pie -static'
    for file in /lib/ld-musl-*.so.1; do
        libc_name=musl-$("$file" 2>&1 | sed -n 's/^Version //p') || :
    done
    ;;
ours)
    fetch_too="libsodium $too $toybox" # in one go: reading Debian's index is what takes time
    build musl "$gcc${flags:+ $flags}" "$(cat "$deps"/compact/musl/* | sha256sum)"
    fetch_too=''
    libc_name=musl-$version nopie='-fno-pie -no-pie' musl=$prefix
    libc_key=${prefix##*/} libc_compact=$prefix/compact
    write_specs "$musl" >"$tmp/specs"
    cc="$gcc -fPIE -specs=$tmp/specs${flags:+ $flags}"
    ;;
esac
# Its recipe reads the scripts in deps/compact/ too, for a target.
compact=''
[ "$libc" = host ] || compact=" $(cat "$deps"/compact/*.awk | sha256sum)"
build libsodium "$cc" "${libc_key:-$libc_name}$compact"
sodium=$prefix sodium_version=$version
[ -z "$too" ] || build "$too" "$cc" "${libc_key:-$libc_name}"
openssl=$prefix openssl_version=$version
toybox_object=''
if [ -n "$toybox" ]; then
    build toybox "$cc" "${libc_key:-$libc_name}"
    toybox_object=$prefix/lib/toybox.o
fi
[ "$libc$built" = hostyes ] || [ "$libc$built" = glibcyes ] || [ "$built" = no ] || check_target
if [ "$libc$dynamic" = oursdynamic ]; then # the other libraries are as for a static program
    build musl-shared "$gcc${flags:+ $flags}" "$libc_key"
    shared=$prefix/lib libc_compact=''
    for file in "$shared"/ld-musl-*.so.1; do loader=/lib/${file##*/}; done
    write_specs "$musl" >"$tmp/specs"
fi
# Ours alone: what the libraries do with secrets has been checked as gcc compiles it (docs/compact.md).
if [ -n "$clang" ]; then
    flags=$(printf '%s\n' "$flags" | sed 's/-malign-data=[a-z]*//;s/-mpreferred-stack-boundary=[0-9]*//') # gcc's
    cc="clang${triple:+ --target=$triple} -fPIE"
    if [ "$libc" = ours ]; then
        write_clang "$musl" >"$tmp/specs"
        chmod +x "$tmp/specs"
        cc=$tmp/specs
    fi
    cc=$cc${flags:+ $flags}
fi

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
            cc=$(printf '%s\n' "$cc" | sed "s|$tmp/specs|$specs|")
        fi
        cat <<EOF
TARGET_CC := $cc
TARGET_PIE := $pie
TARGET_NOPIE := $nopie
TARGET_LOADER := $loader
TARGET_LOADER_HERE := ${loader:+$shared/${loader##*/}}
TARGET_AR := ${cross}ar
TARGET_STRIP := ${cross}strip
TARGET_NM := ${cross}nm
TARGET_READELF := ${cross}readelf
TARGET_OBJCOPY := ${cross}objcopy
TARGET_SIZE := ${cross}size
TARGET_LIBC := $libc_name
LIBC_LIBS := $libc_libs
LIBC_COMPACT := ${libc_compact:-}
SODIUM_CFLAGS := -I$sodium/include
SODIUM_COMPACT := $(echo "$sodium"/lib/compact/*.o)
SODIUM_LEAST := $(echo "$sodium"/lib/least/*.o)
SODIUM_ARCHIVE := $sodium/lib/libsodium.a
SODIUM_LIBS := \$(SODIUM_COMPACT) \$(SODIUM_ARCHIVE)
SODIUM_VERSION := $sodium_version
EOF
    fi
    [ -z "$too" ] || cat <<EOF
${of}OPENSSL_CFLAGS := -I$openssl/include -isystem $openssl/internal -DOPENSSL_SUPPRESS_DEPRECATED
${of}OPENSSL_LIBS := -Wl,--gc-sections $openssl/lib/libcrypto.a
${of}OPENSSL_VERSION := $openssl_version
EOF
    [ -z "$toybox" ] || echo "TOYBOX_OBJECT := $toybox_object"
} >"$tmp/out.mk"
# The first move may be from another file system; the second one cannot be seen half done.
mv "$tmp/out.mk" "$out.new"
mv "$out.new" "$out"
