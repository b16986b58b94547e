# Field elements of five 51-bit limbs, for FIRST=size: what is written out limb by limb as loops, and a square
# as a product. A loop is written only where the library's source, statement for statement, says what it does.

function fail(why)
{
    print FILENAME ":" FNR ": " why >"/dev/stderr"
    failed = 1
    exit 1
}

function need(expected)
{
    if (statement[++at] != expected)
        fail(name ": expected '" expected "', found '" statement[at] "'")
}

# The same for each limb, which is # in it.
function each(expected,    i, one)
{
    for (i = 0; i < 5; i++) {
        one = expected
        gsub(/#/, i, one)
        need(one)
    }
}

function mask()
{
    need("const uint64_t mask = 0x7ffffffffffffULL")
}

# Limbs of r, from the sums of products on: the carry through all of them, and of the first two again.
function carries(    i)
{
    for (i = 0; i < 5; i++) {
        if (i)
            need("r" i " += carry")
        need("r0" i " = ((uint64_t) r" i ") & mask")
        need("carry = r" i " >> 51")
    }
    need("r00 += 19ULL * (uint64_t) carry")
    for (i = 0; i < 2; i++) {
        need("carry = r0" i " >> 51")
        need("r0" i " &= mask")
        need("r0" i + 1 " += (uint64_t) carry")
    }
    each("h[#] = r0#")
}

function product(    i, n, factor)
{
    mask()
    need("uint128_t r0, r1, r2, r3, r4, carry")
    need("uint64_t f0, f1, f2, f3, f4")
    need("uint64_t f1_19, f2_19, f3_19, f4_19")
    need("uint64_t g0, g1, g2, g3, g4")
    need("uint64_t r00, r01, r02, r03, r04")
    each("f# = f[#]")
    each("g# = g[#]")
    for (i = 1; i < 5; i++)
        need("f" i "_19 = 19ULL * f" i)
    for (n = 0; n < 5; n++)
        for (i = 0; i < 5; i++) {
            factor = "((uint128_t) f" i (i > n ? "_19" : "") ")"
            need("r" n (i ? " += " : " = ") factor " * ((uint128_t) g" (n - i + 5) % 5 ")")
        }
    carries()
    print "    const uint64_t mask = 0x7ffffffffffffULL;"
    print "    uint128_t      r[5] = { 0 }, carry = 0;"
    print "    int            i, j;"
    print ""
    print "    for (i = 0; i < 5; i++) {"
    print "        uint64_t fi = f[i];"
    print ""
    print "        for (j = 0; j < 5; j++) {"
    print "            if (i + j == 5) {"
    print "                fi *= 19ULL;"
    print "            }"
    print "            r[i + j < 5 ? i + j : i + j - 5] += ((uint128_t) fi) * ((uint128_t) g[j]);"
    print "        }"
    print "    }"
    print "    for (i = 0; i < 5; i++) {"
    print "        r[i] += carry;"
    print "        h[i] = ((uint64_t) r[i]) & mask;"
    print "        carry = r[i] >> 51;"
    print "    }"
    print "    h[0] += 19ULL * (uint64_t) carry;"
    print "    for (i = 0; i < 2; i++) {"
    print "        h[i + 1] += h[i] >> 51;"
    print "        h[i] &= mask;"
    print "    }"
}

function sum()
{
    each("uint64_t h# = f[#] + g[#]")
    each("h[#] = h#")
    print "    int i;"
    print ""
    print "    for (i = 0; i < 5; i++) {"
    print "        h[i] = f[i] + g[i];"
    print "    }"
}

function difference(    i)
{
    mask()
    need("uint64_t h0, h1, h2, h3, h4")
    each("h# = g[#]")
    for (i = 0; i < 4; i++) {
        need("h" i + 1 " += h" i " >> 51")
        need("h" i " &= mask")
    }
    need("h0 += 19ULL * (h4 >> 51)")
    need("h4 &= mask")
    for (i = 0; i < 5; i++)
        need("h" i " = (f[" i "] + 0xffffffffff" (i ? "ffe" : "fda") "ULL) - h" i)
    each("h[#] = h#")
    print "    const uint64_t mask = 0x7ffffffffffffULL;"
    print "    uint64_t       carry = 0, t[5];"
    print "    int            i;"
    print ""
    print "    for (i = 0; i < 5; i++) {"
    print "        t[i] = (g[i] + carry) & mask;"
    print "        carry = (g[i] + carry) >> 51;"
    print "    }"
    print "    t[0] += 19ULL * carry - (0xfffffffffffdaULL - 0xffffffffffffeULL);"
    print "    for (i = 0; i < 5; i++) {"
    print "        h[i] = (f[i] + 0xffffffffffffeULL) - t[i];"
    print "    }"
}

function moves(both)
{
    need("const uint64_t mask = (uint64_t) (-(int64_t) b)")
    each("uint64_t f# = f[#]")
    if (both)
        each("uint64_t g# = g[#]")
    each("uint64_t x# = f# ^ " (both ? "g#" : "g[#]"))
    each("x# &= mask")
    each("f[#] = f# ^ x#")
    if (both)
        each("g[#] = g# ^ x#")
    print "    const uint64_t mask = (uint64_t) (-(int64_t) b);"
    print "    int            i;"
    print ""
    print "    for (i = 0; i < 5; i++) {"
    print "        uint64_t x = (f[i] ^ g[i]) & mask;"
    print ""
    print "        f[i] ^= x;"
    if (both)
        print "        g[i] ^= x;"
    print "    }"
}

# Their own sums of products say the same in another order. The other factor of twice the square is below
# 2^54, as a factor has to be: the library takes squares of nothing above 2^53.
function square(double)
{
    if (double) {
        print "    fe25519 t;"
        print ""
        print "    fe25519_add(t, f, f);"
    }
    print "    fe25519_mul(h, " (double ? "t" : "f") ", f);"
    at = statements
}

function whole()
{
    at = 0
    if (name == "fe25519_add")
        sum()
    else if (name == "fe25519_sub")
        difference()
    else if (name == "fe25519_cmov" || name == "fe25519_cswap")
        moves(name == "fe25519_cswap")
    else if (name == "fe25519_mul")
        product()
    else
        square(name == "fe25519_sq2")
    if (at != statements)
        fail(name ": " statements - at " statements more than expected")
    functions = functions " " substr(name, 9)
}

/^fe25519_(add|sub|cmov|cswap|mul|sq|sq2)\(/ {
    name = $0
    sub(/\(.*/, "", name)
    statements = 0
    part = ""
    print
    next
}
name != "" && /^\{$/ { inside = 1; print; next }
inside && $0 != "}" {
    part = part " " $0
    while ((end = index(part, ";")) > 0) {
        one = substr(part, 1, end - 1)
        part = substr(part, end + 1)
        gsub(/[ \t]+/, " ", one)
        gsub(/ \)/, ")", one)
        sub(/^ /, "", one)
        statement[++statements] = one
    }
    next
}
inside {
    whole()
    inside = 0
    name = ""
}

{ print }

END {
    if (!failed && functions != " add sub cmov cswap mul sq sq2")
        fail("not the functions that were expected:" functions)
    exit failed
}
