# Curve25519's group, for FIRST=size: without tables. After ed25519_scalar.awk.
#
#   - the base point is multiplied as any other is, by the library's function for that, in constant time. It
#     is taken from its encoding, which is 0x58, then 31 times 0x66; the sign is that of the negative, since
#     the function for it negates;
#   - the multiples that this function begins with, and its four doublings, as loops;
#   - the check of a signature multiplies twice by it, and adds;
#   - a power of a field element by squares and products in turn; the inverse by that power: its exponent is
#     2^255 - 21 = 8 * (2^252 - 3) + 3;
#   - a point of small order is one whose multiple by eight has no x, instead of a list;
#   - X25519 in the same object (x25519_least.awk).
#
# What is left out of the functions is computed in another way, and all of it is compared (docs/compact.md).

function fail(why)
{
    print FILENAME ":" FNR ": " why >"/dev/stderr"
    failed = 1
    exit 1
}

# Another body for the function that begins here.
function instead(name)
{
    body = name
    found = found " " name
}

/^fe25519_invert\(/ { instead("invert") }
/^fe25519_pow22523\(/ { instead("power") }
/^ge25519_double_scalarmult_vartime\(/ { instead("check") }
/^ge25519_scalarmult_base\(/ { instead("base") }
/^ge25519_has_small_order\(/ { instead("order") }

# The type is on a line of its own: before the first use of the power it has to be declared.
/^void$/ && !declared++ {
    print "static void fe25519_pow22523(fe25519 out, const fe25519 z);"
    print ""
}

body != "" && /^\{$/ {
    print
    if (body == "invert") {
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
    } else if (body == "power") {
        print "    fe25519 t;"
        print "    int     i;"
        print ""
        print "    fe25519_copy(t, z);"
        print "    for (i = 250; i >= 0; i--) {"
        print "        fe25519_sq(t, t);"
        print "        if (i != 1) {"
        print "            fe25519_mul(t, t, z);"
        print "        }"
        print "    }"
        print "    fe25519_copy(out, t);"
    } else if (body == "check") {
        print "    ge25519_p3     t[2];"
        print "    ge25519_cached c;"
        print "    ge25519_p1p1   sum;"
        print ""
        print "    ge25519_scalarmult(&t[0], a, A);"
        print "    ge25519_scalarmult_base(&t[1], b);"
        print "    ge25519_p3_to_cached(&c, &t[0]);"
        print "    ge25519_add(&sum, &t[1], &c);"
        print "    ge25519_p1p1_to_p2(r, &sum);"
    } else if (body == "base") {
        print "    ge25519_p3    p;"
        print "    unsigned char s[32];"
        print ""
        print "    memset(s, 0x66, sizeof s);"
        print "    s[0] = 0x58;"
        print "    s[31] = 0xe6;"
        print "    ge25519_frombytes_negate_vartime(&p, s);"
        print "    ge25519_scalarmult(h, a, &p);"
    } else if (body == "order") {
        print "    ge25519_p3   p;"
        print "    ge25519_p1p1 t;"
        print "    int          i;"
        print ""
        print "    if (ge25519_frombytes_negate_vartime(&p, s) != 0) {"
        print "        return 0;"
        print "    }"
        print "    for (i = 0; i < 3; i++) {"
        print "        ge25519_p3_dbl(&t, &p);"
        print "        ge25519_p1p1_to_p3(&p, &t);"
        print "    }"
        print "    return fe25519_iszero(p.X);"
    }
    skip = 1
    body = ""
    next
}
skip && /^}$/ { skip = 0 }
skip { next }

# --- the choice among eight points ----------------------------------------------------------------

/^ *ge25519_cmov_cached\(t, &cached\[[0-7]\], equal\(babs, [1-8]\)\);$/ {
    match($0, /[0-7]\]/)
    turn = substr($0, RSTART, 1)
    match($0, /babs, [1-8]/)
    if (turn != chosen + 0 || substr($0, RSTART + 6, 1) != turn + 1)
        fail("expected the choice of point " chosen + 0)
    if (!chosen++) {
        print "    for (int i = 0; i < 8; i++) {"
        print "        ge25519_cmov_cached(t, &cached[i], equal(babs, i + 1));"
        print "    }"
    }
    next
}

# --- any point's multiples ------------------------------------------------------------------------------

/^ge25519_scalarmult\(/ { inside = 1 }
inside && /^ *\/\*.*\*\/$/ { next }
inside { sub(/ *\/\*.*\*\/$/, "") }
inside && /^    ge25519_p1p1 +t2, t3, t4, t5, t6, t7, t8;$/ {
    declarations++
    next
}
inside && /^    ge25519_p3 +p2, p3, p4, p5, p6, p7, p8;$/ {
    print "    ge25519_p3      u;"
    declarations++
    next
}
inside == 1 && /^    ge25519_p3_to_cached\(&pi\[1 - 1\], p\);$/ {
    print
    inside = 2
    n = 2
    next
}
# Of n: twice the half of it, or one more; then in both forms.
inside == 2 && n <= 8 {
    if ($0 == "")
        next
    half = n == 2 ? "p" : "&p" n / 2
    if (step == 0)
        wanted = n % 2 ? "ge25519_add(&t" n ", p, &pi[" n - 1 " - 1]);" : "ge25519_p3_dbl(&t" n ", " half ");"
    else if (step == 1)
        wanted = "ge25519_p1p1_to_p3(&p" n ", &t" n ");"
    else
        wanted = "ge25519_p3_to_cached(&pi[" n " - 1], &p" n ");"
    if ($0 != "    " wanted)
        fail("expected " wanted)
    if (++step == 3) {
        step = 0
        if (++n > 8) {
            print "    for (i = 1; i < 8; i++) {"
            print "        ge25519_add(&r, p, &pi[i - 1]);"
            print "        ge25519_p1p1_to_p3(&u, &r);"
            print "        ge25519_p3_to_cached(&pi[i], &u);"
            print "    }"
            inside = 3
        }
    }
    next
}
inside == 3 && /^        ge25519_(p1p1_to_p2\(&s, &r|p2_dbl\(&r, &s)\);$/ {
    if (($0 ~ /dbl/) != doublings % 2)
        fail("expected a doubling in two steps")
    if (!doublings++) {
        print "        for (int k = 0; k < 4; k++) {"
        print "            ge25519_p1p1_to_p2(&s, &r);"
        print "            ge25519_p2_dbl(&r, &s);"
        print "        }"
    }
    next
}
inside && /^}$/ { inside = 0 }

{ print }

END {
    if (failed)
        exit 1
    if (found != " invert power check base order")
        fail("not the functions that were expected:" found)
    if (chosen != 8 || declarations != 2 || n != 9 || doublings != 8)
        fail("the multiplication of a point is not as expected")
    print "#include \"../../../crypto_scalarmult/curve25519/ref10/x25519_ref10.c\""
}
