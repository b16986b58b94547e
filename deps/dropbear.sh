#!/bin/sh
# Recipe: Dropbear, as $1/bin. How recipes are called: deps/build.sh. What of it is $2:
#
#   (nothing)  its client for tests, dbclient, and dropbearconvert, which makes its keys
#   hardened   its server as upstream's options are, to compare ours with
#   plain      the same without the compiler's hardening
#   least      that with ed25519, curve25519 and chacha20-poly1305 alone, and no passwords
set -eu
dest=$1
programs=dropbear hardening=--disable-harden
optimize='-Os -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fno-unwind-tables'

case ${2:-client} in
client)
    # Quick to build rather than quick; -vvv says which algorithms were chosen.
    programs='dbclient dropbearconvert' optimize='-O1 -DDEBUG_TRACE=3'
    ;;
hardened) hardening='' ;;
plain) ;;
least)
    for option in AES128 AES256 ENABLE_CTR_MODE SHA2_256_HMAC RSA ECDSA SK_KEYS DH_GROUP14_SHA256 ECDH SNTRUP761 \
        MLKEM768 SVR_PASSWORD_AUTH; do
        echo "#define DROPBEAR_$option 0"
    done >localoptions.h
    ;;
esac

# A server is static, for the target, and linked without what nothing uses.
linking='' target=''
if [ "$programs" = dropbear ]; then
    linking=-Wl,--gc-sections target="--enable-static --enable-bundled-libtom --host=$TRIPLE"
fi
# shellcheck disable=SC2086  # lists
./configure --disable-zlib $hardening $target CC="$CC" CFLAGS="$optimize" LDFLAGS="$linking"
make -j "$JOBS" PROGRAMS="$programs"
mkdir -p "$dest/bin"
# shellcheck disable=SC2086  # a list
cp $programs "$dest/bin"
