#!/bin/sh
# Recipe: musl as a shared C library, which is the loader of dynamic programs, too, in the folder $1/lib.
# How recipes are called: deps/build.sh. To compare with (make LINKAGE=dynamic); the headers and start
# files are those of deps/musl.sh, and what is built for speed is the same.
set -eu
dest=$1

hot=string/memcpy.c,string/memmove.c,string/memset.c,string/memchr.c,string/memcmp.c
./configure --prefix="$dest" --syslibdir="$dest/lib" --target="$TRIPLE" --disable-static --disable-gcc-wrapper \
    --enable-optimize="$hot" CROSS_COMPILE="$CROSS" CC="$CC" CFLAGS=-Oz
make -j "$JOBS" install-libs
for loader in "$dest"/lib/ld-musl-*.so.1; do
    ln -sf libc.so "$loader" # it names the folder of this build
done
