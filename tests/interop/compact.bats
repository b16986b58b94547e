#!/usr/bin/env bats
# The objects that deps/compact/ derives from libsodium's source (docs/compact.md): that they compute
# what the library's own do, that no secret decides where they go, and that a source which is not the
# expected one is refused.

load ../support/interop

setup_file() { folder_make; }
teardown_file() { folder_remove; }

# bats test_tags=release
@test "they are what the release is linked with" {
    map=$root/build/$(uname -m)-full-sodium/nano_ssh_server.map
    [ -e "$map" ] || skip "only the variant full, sodium of this machine's CPU is looked at"
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
    for test in compact/aes_test least/compare_test compact/compare_test; do
        program=$root/build/host/tests/$test
        [ -x "$program" ] || skip "not built: the release is for another CPU"
        inputs=1000000
        [[ $test != least* ]] || inputs=10000 # slow by design; COMPACT_INPUTS=1000000 takes it minutes
        run env COMPACT_INPUTS=$inputs COMPACT_SEED=$RANDOM$RANDOM "$program"
        echo "$output"
        equal "$status" 0
    done
    echo "# $(grep comparisons <<<"$output")" >&3
}

# refused SCRIPT FILE PATTERN [BEFORE]: with some of the lines that match, each changed or left out; BEFORE is read first
refused() {
    script=$root/deps/compact/$1 file=$(echo "$work"/source/*/src/*/"$2") before=${4:-}
    # shellcheck disable=SC2086  # it may be missing
    awk -f "$script" $before "$file" >/dev/null
    numbers=$(grep -nE "$3" "$file" |
        awk -F : '{ all[NR] = $1 } END { for (i = 1; i <= NR; i += 1 + int(NR / 15)) print all[i] }')
    [ -n "$numbers" ]
    for line in $numbers; do
        sed "${line}d" "$file" >"$work/left_out"
        sed "${line}s/\([0-9]\)\([^0-9]*\)\$/\19\2/" "$file" >"$work/changed"
        for source in "$work/left_out" "$work/changed"; do
            ! cmp -s "$source" "$file" || continue # there was no number to change
            # shellcheck disable=SC2086
            if awk -f "$script" $before "$source" >/dev/null 2>&1; then
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
        'equal\(babs, [1-8]\)\);|base\[32\]|base\.h|^    for \(i = [01]; i < 64|i / 2, e\[i\]|cmp <=? -?15|Ai\[8\]; |Bi\[|base\[pos\]'
    refused ed25519_fe_51.awk $curve/fe_51/fe.h '^    t\[[1-4]\] \+= t\[[0-3]\] >> 51|^    t\[[0-3]\] &= mask'
    refused keccak1600_ref.awk crypto_core/keccak1600/ref/keccak1600_ref.c '^    KECCAK_THETA.*, [AE]\);'
    refused hash_sha2_cp.awk crypto_hash/sha256/cp/hash_sha256_cp.c ' (RNDr|MSCH)\(.*;|PAD\[i'
    refused hash_sha2_cp.awk crypto_hash/sha512/cp/hash_sha512_cp.c ' (RNDr|MSCH)\(.*;|PAD\[i'
    refused utils.awk sodium/utils.c 'sysconf\('
    refused aead_aes256gcm_aesni.awk crypto_aead/aes256gcm/aesni/aead_aes256gcm_aesni.c \
        'encrypt_xor_wide\(st|rev_counters\);|counter, PARALLEL_BLOCKS\);|4-blocks aggregation|for \(; i \+ ((2 \* )?PARALLEL_BLOCKS \* )?16 <=? src_len'
}

# bats test_tags=quick
@test "the table that is computed at the start is the library's, in both forms, and read-only then" {
    archive=$(sh "$root/deps/fetch.sh" libsodium)
    mkdir "$work/table"
    tar -xf "$archive" -C "$work/table" --strip-components 3 --wildcards '*/src/libsodium/include' \
        '*/src/libsodium/crypto_core/ed25519' '*/src/libsodium/crypto_scalarmult/curve25519'
    cd "$work/table"
    for script in ed25519_fe_51:fe_51/fe.h ed25519_scalar:ed25519_ref10.c ed25519_group:ed25519_ref10.c; do
        file=crypto_core/ed25519/ref10/${script#*:}
        awk -f "$root/deps/compact/${script%:*}.awk" "$file" >derived
        mv derived "$file"
    done
    sed 's/@[A-Z_]*@/0/' include/sodium/version.h.in >include/sodium/version.h
    for form in -DHAVE_TI_MODE -UHAVE_TI_MODE; do
        # (Warnings are the library's matter.)
        gcc -w -O1 $form -ffunction-sections -Wl,--gc-sections -I. -Iinclude -Iinclude/sodium "$root/tests/compact/table.c" -o table
        run ./table
        equal "$output" '0 of 64 differ'
        equal "$status" 0
    done
}

@test "nor for what puts size first" {
    archive=$(sh "$root/deps/fetch.sh" libsodium)
    [ -d "$work/source" ] || { mkdir "$work/source" && tar -xf "$archive" -C "$work/source"; }
    refused fe_51_least.awk include/sodium/private/ed25519_ref10_fe_51.h \
        '\(uint128_t\) g[0-4]|^    (f[12]_19 = |uint64_t h[0-4] = |h[0-4] = \(f|x[0-4] &= )'
    refused ed25519_least.awk crypto_core/ed25519/ref10/ed25519_ref10.c \
        'ge25519_cmov_cached\(t, &cached|^    ge25519_(p3_dbl|add)\(&t[2-8], |^    ge25519_p1p1_to_p3\(&p[2-8]'
    refused x25519_least.awk crypto_scalarmult/curve25519/ref10/x25519_ref10.c 'if \(has_small_order|_ref10_base\(unsigned'
    refused chacha20_least.awk crypto_stream/chacha20/ref/chacha20_ref.c \
        '^    j[0-9]+ += ctx|^        x[0-9]+ += |QUARTERROUND\(x|STORE32_LE\(c'
    for line in '\*implementation =$' '_pick_best_implementation(void)$'; do
        sed "/$line/d" "$work"/source/*/src/*/crypto_stream/chacha20/stream_chacha20.c >"$work/left_out"
        run ! awk -f "$root/deps/compact/dispatch_least.awk" "$work/left_out"
    done
    # The one made of the other: both as they were derived before.
    for length in 256 512; do
        source=$(echo "$work"/source/*/src/*/crypto_hash/sha$length/cp/hash_sha${length}_cp.c)
        cp "$source" "$source.untouched"
        awk -f "$root/deps/compact/hash_sha2_cp.awk" "$source.untouched" >"$source"
    done
    refused hash_sha2_least.awk crypto_hash/sha256/cp/hash_sha256_cp.c '^    0x[0-9a-f]*, 0x|Krnd\[i\]\)' "$source"
    refused hash_sha2_least.awk crypto_hash/sha512/cp/hash_sha512_cp.c 'Krnd\[80\]'
}

@test "nor is one of musl" {
    archive=$(sh "$root/deps/fetch.sh" musl)
    mkdir -p "$work/source"
    tar -xf "$archive" -C "$work/source"
    for length in 256 512; do
        refused musl/crypt_sha2.awk crypt_sha$length.c '^struct sha|b64\[\] ='
    done
    source=$(echo "$work"/source/musl*/src/crypt/crypt_blowfish.c)
    derive=("$root/deps/compact/musl/crypt_blowfish.awk" "$root/deps/compact/musl/pi.inc")
    for line in 'BF_init_state = {{$' '^\t\t\t0x90d4f869, ' '^\tretval = BF_crypt(key'; do
        sed "/$line/d" "$source" >"$work/left_out"
        run ! awk -f "${derive[@]}" "$work/left_out"
    done
    awk -f "${derive[@]}" "$source" >/dev/null
}

@test "pi as bcrypt begins with it is what musl has of it" {
    archive=$(sh "$root/deps/fetch.sh" musl)
    cd "$BATS_TEST_TMPDIR"
    tar -xf "$archive" --strip-components 3 --wildcards '*/src/crypt/crypt_blowfish.c'
    sed -n '/BF_init_state = {{/,/^}};/p' crypt_blowfish.c | grep -o '0x[0-9a-f]*' >wanted
    equal "$(wc -l <wanted)" 1042
    awk -f "$root/deps/compact/musl/crypt_blowfish.awk" "$root/deps/compact/musl/pi.inc" crypt_blowfish.c >derived.c
    gcc -w -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -DSOURCE='"derived.c"' -I. "$root/tests/compact/pi.c" -o pi
    ./pi >computed
    cmp computed wanted
}
