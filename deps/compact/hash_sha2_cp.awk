# SHA-256 and SHA-512: one round a turn, by the library's own macro for a round, instead of 16. The
# eight words that a round works on change places after it; written out, they did so by index. The
# padding, one bit and zeros, without a table of it.

function fail(why)
{
    print FILENAME ":" FNR ": " why >"/dev/stderr"
    failed = 1
    exit 1
}

# What the written out rounds rely on.
/^    RND\(S\[\((64|80) - i\) % 8\], S\[\((65|81) - i\) % 8\], / { macros++ }
/^    W\[i \+ ii \+ 16\] = / { macros++ }

/^SHA(256|512)_Transform\(/ {
    inside = 1
    word = /256/ ? "uint32_t" : "uint64_t"
    rounds = /256/ ? 64 : 80
}

inside && /^    int i;$/ { $0 = "    " word " a, b, c, d, e, f, g, h, t;\n    int      i;" }

# The loop over 16 rounds: as much of it as there is to say, in this order.
inside == 1 && $0 == "    for (i = 0; i < " rounds "; i += 16) {" {
    inside = 2
    next
}
inside == 2 && /^        RNDr\(/ {
    if ($0 != "        RNDr(S, W, " n + 0 ", i);")
        fail("expected round " n + 0)
    n++
    next
}
inside == 2 && n == 16 && $0 == "        if (i == " rounds - 16 ") {" {
    inside = 3
    next
}
inside == 3 && /^            break;$/ {
    inside = 4
    next
}
inside == 4 && /^        }$/ {
    inside = 5
    n = 0
    next
}
inside == 5 && /^        MSCH\(/ {
    if ($0 != "        MSCH(W, " n ", i);")
        fail("expected message word " n)
    n++
    next
}
inside == 5 && n == 16 && /^    }$/ {
    split("a b c d e f g h", name)
    for (i = 1; i <= 8; i++)
        print "    " name[i] " = S[" i - 1 "];"
    print "    for (i = 0; i < " rounds "; i++) {"
    print "        RND(a, b, c, d, e, f, g, h, W[i] + Krnd[i]);"
    print "        t = h;"
    for (i = 8; i > 1; i--)
        print "        " name[i] " = " name[i - 1] ";"
    print "        a = t;"
    print "        if (i < " rounds - 16 ") {"
    print "            MSCH(W, 0, i);"
    print "        }"
    print "    }"
    for (i = 1; i <= 8; i++)
        print "    S[" i - 1 "] = " name[i] ";"
    inside = 0
    whole++
    next
}
inside > 1 { fail("not as the rounds were expected") }

/^static const uint8_t PAD\[(64|128)\] = \{/ { pad = 1 }
pad {
    text = text $0
    if ($0 !~ /\};$/)
        next
    sub(/^[^{]*\{ */, "", text)
    if (text !~ /^0x80,[0, ]*\};$/)
        fail("expected padding of 0x80 and zeros")
    pad = 0
    pads++
    next
}
sub(/= PAD\[i\];$/, "= i == 0 ? 0x80 : 0;") { pads++ }

{ print }

END {
    if (!failed && (whole != 1 || macros != 2))
        fail("expected one function of rounds and its two macros")
    if (!failed && pads != 3)
        fail("expected a table of the padding, used twice")
    exit failed
}
