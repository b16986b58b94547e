# Curve25519's group, smaller:
#
#   - multiples of the base point from every fourth row of their table, at the price of 24 more doublings. The
#     table is not in the program: it is computed when it is first wanted, by the library's own functions, to
#     the very numbers that the library has in base.h, and then its pages become read-only;
#   - the choice among eight points, in constant time, as a loop;
#   - the inverse of a field element by the power that is there for roots already: its exponent is
#     2^255 - 21 = 8 * (2^252 - 3) + 3, and it costs two products more than by itself (of some 270);
#   - the check of a signature with digits up to 7 instead of 15: the multiples of the base point that
#     it wants are then in the first row of that table, and no table of its own is needed;
#   - X25519 in the same object, which thereby shares the arithmetic of field elements.

function fail(why)
{
    print FILENAME ":" FNR ": " why >"/dev/stderr"
    failed = 1
    exit 1
}

BEGIN {
    print "#include <sys/auxv.h>"
    print "#include <sys/mman.h>"
}

# The base point comes from its encoding, which is 0x58, then 31 times 0x66; the sign is that of the negative, since the
# function for it negates. One inversion serves the eight points of a row: of the product of what is to be inverted.
# By way of bytes the numbers become those that base.h has, each limb as small as it can be, since what is computed with
# them relies on that. Nothing of it is secret.
function make_table()
{
    print "/* [i][j] = (j+1)*256^(4*i)*B */"
    print "static union {"
    print "    ge25519_precomp at[8][8];"
    print "    fe25519         fields[8][8][3];"
    print "    struct {"
    print "        ge25519_precomp table[8][8];"
    print "        int             made;"
    print "    } is;"
    print "    unsigned char pages[8192];"
    print "} ge25519_base __attribute__((aligned(4096)));"
    print ""
    print "static void"
    print "ge25519_base_row(fe25519 row[8][3], const ge25519_p3 p[8])"
    print "{"
    print "    fe25519       z[8], inverse, recip, x, y;"
    print "    unsigned char s[32];"
    print "    int           i, k;"
    print ""
    print "    fe25519_copy(z[0], p[0].Z);"
    print "    for (i = 1; i < 8; i++) {"
    print "        fe25519_mul(z[i], z[i - 1], p[i].Z);"
    print "    }"
    print "    fe25519_invert(inverse, z[7]);"
    print "    for (i = 7; i >= 0; i--) {"
    print "        fe25519_copy(recip, inverse);"
    print "        if (i > 0) {"
    print "            fe25519_mul(recip, inverse, z[i - 1]);"
    print "            fe25519_mul(inverse, inverse, p[i].Z);"
    print "        }"
    print "        fe25519_mul(x, p[i].X, recip);"
    print "        fe25519_mul(y, p[i].Y, recip);"
    print "        fe25519_add(row[i][0], y, x);"
    print "        fe25519_sub(row[i][1], y, x);"
    print "        fe25519_mul(x, x, y);"
    print "        fe25519_mul(row[i][2], x, d2);"
    print "        for (k = 0; k < 3; k++) {"
    print "            fe25519_tobytes(s, row[i][k]);"
    print "            fe25519_frombytes(row[i][k], s);"
    print "        }"
    print "    }"
    print "}"
    print ""
    print "static void"
    print "ge25519_base_make(void)"
    print "{"
    print "    ge25519_p3     p[8];"
    print "    ge25519_cached c;"
    print "    ge25519_p1p1   r;"
    print "    unsigned char  s[32];"
    print "    int            i, k;"
    print ""
    print "    if (ge25519_base.is.made) {"
    print "        return;"
    print "    }"
    print "    memset(s, 0x66, sizeof s);"
    print "    s[0] = 0x58;"
    print "    s[31] = 0xe6;"
    print "    ge25519_frombytes_negate_vartime(&p[0], s);"
    print "    for (i = 0;; i++) {"
    print "        ge25519_p3_to_cached(&c, &p[0]);"
    print "        for (k = 1; k < 8; k++) {"
    print "            ge25519_add(&r, &p[k - 1], &c);"
    print "            ge25519_p1p1_to_p3(&p[k], &r);"
    print "        }"
    print "        ge25519_base_row(ge25519_base.fields[i], p);"
    print "        if (i == 7) {"
    print "            break;"
    print "        }"
    print "        p[0] = p[7]; /* times 8, and 2^29 makes it 256^4 */"
    print "        for (k = 0; k < 29; k++) {"
    print "            ge25519_p3_dbl(&r, &p[0]);"
    print "            ge25519_p1p1_to_p3(&p[0], &r);"
    print "        }"
    print "    }"
    print "    ge25519_base.is.made = 1;"
    print "    if (getauxval(AT_PAGESZ) == 4096) { /* else there is more on that page */"
    print "        mprotect(&ge25519_base, sizeof ge25519_base, PROT_READ);"
    print "    }"
    print "}"
    print ""
}

# --- the inverse ----------------------------------------------------------------------------------

# The type is on a line of its own: before the first use of the power it has to be declared.
/^void$/ && !declared++ {
    print "static void fe25519_pow22523(fe25519 out, const fe25519 z);"
    print ""
}
/^fe25519_invert\(/ { inverse = 1 }
inverse == 1 && /^\{$/ {
    print "{"
    print "    fe25519 t;"
    print "    int     i;"
    print ""
    print "    fe25519_pow22523(t, z);"
    print "    for (i = 0; i < 3; i++) {"
    print "        fe25519_sq(t, t);"
    print "    }"
    print "    for (i = 0; i < 3; i++) {"
    print "        fe25519_mul(t, t, z);"
    print "    }"
    print "    fe25519_copy(out, t);"
    inverse = 2
    next
}
inverse == 2 && /^}$/ { inverse = 3 }
inverse == 2 { next }

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
    tables++
    next
}
# Both kinds of base.h.
above != "" && tables == 1 && /^(#(ifdef HAVE_TI_MODE|else|endif)|# include "fe_(51|25_5)\/base.h")$/ {
    files++
    next
}
above != "" && /^    \};$/ {
    make_table()
    print "static void"
    print above
    print "{"
    above = ""
    next
}
above == "" && tables == 1 && sub(/t, base\[pos\], b\)/, "t, ge25519_base.at[pos], b)") { tables++ }

# --- multiples of the base point ----------------------------------------------------------------------
#
# a = sum of e[i] * 16^i. The table has the multiples of 256^i * B for every i that four divides, that
# is of 16^(8k) * B. So the digits e[8k + 7] first, times 16, then the digits e[8k + 6], and so on.

/^ge25519_scalarmult_base\(/ { base = 1 }

base && /^    int             i;$/ {
    print "    int             i, k;"
    print ""
    print "    ge25519_base_make();"
    changes++
    next
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
check == 4 && sub(/&Bi\[bslide\[i\] \/ 2\]/, "\\&ge25519_base.at[0][bslide[i] - 1]") { checks++ }
check == 4 && sub(/&Bi\[\(-bslide\[i\]\) \/ 2\]/, "\\&ge25519_base.at[0][-bslide[i] - 1]") { checks++ }
check == 3 && /^    slide_vartime\(aslide, a\);$/ {
    print "    ge25519_base_make();"
    checks++
}
check == 4 && /^}$/ { check = 5 }

{ print }

END {
    if (failed)
        exit 1
    if (inverse != 3)
        fail("there is no inverse of a field element")
    if (chosen != 16)
        fail("expected 16 choices of a point, found " chosen + 0)
    if (tables != 2 || files != 5 || changes != 3 || doublings != 4 || whole != 1)
        fail("the multiplication of the base point is not as expected")
    if (digits != 2 || check != 5 || multiples != 7 || checks != 4)
        fail("the check of a signature is not as expected")
    print "#include \"../../../crypto_scalarmult/curve25519/ref10/x25519_ref10.c\""
}
