#!/bin/sh
# Recipe: Dropbear's client, for tests, as $1/bin/dbclient, and dropbearconvert, which makes its
# keys. How recipes are called: deps/build.sh.
set -eu
dest=$1

# Quick to build rather than quick; -vvv says which algorithms were chosen.
./configure --disable-zlib --disable-harden CC="$CC" CFLAGS='-O1 -DDEBUG_TRACE=3'
make -j "$JOBS" PROGRAMS='dbclient dropbearconvert'
mkdir -p "$dest/bin"
cp dbclient dropbearconvert "$dest/bin"
