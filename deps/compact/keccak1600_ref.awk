# Keccak-f[1600]: the rounds, written out 24 and 12 times, as a loop over the library's own macro for a
# round from A to E, which are then copied back to A. The macro for a last round only leaves out sums
# that no round follows to use.

function fail(why)
{
    print FILENAME ":" FNR ": " why >"/dev/stderr"
    failed = 1
    exit 1
}

BEGIN { expected = -1 }

/^keccakf_(12|24)_rounds\(/ {
    first = expected = 24 - substr($0, 9, 2)
    functions++
}

expected >= 0 && /KECCAK_DECLARE_STATE;/ {
    print "    unsigned int i;"
}

# KECCAK_THETA_RHO_PI_CHI_IOTA_PRE(7, E, A);
expected >= 0 && /^ *KECCAK_THETA_[A-Z_]*\([0-9]+, [AE], [AE]\);$/ {
    split($0, part, /[(), ;]+/)
    names = expected % 2 == 0 ? "A E" : "E A"
    macro = "KECCAK_THETA_RHO_PI_CHI_IOTA" (expected < 23 ? "_PRE" : "")
    if (part[2] != macro || part[3] != expected || part[4] " " part[5] != names)
        fail("expected round " expected " from " names)
    if (expected == first) {
        print "    for (i = " first "; i < 24; i++) {"
        print "        KECCAK_THETA_RHO_PI_CHI_IOTA_PRE(i, A, E);"
        print "        KECCAK_COPY_STATE(A, E);"
        print "    }"
    }
    if (++expected == 24) {
        expected = -1
        whole++
    }
    next
}

{ print }

END {
    if (!failed && (functions != 2 || whole != 2))
        fail("expected the rounds of two functions, found " whole + 0 " of " functions + 0)
    exit failed
}
