#!/bin/sh
# Recipe: OpenSSL's libcrypto as a static library in the folder $1, with as little in it as upstream's
# own switches allow. How recipes are called: deps/prepare.sh.
#
# For a target: for size, every function in a section of its own, so that the linker keeps only what
# is used; crypto/openssl_trim.c answers for what it would keep needlessly. Assembly does the work of
# every packet; the C that does the work of a key exchange is built for speed, which with gcc 12 on
# x86_64 takes X25519 of the base point from 72 to 43 us, an Ed25519 signature from 76 to 46 and
# ML-KEM-768 from 77 to 63, for 9 KB. -O3 would take them to 37, 37 and 44, for 20 KB more.
# For the host (unit tests, sanitizers): the same, with symbols.
set -eu
dest=$1

# Upstream's name for the CPU. Where it has none of ours, C will do.
case $ARCH in
host) cpu=$(uname -m) ;;
*) cpu=$ARCH ;;
esac
case $cpu in
x86_64) target=linux-x86_64 ;;
i?86) target=linux-x86 ;;
aarch64) target=linux-aarch64 ;;
arm*) target=linux-armv4 ;;
riscv64) target=linux64-riscv64 ;;
mips | mipsel) target=linux-mips32 ;;
s390x) target=linux64-s390x ;;
powerpc) target=linux-ppc ;;
*)
    case $(echo __SIZEOF_POINTER__ | $CC -E -P -x c -) in
    8) target=linux-generic64 ;;
    *) target=linux-generic32 ;;
    esac
    ;;
esac

case $ARCH in
host)
    small='-O2 -g'
    fast=$small
    ;;
*)
    sections='-ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fno-unwind-tables'
    small="-Os $sections"
    fast="-O2 -fno-tree-vectorize $sections"
    ;;
esac

# Changes FILE, once and surely.
edit() { # FILE TEXT INSTEAD
    [ "$(grep -cF "$2" "$1")" = 1 ] || {
        echo "$1 has no single '$2'" >&2
        exit 1
    }
    awk -v from="$2" -v to="$3" '{
        at = index($0, from)
        print at ? substr($0, 1, at - 1) to substr($0, at + length(from)) : $0
    }' "$1" >edited
    cat edited >"$1"
}

# 150 KB of multiples of P-256's base point. Without them it is multiplied like any other point, as
# this file does with curves that differ from P-256 in it alone: a key exchange takes 130 instead of
# 92 us, a signature 65 instead of 27.
edit crypto/ec/ecp_nistz256.c \
    'if (preComputedTable == NULL && ecp_nistz256_is_affine_G(generator)) {' 'if (0) {'
[ "$cpu" != x86_64 ] || edit crypto/ec/asm/ecp_nistz256-x86_64.pl \
    'while (@line=splice(@arr,0,16)) {' 'while (0) {'

# The server is one process with one thread, which reads no configuration, loads nothing at run
# time, and asks the kernel for random numbers. Errors are told by return values alone.
#
# shellcheck disable=SC2086 # lists
./Configure $target no-shared no-tests no-apps no-docs CC="$CC" AR="${CROSS}ar" \
    RANLIB="${CROSS}ranlib" CFLAGS="$small" \
    no-pic no-module no-dso no-engine no-async no-threads no-thread-pool no-autoload-config \
    no-autoalginit no-autoerrinit no-atexit no-err no-filenames no-ui-console no-secure-memory \
    no-stdio no-posix-io no-sock no-http no-comp no-legacy \
    no-ssl no-tls no-dtls no-quic no-dgram no-cms no-cmp no-ct no-ts no-ocsp no-rfc3779 no-srp \
    no-srtp no-psk \
    no-argon2 no-aria no-bf no-blake2 no-camellia no-cast no-cmac no-des no-dh no-dsa no-ec2m \
    no-gost no-idea no-md4 no-mdc2 no-ml-dsa no-ocb no-rc2 no-rc4 no-rmd160 no-scrypt no-seed \
    no-siphash no-siv no-slh-dsa no-sm2 no-sm3 no-sm4 no-whirlpool

make -j "$JOBS" build_generated
# make does not build them again.
for file in ec/libcrypto-lib-curve25519 ec/libcrypto-lib-ecp_nistz256 ml_kem/libcrypto-lib-ml_kem \
    chacha/libcrypto-lib-chacha_enc poly1305/libcrypto-lib-poly1305 sha/libcrypto-lib-sha256 \
    sha/libcrypto-lib-sha512 aes/libcrypto-lib-aes_core; do
    ! grep -q "^crypto/$file.o:" Makefile || make -j "$JOBS" "crypto/$file.o" CFLAGS="$fast"
done
make -j "$JOBS" libcrypto.a

mkdir -p "$dest/include/openssl" "$dest/lib"
cp include/openssl/*.h "$dest/include/openssl"
cp libcrypto.a "$dest/lib"
# Upstream's assembly describes its frames, which nothing here reads.
[ "$ARCH" = host ] || "${CROSS}objcopy" --remove-section .eh_frame "$dest/lib/libcrypto.a"
