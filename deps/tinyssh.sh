#!/bin/sh
# Recipe: TinySSH's server, as $1/bin/tinysshd, to compare ours with. How recipes are called: deps/build.sh.
set -eu
dest=$1

# As its Makefile has it, but for position-independent code where the program has a fixed address, and
# linked without what nothing uses.
make -j "$JOBS" CC="$CC" LDFLAGS=-Wl,--gc-sections CFLAGS="-W -Wall -Os -fwrapv -Icryptoint \
    -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fno-unwind-tables" tinysshd
mkdir -p "$dest/bin"
cp tinysshd "$dest/bin"
