#!/usr/bin/env bats
# The objects that deps/compact/ derives from libsodium's source (docs/compact.md): that they compute
# what the library's own do, that no secret decides where they go, and that a source which is not the
# expected one is refused.

load ../support/interop

setup_file() { folder_make; }
teardown_file() { folder_remove; }

# bats test_tags=release
@test "they are what the release is linked with" {
    map=$(echo "$root"/build/*-full-sodium/nano_ssh_server.map)
    [ -e "$map" ] || skip "only the variant full, sodium is looked at"
    for object in sodium_la-ed25519_ref10 sodium_la-hash_sha256_cp sodium_la-hash_sha512_cp \
        aesni_la-aead_aes256gcm_aesni; do
        grep -q "lib/compact/lib$object\.o" "$map" || [[ $object = aesni* && $map != *x86_64* ]]
        [ "$(grep -c "libsodium\.a(lib$object\.o)" "$map")" = 0 ]
    done
}

# bats test_tags=release,quick
@test "no branch and no address depends on a secret" {
    run make -s -C "$root" compact-secret CRYPTO=sodium
    echo "$output"
    equal "$status" 0
    equal "$(grep -c '^ok .* found: ' <<<"$output")" 3
    [ "$(grep -c '^ok ' <<<"$output")" -ge 13 ]
}

# Few inputs go through the unit test compact/compare_test every time.
# bats test_tags=release
@test "a million inputs give the same as with the untouched library" {
    for test in aes_test compare_test; do
        program=$root/build/host/tests/compact/$test
        [ -x "$program" ] || skip "not built: the release is for another CPU"
        run env COMPACT_INPUTS=1000000 COMPACT_SEED=$RANDOM$RANDOM "$program"
        echo "$output"
        equal "$status" 0
    done
    echo "# $(grep comparisons <<<"$output")" >&3
}

# refused SCRIPT FILE PATTERN: with some of the lines that match, each changed or left out
refused() {
    script=$root/deps/compact/$1 file=$(echo "$work"/source/*/src/*/"$2")
    awk -f "$script" "$file" >/dev/null
    numbers=$(grep -nE "$3" "$file" |
        awk -F : '{ all[NR] = $1 } END { for (i = 1; i <= NR; i += 1 + int(NR / 15)) print all[i] }')
    [ -n "$numbers" ]
    for line in $numbers; do
        sed "${line}d" "$file" >"$work/left_out"
        sed "${line}s/\([0-9]\)\([^0-9]*\)\$/\19\2/" "$file" >"$work/changed"
        for source in "$work/left_out" "$work/changed"; do
            ! cmp -s "$source" "$file" || continue # there was no number to change
            if awk -f "$script" "$source" >/dev/null 2>&1; then
                echo "$1 takes $2 with line $line ${source##*/}: $(sed -n "${line}p" "$file")"
                return 1
            fi
        done
    done
}

@test "a source that is not the expected one is refused" {
    archive=$(sh "$root/deps/fetch.sh" libsodium)
    mkdir "$work/source"
    tar -xf "$archive" -C "$work/source"
    curve=crypto_core/ed25519/ref10
    refused ed25519_scalar.awk $curve/ed25519_ref10.c \
        '^    (s[0-9[]+.* = |s[0-9]+ [-+]= |carry[0-9]+ = |int64_t [a-c][0-9]+ )'
    refused ed25519_group.awk $curve/ed25519_ref10.c \
        'equal\(babs, [1-8]\)\);|base\[32\]|^    for \(i = [01]; i < 64|i / 2, e\[i\]|cmp <=? -?15|Ai\[8\]; |Bi\[|base\[pos\]'
    refused ed25519_fe_51.awk $curve/fe_51/fe.h '^    t\[[1-4]\] \+= t\[[0-3]\] >> 51|^    t\[[0-3]\] &= mask'
    for field in fe_51 fe_25_5; do
        refused ed25519_base.awk $curve/$field/base.h '/31'
    done
    refused keccak1600_ref.awk crypto_core/keccak1600/ref/keccak1600_ref.c '^    KECCAK_THETA.*, [AE]\);'
    refused hash_sha2_cp.awk crypto_hash/sha256/cp/hash_sha256_cp.c ' (RNDr|MSCH)\(.*;|PAD\[i'
    refused hash_sha2_cp.awk crypto_hash/sha512/cp/hash_sha512_cp.c ' (RNDr|MSCH)\(.*;|PAD\[i'
    refused utils.awk sodium/utils.c 'sysconf\('
    refused aead_aes256gcm_aesni.awk crypto_aead/aes256gcm/aesni/aead_aes256gcm_aesni.c \
        'encrypt_xor_wide\(st|rev_counters\);|counter, PARALLEL_BLOCKS\);|4-blocks aggregation|for \(; i \+ ((2 \* )?PARALLEL_BLOCKS \* )?16 <=? src_len'
}

@test "nor is one of musl" {
    archive=$(sh "$root/deps/fetch.sh" musl)
    mkdir -p "$work/source"
    tar -xf "$archive" -C "$work/source"
    for length in 256 512; do
        refused musl/crypt_sha2.awk crypt_sha$length.c '^struct sha|b64\[\] ='
    done
}
