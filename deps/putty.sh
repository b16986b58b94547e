#!/bin/sh
# Recipe: PuTTY's client, for tests, as $1/bin/plink, and puttygen, which makes its keys. How recipes
# are called: deps/build.sh.
set -eu
dest=$1

# Quick to build rather than quick.
cmake -S . -B made -DPUTTY_GTK_VERSION=NONE -DCMAKE_C_COMPILER="$CC" -DCMAKE_BUILD_TYPE=Debug \
    -DCMAKE_C_FLAGS_DEBUG=-O0
cmake --build made --parallel "$JOBS" --target plink puttygen
mkdir -p "$dest/bin"
cp made/plink made/puttygen "$dest/bin"
