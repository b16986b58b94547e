#!/bin/sh
# Recipe: musl as a static C library in the folder $1. How recipes are called: deps/prepare.sh.
#
# Position-independent throughout, so that one library serves static-PIE and fixed-address programs.
# For size, but the functions through which every byte of a session passes are built for speed
# (x86_64 has the first three in assembly).
set -eu
dest=$1
scripts=$(dirname "$0")/compact/musl

hot=string/memcpy.c,string/memmove.c,string/memset.c,string/memchr.c,string/memcmp.c
./configure --prefix="$dest" --target="$TRIPLE" --disable-shared --disable-gcc-wrapper \
    --enable-optimize="$hot" CROSS_COMPILE="$CROSS" CC="$CC" CFLAGS='-Oz -fPIE'
make -j "$JOBS" install

# Sources derived from musl's by the scripts in deps/compact/musl/, to be compiled as the server's own and
# linked ahead of libc.a (docs/compact.md); those of SHA-2 in builds with libsodium.
mkdir "$dest/compact"
for length in 256 512; do
    awk -f "$scripts/crypt_sha2.awk" src/crypt/crypt_sha$length.c >"$dest/compact/crypt_sha$length.c"
done
awk -f "$scripts/crypt_blowfish.awk" "$scripts/pi.inc" src/crypt/crypt_blowfish.c >"$dest/compact/crypt_blowfish.c"

# Linux's own headers (linux/…, asm/…), which musl leaves to the kernel: links to where this
# compiler has them, in a folder of their own, since beside them lie the headers of another C
# library.
mkdir "$dest/kernel"
for header in linux/version.h asm/types.h asm-generic/types.h; do
    file=$(printf '#include <%s>\n' "$header" | $CC -E -x c - |
        sed -n "s|^# 1 \"\(.*/$header\)\".*|\1|p" | head -n 1)
    ln -s "${file%/*}" "$dest/kernel/${header%/*}"
done
