# Field elements of five 51-bit limbs: the carries through all limbs, written out four times where an
# element is brought to its one canonical form, as a function.

function fail(why)
{
    print FILENAME ":" FNR ": " why >"/dev/stderr"
    failed = 1
    exit 1
}

/^static void$/ {
    held = 1
    next
}
held && /^fe25519_reduce\(/ {
    print "static void"
    print "fe25519_carry(uint128_t t[5])"
    print "{"
    print "    int i;"
    print ""
    print "    for (i = 0; i < 4; i++) {"
    print "        t[i + 1] += t[i] >> 51;"
    print "        t[i] &= 0x7ffffffffffffULL;"
    print "    }"
    print "}"
    print ""
    inside = 1
}
held { print "static void" }
{ held = 0 }

inside && /^    const uint64_t mask = 0x7ffffffffffffULL;$/ { masks++ }
inside && /^    t\[[1-4]\] \+= t\[[0-3]\] >> 51;$/ {
    if (line % 2 || $0 != "    t[" line / 2 + 1 "] += t[" line / 2 + 0 "] >> 51;")
        fail("expected line " line + 0 " of a carry")
    line++
    next
}
inside && line % 2 {
    if ($0 != "    t[" (line - 1) / 2 "] &= mask;")
        fail("expected line " line " of a carry")
    if (++line == 8) {
        print "    fe25519_carry(t);"
        carries++
        line = 0
    }
    next
}
inside && line { fail("expected line " line " of a carry") }
inside && /^}$/ { inside = 0 }

{ print }

END {
    if (!failed && (masks != 1 || carries != 4))
        fail("expected four carries, found " carries + 0)
    exit failed
}
