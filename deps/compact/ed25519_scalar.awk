# Numbers modulo the order of Ed25519's group: their arithmetic, written out limb by limb, as loops.
#
# What is rolled up here is unrolled again by this script and compared with the library's source,
# statement for statement: a loop is written only where the source says exactly what it would do.

function fail(why)
{
    print FILENAME ":" FNR ": " why >"/dev/stderr"
    failed = 1
    exit 1
}

# The next statement of the source has to be this one.
function need(expected)
{
    if (statement[++at] != expected)
        fail(name ": expected '" expected "', found '" statement[at] "'")
}

function emit(line)
{
    text = text line "\n"
}

# The limbs of N bits from parameter P; the last one takes all the bits there are.
function load(p, x, n,    i, offset, shift, bytes)
{
    for (i = 0; i < n; i++) {
        offset = int(21 * i / 8)
        shift = 21 * i % 8
        bytes = i == n - 1 || 21 + shift > 24 ? 4 : 3
        bytes = "load_" bytes "(" p (offset ? " + " offset : "") ")"
        if (shift)
            bytes = "(" bytes " >> " shift ")"
        need("int64_t " p i " = " (i < n - 1 ? "2097151 & " : "") bytes)
    }
    emit("    sc25519_load(" x ", " p ", " n ");")
}

function declared(word, n,    i)
{
    for (i = 0; i < n; i++)
        need("int64_t " word i)
}

function products(add,    n, i, sum)
{
    for (n = 0; n < 23; n++) {
        sum = add && n < 12 ? "c" n " + " : ""
        for (i = n < 12 ? 0 : n - 11; i <= n && i < 12; i++)
            sum = sum (i == (n < 12 ? 0 : n - 11) ? "" : " + ") "a" i " * b" (n - i)
        need("s" n " = " sum)
    }
    need("s23 = 0")
    emit("    for (i = 0; i < 12; i++) {")
    emit("        for (j = 0; j < 12; j++) {")
    emit("            x[i + j] += l[i] * m[j];")
    emit("        }")
    emit("    }")
}

function carries(first, last, step, half,    i)
{
    for (i = first; i <= last; i += step) {
        need("carry" i " = " (half ? "(s" i " + (int64_t) (1L << 20))" : "s" i) " >> 21")
        need("s" (i + 1) " += carry" i)
        need("s" i " -= carry" i " * ((uint64_t) 1L << 21)")
    }
    emit("    sc25519_carry(x, " first ", " last ", " step ", " (half ? "1L << 20" : "0") ");")
}

# 2^252 is congruent to a small negative number, whose limbs these are.
function folds(first, last,    i, j)
{
    for (i = first; i >= last; i--) {
        for (j = 0; j < 6; j++)
            need("s" (i - 12 + j) " " (order[j] < 0 ? "-" : "+") "= s" i " * " \
                 (order[j] < 0 ? -order[j] : order[j]))
    }
    emit("    sc25519_fold(x, " first ", " last ");")
}

function zero()
{
    need("s12 = 0")
    emit("    x[12] = 0;")
}

function store(    j, i, shift)
{
    for (j = 0; j < 32; j++) {
        i = int(8 * j / 21)
        shift = 8 * j - 21 * i
        if (shift + 8 > 21 && i < 11)
            need("s[" j "] = (s" i " >> " shift ") | (s" (i + 1) " * ((uint64_t) 1 << " (21 - shift) "))")
        else
            need("s[" j "] = s" i " >> " shift)
    }
    emit("    for (i = 0; i < 32; i++) {")
    emit("        if (n < 8 && j < 12) {")
    emit("            bits |= (uint64_t) x[j++] << n;")
    emit("            n += 21;")
    emit("        }")
    emit("        s[i] = (unsigned char) bits;")
    emit("        bits >>= 8;")
    emit("        n -= 8;")
    emit("    }")
}

# 24 limbs, modulo the order, to 32 bytes. All three functions end so.
function reduction()
{
    emit("static void")
    emit("sc25519_finish(unsigned char s[32], int64_t x[24])")
    emit("{")
    emit("    uint64_t bits = 0;")
    emit("    int      i, j = 0, n = 0;")
    emit("")
    folds(23, 18)
    carries(6, 16, 2, 1)
    carries(7, 15, 2, 1)
    folds(17, 12)
    zero()
    carries(0, 10, 2, 1)
    carries(1, 11, 2, 1)
    folds(12, 12)
    zero()
    carries(0, 11, 1, 0)
    folds(12, 12)
    carries(0, 10, 1, 0)
    store()
    emit("}")
    if (at != statements)
        fail(name ": " statements - at " statements more than expected")
}

# What the loops above are made of.
function helpers(    j, list)
{
    for (j = 0; j < 6; j++)
        list = list (j ? ", " : "") order[j]
    print "static void"
    print "sc25519_load(int64_t *x, const unsigned char *s, int n)"
    print "{"
    print "    int i;"
    print ""
    print "    for (i = 0; i < n - 1; i++) {"
    print "        x[i] = 2097151 & (load_4(s + 21 * i / 8) >> (21 * i % 8));"
    print "    }"
    print "    x[i] = load_4(s + 21 * i / 8) >> (21 * i % 8);"
    print "}"
    print ""
    print "static void"
    print "sc25519_carry(int64_t *x, int i, int last, int step, int64_t half)"
    print "{"
    print "    for (; i <= last; i += step) {"
    print "        int64_t carry = (x[i] + half) >> 21;"
    print ""
    print "        x[i + 1] += carry;"
    print "        x[i] -= carry * ((uint64_t) 1L << 21);"
    print "    }"
    print "}"
    print ""
    print "static void"
    print "sc25519_fold(int64_t *x, int i, int last)"
    print "{"
    print "    static const int32_t order[6] = { " list " };"
    print "    int                  j;"
    print ""
    print "    for (; i >= last; i--) {"
    print "        for (j = 0; j < 6; j++) {"
    print "            x[i - 12 + j] += x[i] * order[j];"
    print "        }"
    print "    }"
    print "}"
    print ""
}

function finish(    before)
{
    before = text
    text = ""
    reduction()
    if (!helped++) {
        helpers()
        print text
    } else if (text != finished)
        fail(name ": ends in another way than sc25519_mul")
    finished = text
    print "void"
    printf "%s", head
    print "{"
    printf "%s", before
    print "    sc25519_finish(s, x);"
    print "}"
}

function scalar_function()
{
    at = 0
    text = ""
    if (name == "sc25519_reduce") {
        emit("    int64_t x[24];")
        emit("")
        load("s", "x", 24)
        declared("carry", 17)
    } else {
        emit("    int64_t x[24] = { 0 }, l[12], m[12];")
        emit("    int     i, j;")
        emit("")
        load("a", "l", 12)
        load("b", "m", 12)
        if (name == "sc25519_muladd")
            load("c", "x", 12)
        declared("s", 24)
        declared("carry", 23)
        products(name == "sc25519_muladd")
        carries(0, 22, 2, 1)
        carries(1, 21, 2, 1)
    }
    finish()
    scalars++
}

BEGIN {
    split("666643 470296 654183 -997805 136657 -683901", list)
    for (i in list)
        order[i - 1] = list[i]
}

# "void" is held back until the next line says of what.
inside == "" && /^void$/ {
    held = 1
    next
}
held && /^sc25519_(mul|muladd|reduce)\(/ {
    inside = "head"
    name = $0
    sub(/\(.*/, "", name)
    head = ""
}
held && inside == "" { print "void" }
{ held = 0 }

inside == "head" {
    if ($0 != "{") {
        head = head $0 "\n"
        next
    }
    inside = "body"
    statements = 0
    part = ""
    next
}
inside == "body" && $0 != "}" {
    part = part " " $0
    while ((end = index(part, ";")) > 0) {
        one = substr(part, 1, end - 1)
        part = substr(part, end + 1)
        gsub(/[ \t]+/, " ", one)
        sub(/^ /, "", one)
        statement[++statements] = one
    }
    next
}
inside == "body" {
    inside = ""
    scalar_function()
    next
}

{ print }

END {
    if (!failed && scalars != 3)
        fail("expected 3 functions of scalars, found " scalars + 0)
    exit failed
}
