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
s390x) target='linux64-s390x no-asm' ;; # its AES has states of another size than our headers say
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
    small='-O2 -g -ffunction-sections -fdata-sections'
    fast=$small
    ;;
*)
    sections='-ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fno-unwind-tables'
    small="-Oz $sections"
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

# The program for awk that gives each function of an assembler file a section, so that the linker can
# leave out those that nothing uses; not where the function before runs on into the next one.
#
# shellcheck disable=SC2016 # awk's own
split='
BEGIN { over = 1 }
/^\.(text|previous)/ { code = 1 }
/^\.section/ { code = 0 }
/^\.type[ \t]+[^,]+,@function/ && code && over {
    name = $2
    sub(/,.*/, "", name)
    print ".section\t.text." name ",\"ax\",@progbits"
}
/^\.size/ { over = jumped }
/^[ \t]*(\.byte[ \t]+0xf3,0xc3|ret|jmp|ud2)/ { jumped = 1; print; next }
/^[ \t]*[a-z]/ || /^\.byte/ { jumped = 0 }
{ print }'

# 150 KB of multiples of P-256's base point. Without them it is multiplied like any other point, as
# this file does with curves that differ from P-256 in it alone: a key exchange takes 130 instead of
# 92 us, a signature 65 instead of 27.
edit crypto/ec/ecp_nistz256.c \
    'if (preComputedTable == NULL && ecp_nistz256_is_affine_G(generator)) {' 'if (0) {'
[ "$cpu" != x86_64 ] || edit crypto/ec/asm/ecp_nistz256-x86_64.pl \
    'while (@line=splice(@arr,0,16)) {' 'while (0) {'
[ "$cpu" != aarch64 ] || edit crypto/ec/asm/ecp_nistz256-armv8.pl 'for(1..37) {' 'for(()) {'
# Nor the page that they would begin: up to 4 KB of zeros before it.
[ "$cpu" != aarch64 ] || edit crypto/ec/asm/ecp_nistz256-armv8.pl '.align	12' '.align	6'
[ "$cpu" != x86_64 ] || sed -i 's/^\.section \.rodata align=4096$/.section .rodata align=64/; s/^\.align\t4096$/.align\t64/' crypto/ec/asm/ecp_nistz256-x86_64.pl

# Of the curves only P-256 stays: the list of the others keeps 10 KB of numbers.
awk '/ curve_list\[\] = \{$/ { list = 1; print; next }
    list && /^};/ { list = 0 }
    /\{ NID_X9_62_prime256v1,/ { this = 1 }
    !list || this
    this && /\},$/ { this = 0 }' crypto/ec/ec_curve.c >edited
cat edited >crypto/ec/ec_curve.c

# crypto.h has points of P-256 whole: one of which only half is given would need square roots. Who makes a blinding for RSA brings
# Montgomery's form, so nothing is left that raises to powers without it. 5 KB.
edit crypto/ec/ecp_oct.c 'if (!EC_POINT_set_compressed_coordinates(group, point, x, y_bit, ctx))' 'if (1)'
edit crypto/bn/bn_blind.c 'if (!BN_mod_exp(ret->A, ret->A, ret->e, ret->mod, ctx))' 'if (1)'

# AES on an x86_64 with SSSE3 and without AES-NI (2006 to 2010): by vpaes, which looks nothing up in memory, instead of by bsaes,
# which does so for its key and has 4 KB. What that does to speed is in docs/openssl.md.
[ "$cpu" != x86_64 ] || edit include/crypto/aes_platform.h \
    '#define BSAES_CAPABLE (OPENSSL_ia32cap_P[1] & (1 << (41 - 32)))' '#define BSAES_CAPABLE 0'

# RSA signs and verifies; these encrypt.
for line in rsa_ossl_public_encrypt rsa_ossl_private_decrypt; do
    grep -q "^ *$line,\$" crypto/rsa/rsa_ossl.c
    sed -i "s/^ *$line,\$/    NULL,/" crypto/rsa/rsa_ossl.c
done

# AES encrypts a counter: no CBC, and nothing is decrypted by blocks.
sed -i 's/dat->mode == EVP_CIPH_[EC][CB][BC]_MODE/0/g' \
    providers/implementations/ciphers/cipher_aes_hw.c providers/implementations/ciphers/cipher_aes_hw_*.inc

# RSA by AVX2, 17 KB: for 1024-bit keys, and for 2048 bits on a CPU that has AVX2 and no ADX.
[ "$cpu" != x86_64 ] || edit crypto/bn/rsaz_exp.h '#define RSAZ_ENABLED' ''

# There is no queue of errors (no-err), but every error would still be told to the functions of one.
edit include/openssl/err.h.in '#define ERR_raise_data ' \
    '#define ERR_raise_data(...) ((void)0)\n#define err_raise_data_unused '

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

# What the algorithms are made of, and nothing of what is there to choose among them by name, to read
# and write them, or to configure it. Not AVX-512 where AVX2 does: AES-GCM would take 700 KB, RSA 45.
wanted=$(sed -n 's/^\([^ :]*\.o\):.*/\1/p' Makefile | sort -u |
    grep -E -e '^crypto/(aes|bn|chacha|ec|hmac|modes|ml_kem|poly1305|rsa|sha)/(asm/)?libcrypto-lib-[^/]*$' \
        -e '^crypto/libcrypto-lib-(.*cpuid|.*cap|ctype|mem|mem_sec|o_str|stack|threads_none)\.o$' \
        -e '^providers/implementations/ciphers/libdefault-lib-cipher_aes(_gcm)?_hw' \
        -e '^providers/implementations/ciphers/libcommon-lib-ciphercommon(_gcm)?_hw' |
    grep -v -E -e '-mb-|avx512|avxifma|rsaz|aesni-sha|(_ameth|_pmeth|_prn|_err|rsa_asn1)\.o')
make -j "$JOBS" build_generated

# What assembly has for CPUs that are rarely met: without the jump to it nothing uses it. Those CPUs
# take the next best: for SHA-2 plain instructions instead of SSSE3, AVX (CPUs of before 2013) and XOP;
# for ChaCha20 SSSE3 instead of XOP; for P-256 plain ones instead of ADX.
rare() { # FILE.s
    case ${1##*/} in
    sha256-x86_64.s) echo avx_shortcut ssse3_shortcut ;;
    sha512-x86_64.s) echo xop_shortcut avx_shortcut ;;
    chacha-x86_64.s) echo ChaCha20_4xop ;;
    ecp_nistz256-x86_64.s)
        echo ecp_nistz256_ord_mul_montx ecp_nistz256_ord_sqr_montx mul_montx sqr_montx \
            point_doublex point_addx point_add_affinex
        ;;
    esac
}

# Each function of assembly in a section of its own, too.
if [ "$ARCH" != host ]; then
    files=$(sed -n 's/^\([^ :]*\)\.s:.*/\1/p' Makefile)
    for file in $files; do
        echo "$wanted" | grep -q "/libcrypto-lib-${file##*/}\.o\$" || continue
        make "$file.s"
        for label in $(rare "$file.s"); do
            grep -q "^[[:space:]]j[a-z]*[[:space:]]\.L$label\$" "$file.s"
            sed -i "/^[[:space:]]j[a-z]*[[:space:]]\.L$label\$/d" "$file.s"
        done
        awk "$split" "$file.s" >edited
        cat edited >"$file.s"
    done
fi
# make does not build them again.
for file in ec/libcrypto-lib-curve25519 ec/libcrypto-lib-ecp_nistz256 ml_kem/libcrypto-lib-ml_kem \
    chacha/libcrypto-lib-chacha_enc poly1305/libcrypto-lib-poly1305 sha/libcrypto-lib-sha256 \
    sha/libcrypto-lib-sha512 aes/libcrypto-lib-aes_core; do
    ! grep -q "^crypto/$file.o:" Makefile || make -j "$JOBS" "crypto/$file.o" CFLAGS="$fast"
done
# shellcheck disable=SC2086 # lists
make -j "$JOBS" $wanted

# With the internal headers of the same version: what is declared there is not declared by us.
mkdir -p "$dest/include/openssl" "$dest/internal" "$dest/lib"
cp include/openssl/*.h "$dest/include/openssl"
cp -r include/crypto include/internal providers/common/include/prov \
    providers/implementations/include/prov providers/implementations/ciphers/cipher_aes.h \
    providers/implementations/ciphers/cipher_aes_gcm.h "$dest/internal"
# shellcheck disable=SC2086 # lists
"${CROSS}ar" rcs "$dest/lib/libcrypto.a" $wanted
# Upstream's assembly describes its frames, which nothing here reads.
[ "$ARCH" = host ] || "${CROSS}objcopy" --remove-section .eh_frame "$dest/lib/libcrypto.a"
