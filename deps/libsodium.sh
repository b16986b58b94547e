#!/bin/sh
# Recipe: libsodium as a static library, complete, in the folder $1. How recipes are called:
# deps/prepare.sh.
#
# For a target: for size, every function in a section of its own, so that the linker keeps only what
# is used. The objects that do the work of every packet are built first, for speed, by way of the
# convenience libraries libsodium has for each instruction set; make does not build them again.
# Measured with gcc 12 on x86_64, us for 32 KB or for one operation of the library's own objects:
#
#                            -Os      here    plain
#   ChaCha20 with AVX2       15.8     10.7    14.6 with -O2, 470 bytes more
#   ChaCha20 with SSSE3      38       20.6    23.6 with -O2, 290 bytes more
#   Poly1305 with SSE2       10.6      7.3     9.2 with -O2, 660 bytes more
#   AES-GCM                  40        9.6     9.6 with -O3, 22,700 bytes more (9.5 as derived, 7,700 less)
#   X25519 of base point     24.8     18.3    17.0 with -O2, 8,800 bytes more
#   Ed25519 signature        26.5     20.0    18.5 with -O2 (the same object)
#
# A few objects come a second time, into lib/compact/, made from sources that are derived from the
# library's by the scripts in deps/compact/: loops where the library has written out what they would
# do. Linked ahead of the library they take the place of its own. docs/compact.md has what that
# saves and costs, and how it is checked.
#
# And more of them a third time, into lib/least/, for builds that put size first: also what costs speed, and for the
# linker to optimize together with the program (gcc's LTO). The same document.
#
# For the host (unit tests, sanitizers, fuzzers): an ordinary library, with symbols.
set -eu
dest=$1
scripts=$(dirname "$0")/compact

small='-Oz -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fno-unwind-tables'
case $ARCH in
host) set -- CFLAGS='-O2 -g' ;;
# A CPU with AVX is 64 bits wide and has a build of its own.
i386) set -- --without-pthreads --disable-ssp CFLAGS="$small -UHAVE_AVX2INTRIN_H -UHAVE_WMMINTRIN_H" ;;
*) set -- --without-pthreads --disable-ssp CFLAGS="$small" ;;
esac
[ -z "$TRIPLE" ] || set -- --host="$TRIPLE" "$@"

# No --enable-pie: libsodium compiles with -fPIC anyway, which is what static-PIE needs.
./configure --prefix="$dest" --disable-shared --enable-static --disable-pie \
    --disable-dependency-tracking "$@" \
    CC="$CC" AR="${CROSS}ar" RANLIB="${CROSS}ranlib" NM="${CROSS}nm" STRIP="${CROSS}strip"

cd src/libsodium
curve_flags=-Os # -Oz would save 150 bytes of these and of the hashes; they are left as they were measured
configured=$(sed -n 's/^CFLAGS = //p' Makefile)
hot() { # TARGET-OF-THE-MAKEFILE FLAG... (the last -O counts)
    target=$1
    shift
    make V=1 -j "$JOBS" "$target" CFLAGS="$configured $*"
}
simd='-O2 -fno-tree-ter -fno-tree-coalesce-vars -fno-schedule-insns2'
# The inner loops of AES-GCM go over seven blocks (six on ARM); they must be peeled wholly.
gcm="$simd -fpeel-loops --param max-completely-peel-times=7 --param max-completely-peeled-insns=50"
case $ARCH in
i386)
    hot libssse3.la "$simd"
    hot libsse2.la "$simd"
    ;;
x86_64)
    # Never below -O2: there gcc ends no AVX2 function with vzeroupper, and on many CPUs all SSE
    # code that runs after such a function is three times slower. The other three keep gcc from
    # reordering code that was written in an order which fits the registers; reordered it does not,
    # and spends its time on the stack.
    hot libavx2.la "$simd"
    hot libssse3.la "$simd"
    hot libsse2.la "$simd"
    hot libaesni.la "$gcm"
    # Field elements of five words, copied and selected by all too many functions: not with the
    # string instructions that -Os prefers, and two words at a time.
    curve_flags='-Os -mstringop-strategy=unrolled_loop -ftree-slp-vectorize'
    # shellcheck disable=SC2086  # curve_flags is a list
    hot crypto_core/ed25519/ref10/libsodium_la-ed25519_ref10.lo $curve_flags
    ;;
host) ;;
*) # No other has these two in a form for its vector unit.
    hot crypto_stream/chacha20/ref/libsodium_la-chacha20_ref.lo -O2
    hot crypto_onetimeauth/poly1305/donna/libsodium_la-poly1305_donna.lo -O2
    [ "$ARCH" != aarch64 ] || hot libarmcrypto.la "$gcm"
    ;;
esac
make V=1 -j "$JOBS"
make install

# The source is changed in place. A script that does not find what it expects fails, and so does all
# of this.
derive() { # SCRIPT FILE
    awk -f "$scripts/$1.awk" "$2" >derived
    mv derived "$2"
}
compact() { # LIBRARY SOURCE FLAG...
    object=${2%/*}/$1_la-${2##*/}
    object=${object%.c}
    shift 2
    rm "$object.lo" "$object.o"
    hot "$object.lo" "$@"
    cp "$object.o" "$dest/lib/compact/"
}
if [ "$ARCH" != host ]; then
    mkdir "$dest/lib/compact" "$dest/lib/least"
    curve=crypto_core/ed25519/ref10
    cp $curve/ed25519_ref10.c ed25519_ref10.untouched
    derive ed25519_fe_51 $curve/fe_51/fe.h
    derive ed25519_scalar $curve/ed25519_ref10.c
    derive ed25519_group $curve/ed25519_ref10.c
    # shellcheck disable=SC2086  # curve_flags is a list
    compact libsodium $curve/ed25519_ref10.c $curve_flags
    for length in 256 512; do
        derive hash_sha2_cp crypto_hash/sha$length/cp/hash_sha${length}_cp.c
        compact libsodium crypto_hash/sha$length/cp/hash_sha${length}_cp.c -Os
    done
    derive keccak1600_ref crypto_core/keccak1600/ref/keccak1600_ref.c
    compact libsodium crypto_core/keccak1600/ref/keccak1600_ref.c -Os
    derive utils sodium/utils.c
    compact libsodium sodium/utils.c
    case $ARCH in
    x86_64) gcm_of=aesni ;;
    aarch64) gcm_of=armcrypto ;;
    *) gcm_of='' ;;
    esac
    if [ -n "$gcm_of" ]; then
        derive aead_aes256gcm_aesni crypto_aead/aes256gcm/$gcm_of/aead_aes256gcm_$gcm_of.c
        compact lib$gcm_of crypto_aead/aes256gcm/$gcm_of/aead_aes256gcm_$gcm_of.c "$gcm"
        cp "$dest/lib/compact/lib$gcm_of"_* "$dest/lib/least/"
    fi

    mv ed25519_ref10.untouched $curve/ed25519_ref10.c
    chacha=crypto_stream/chacha20 poly=crypto_onetimeauth/poly1305 multiple=crypto_scalarmult/curve25519
    derive fe_51_least include/sodium/private/ed25519_ref10_fe_51.h
    derive ed25519_scalar $curve/ed25519_ref10.c
    derive ed25519_least $curve/ed25519_ref10.c
    derive x25519_least $multiple/ref10/x25519_ref10.c
    awk -f "$scripts/hash_sha2_least.awk" crypto_hash/sha512/cp/hash_sha512_cp.c \
        crypto_hash/sha256/cp/hash_sha256_cp.c >derived
    mv derived crypto_hash/sha256/cp/hash_sha256_cp.c
    derive hash_sha2_least crypto_hash/sha512/cp/hash_sha512_cp.c
    derive chacha20_least $chacha/ref/chacha20_ref.c
    for file in $chacha/ref/chacha20_ref.h $chacha/ref/chacha20_ref.c $chacha/stream_chacha20.c \
        $poly/donna/poly1305_donna.h $poly/donna/poly1305_donna.c $poly/onetimeauth_poly1305.c \
        $multiple/ref10/x25519_ref10.h $multiple/ref10/x25519_ref10.c $multiple/scalarmult_curve25519.c; do
        derive dispatch_least "$file"
    done
    # All that a server may call of the library; what is not here comes from the library as it is.
    for file in $curve/ed25519_ref10 crypto_hash/sha512/cp/hash_sha512_cp $chacha/ref/chacha20_ref \
        $chacha/stream_chacha20 $poly/donna/poly1305_donna $poly/onetimeauth_poly1305 \
        $multiple/scalarmult_curve25519 crypto_sign/ed25519/ref10/keypair crypto_sign/ed25519/ref10/open \
        crypto_sign/ed25519/ref10/sign crypto_hash/sha512/hash_sha512 crypto_verify/verify sodium/utils sodium/core \
        randombytes/randombytes crypto_core/keccak1600/keccak1600 crypto_core/keccak1600/ref/keccak1600_ref \
        crypto_hash/sha3/hash_sha3 crypto_xof/shake128/xof_shake128 crypto_xof/shake128/ref/shake128_ref \
        crypto_xof/shake256/xof_shake256 crypto_xof/shake256/ref/shake256_ref \
        crypto_kem/mlkem768/kem_mlkem768 crypto_kem/mlkem768/ref/kem_mlkem768_ref; do
        object=${file%/*}/libsodium_la-${file##*/}
        rm -f "$object.lo" "$object.o"
        hot "$object.lo" -flto -ffat-lto-objects
        cp "$object.o" "$dest/lib/least/"
    done
fi
rm -rf "$dest/lib/pkgconfig" "$dest/lib/libsodium.la" # they name the folder of this build
