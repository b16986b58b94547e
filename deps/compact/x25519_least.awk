# X25519, for FIRST=size: the base point, whose u is 9, is multiplied as any other. And no list of points of
# small order: what they lead to is zero, which crypto_scalarmult_curve25519() refuses.

function fail(why)
{
    print FILENAME ":" FNR ": " why >"/dev/stderr"
    failed = 1
    exit 1
}

/^    if \(has_small_order\(p\)\) \{$/ {
    refusals++
    cut = 1
}
cut {
    if ($0 == "    }")
        cut = 0
    next
}

/^crypto_scalarmult_curve25519_ref10_base\(/ { base = 1 }
base == 1 && /^\{$/ {
    print
    print "    static const unsigned char nine[32] = { 9 };"
    print ""
    print "    return crypto_scalarmult_curve25519_ref10(q, n, nine);"
    base = 2
    next
}
base == 2 && /^}$/ { base = 3 }
base == 2 { next }

{ print }

END {
    if (!failed && (refusals != 1 || base != 3))
        fail("not the functions that were expected")
    exit failed
}
