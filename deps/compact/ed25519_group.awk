# Curve25519's group, smaller:
#
#   - multiples of the base point from every fourth row of their table (the other rows leave base.h
#     by ed25519_base.awk), at the price of 24 more doublings;
#   - the choice among eight points, in constant time, as a loop;
#   - the check of a signature with digits up to 7 instead of 15: the multiples of the base point that
#     it wants are then in the first row of that table, and no table of its own is needed;
#   - X25519 in the same object, which thereby shares the arithmetic of field elements.

function fail(why)
{
    print FILENAME ":" FNR ": " why >"/dev/stderr"
    failed = 1
    exit 1
}

# --- the choice among eight points ----------------------------------------------------------------

/^ *ge25519_cmov(_cached)?\(t, &(precomp|cached)\[[0-7]\], equal\(babs, [1-8]\)\);$/ {
    match($0, /[0-7]\]/)
    turn = substr($0, RSTART, 1)
    match($0, /babs, [1-8]/)
    if (turn != chosen % 8 || substr($0, RSTART + 6, 1) != turn + 1)
        fail("expected the choice of point " chosen % 8)
    chosen++
    if (turn == 0) {
        sub(/\[0\]/, "[i]")
        sub(/babs, 1/, "babs, i + 1")
        print "    for (int i = 0; i < 8; i++) {"
        print "    " $0
        print "    }"
    }
    next
}

# --- the table, for two functions -------------------------------------------------------------------

/^static void$/ {
    held = 1
    next
}
held && /^ge25519_cmov8_base\(/ {
    above = $0
    held = 0
    next
}
held { print "static void" }
{ held = 0 }

above != "" && /^\{$/ { next }
above != "" && /base\[32\]\[8\] = \{ \/\* base\[i\]\[j\] = \(j\+1\)\*256\^i\*B \*\/$/ {
    print "static const ge25519_precomp ge25519_base[8][8] = { /* [i][j] = (j+1)*256^(4*i)*B */"
    tables++
    next
}
above != "" && /^    \};$/ {
    print "};"
    print ""
    print "static void"
    print above
    print "{"
    above = ""
    next
}
above == "" && tables == 1 && sub(/t, base\[pos\], b\)/, "t, ge25519_base[pos], b)") { tables++ }

# --- multiples of the base point ----------------------------------------------------------------------
#
# a = sum of e[i] * 16^i. The table has the multiples of 256^i * B for every i that four divides, that
# is of 16^(8k) * B. So the digits e[8k + 7] first, times 16, then the digits e[8k + 6], and so on.

/^ge25519_scalarmult_base\(/ { base = 1 }

base && /^    int             i;$/ {
    $0 = "    int             i, k;"
    changes++
}
base == 1 && /^    for \(i = 1; i < 64; i \+= 2\) \{$/ {
    print "    for (k = 7;; k--) {"
    print "        for (i = k; i < 64; i += 8) {"
    base = 2
    next
}
base == 2 {
    if (sub(/i \/ 2, e\[i\]/, "i / 8, e[i]"))
        changes++
    if ($0 ~ /^    \}$/) {
        print "        }"
        print "        if (k == 0) {"
        print "            break;"
        print "        }"
        base = 3
        next
    }
}
base == 3 && /^    for \(i = 0; i < 64; i \+= 2\) \{$/ {
    print "    }"
    base = 4
}
base == 3 && /^    ge25519_p[23]_dbl\(/ { doublings++ }
base == 4 {
    if ($0 ~ /i \/ 2, e\[i\]/)
        changes++
    if ($0 ~ /^    \}$/)
        base = 5
    next
}
base == 2 || base == 3 { if ($0 != "") $0 = "    " $0 }
base == 5 && /^}$/ {
    base = 0
    whole++
}

# --- the check of a signature ---------------------------------------------------------------------------

/^slide_vartime\(/ { slide = 1 }
slide && sub(/cmp <= 15\)/, "cmp <= 7)") { digits++ }
slide && sub(/cmp < -15\)/, "cmp < -7)") { digits++ }
/^}$/ { slide = 0 }

/^ge25519_double_scalarmult_vartime\(/ { check = 1 }
check == 1 && /^    static const ge25519_precomp Bi\[8\] = \{$/ {
    check = 2
    next
}
check == 2 {
    if ($0 ~ /^    \};$/)
        check = 3
    next
}
check == 3 && sub(/Ai\[8\]; \/\* A,3A,5A,7A,9A,11A,13A,15A \*\//, "Ai[4]; /* A,3A,5A,7A */") { checks++ }
# Three lines make each of 3A to 15A.
check == 3 && $0 ~ "^    ge25519_add\\(&t, &A2, &Ai\\[" multiples + 0 "\\]\\);$" { multiples++ }
check == 3 && multiples > 3 {
    if ($0 ~ /ge25519_p3_to_cached\(&Ai\[7\], &u\);$/)
        check = 4
    next
}
check == 4 && sub(/&Bi\[bslide\[i\] \/ 2\]/, "\\&ge25519_base[0][bslide[i] - 1]") { checks++ }
check == 4 && sub(/&Bi\[\(-bslide\[i\]\) \/ 2\]/, "\\&ge25519_base[0][-bslide[i] - 1]") { checks++ }
check == 4 && /^}$/ { check = 5 }

{ print }

END {
    if (failed)
        exit 1
    if (chosen != 16)
        fail("expected 16 choices of a point, found " chosen + 0)
    if (tables != 2 || changes != 3 || doublings != 4 || whole != 1)
        fail("the multiplication of the base point is not as expected")
    if (digits != 2 || check != 5 || multiples != 7 || checks != 3)
        fail("the check of a signature is not as expected")
    print "#include \"../../../crypto_scalarmult/curve25519/ref10/x25519_ref10.c\""
}
