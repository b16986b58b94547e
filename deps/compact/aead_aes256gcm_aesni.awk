# AES-256-GCM. The library has written the same work out many times: for 14 blocks at once, for 7, for 4, for
# 2 and for one, in sealing, in opening and in hashing alone. What long messages run through stays: 14 and 7
# blocks at once, but encrypting 7 is a function, instead of six copies that each keep their counters in
# memory first; that is even a little faster. What is left at the end of a message, up to 6 blocks, goes by
# the loop that the library has for the last of them, and what is only hashed (lengths, the header of a
# packet) by its loop over two. One loop that never runs goes as well: after a loop over 14 blocks at once
# there are not 7 left twice.
#
# A check of a tag without decrypting (m == NULL) is not to be had here: it ends the program.

function fail(why)
{
    print FILENAME ":" FNR ": " why >"/dev/stderr"
    failed = 1
    exit 1
}

# Leave out from here to a line that begins with `end`, which are so many lines.
function leave_out(lines, end)
{
    left_out = 0
    expected = lines
    until = end
}

until != "" {
    if (index($0, until) != 1) {
        left_out++
        next
    }
    if (left_out != expected)
        fail("expected to leave out " expected " lines, not " left_out)
    until = ""
    cuts++
}

# The functions, in this order.
/^static inline void __vectorcall encrypt_xor_block\(/ {
    sub(/^static inline/, "static __attribute__((noinline))")
    functions = functions " block"
}
/^static inline void$/ {
    held = $0
    next
}
held != "" {
    if (/^gh_ad_blocks\(/) {
        held = "static __attribute__((noinline)) void"
        functions = functions " hash"
    }
    print held
    held = ""
}
/^\/\* Compute the number of required blocks/ {
    print "/* Encrypt and add PARALLEL_BLOCKS blocks from a counter on; the counter after them */\n"
    print "static __attribute__((noinline)) BlockVec __vectorcall"
    print "encrypt_xor_next(const State *st, unsigned char *dst, const unsigned char *src, BlockVec counter)"
    print "{"
    print "    BlockVec rev_counters[PARALLEL_BLOCKS];\n"
    print "    counter = incr_counters(rev_counters, counter, PARALLEL_BLOCKS);"
    print "    encrypt_xor_wide(st, dst, src, rev_counters);"
    print "    return counter;"
    print "}\n"
    functions = functions " next"
}
/^aes_gcm_encrypt_generic\(/ { functions = functions " seal" }
/^aes_gcm_decrypt_generic\(/ { functions = functions " open" }

# Hashing alone.
functions ~ / hash$/ && $0 == "    for (; i + PC_COUNT * 16 <= ad_len; i += PC_COUNT * 16) {" {
    leave_out(26, "    for (; i + 2 * 16 <= ad_len; i += 2 * 16) {")
    next
}

functions ~ / (seal|open)$/ {
    # The loops that stay have to take all that there is.
    if (/^        for \(; i \+ 2 \* PARALLEL_BLOCKS \* 16 <= src_len; i \+= 2 \* PARALLEL_BLOCKS \* 16\) \{$/ ||
        /^    while \(i \+ 2 \* PARALLEL_BLOCKS \* 16 <= src_len\) \{$/ ||
        /^    if \(src_len - i >= PARALLEL_BLOCKS \* 16\) \{$/ ||
        /^    for \(; i \+ PARALLEL_BLOCKS \* 16 <= src_len; i \+= PARALLEL_BLOCKS \* 16\) \{$/ ||
        /^    for \(; i \+ 16 < src_len; i \+= 16\) \{$/)
        loops++
    if ($0 == "        for (; i + PARALLEL_BLOCKS * 16 <= src_len; i += PARALLEL_BLOCKS * 16) {") {
        leave_out(11, "        pi = i - PARALLEL_BLOCKS * 16;")
        next
    }
    if ($0 == "    /* 4-blocks aggregation */") {
        leave_out(functions ~ / seal$/ ? 29 : 31, "    /* Remaining *partial* blocks;")
        next
    }
    if (/^    BlockVec +rev_counters\[PARALLEL_BLOCKS\];$/) {
        counters++
        next
    }
    if (/^ +counter = incr_counters\(rev_counters, counter, PARALLEL_BLOCKS\);$/) {
        increments++
        next
    }
    if (/^ +encrypt_xor_wide\(st, dst \+ i, src \+ i, rev_counters\);$/ ||
        /^ +encrypt_xor_wide\(st, dst \+ i \+ PARALLEL_BLOCKS \* 16, src \+ i \+ PARALLEL_BLOCKS \* 16,$/) {
        sub(/encrypt_xor_wide\(/, "counter = encrypt_xor_next(")
        calls++
    }
    if (sub(/ rev_counters\);$/, " counter);"))
        ends++
}

functions ~ / open$/ && /^        return crypto_aead_aes256gcm_verify_mac\(/ {
    $0 = "        sodium_misuse();"
    only_checks++
}

{ print }

END {
    if (failed)
        exit 1
    if (functions != " block hash next seal open" || until != "" || cuts != 4 || loops != 6)
        fail("not the functions and loops that were expected:" functions ", " cuts ", " loops)
    if (counters != 2 || increments != 7 || calls != 7 || ends != 7 || only_checks != 1)
        fail("not the calls that were expected")
}
