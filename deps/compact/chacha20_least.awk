# ChaCha20, the portable one, for FIRST=size: sixteen words in arrays instead of in sixteen variables, and the
# eight quarter rounds of a double round as a loop over the library's macro. The source has to do the same to
# every word, in their order.

function fail(why)
{
    print FILENAME ":" FNR ": " why >"/dev/stderr"
    failed = 1
    exit 1
}

# Lines for the words 0 to 15, with the word's number for # and four times that for @: a loop instead.
function words(pattern, loop,    line, want)
{
    line = $0
    gsub(/ +/, " ", line)
    want = pattern
    gsub(/#/, n + 0, want)
    gsub(/@/, 4 * n, want)
    if (line != want)
        return 0
    if (n == 0) {
        print indent "for (i = 0; i < 16; i++) {"
        print indent "    " loop
        print indent "}"
    }
    if (++n == 16) {
        n = 0
        loops++
    }
    return 1
}

/^chacha20_encrypt_bytes\(/ { inside = 1 }
inside && /^    uint32_t [xj]0, / {
    text = $0
    variable = substr($2, 1, 1)
    getline
    for (i = 0; i < 16; i++)
        wanted = wanted (i ? ", " : "    uint32_t ") variable i
    line = text " " $1
    if (line != wanted ";")
        fail("expected 16 words, found " line)
    print "    uint32_t " variable "[16];"
    wanted = ""
    declarations++
    next
}
inside {
    match($0, /^ */)
    indent = substr($0, 1, RLENGTH)
    if (words(indent_of(4) "j# = ctx->input[#];", "j[i] = ctx->input[i];") ||
        words(indent_of(8) "x# = j#;", "x[i] = j[i];") ||
        words(indent_of(8) "x# = PLUS(x#, j#);", "x[i] = PLUS(x[i], j[i]);") ||
        words(indent_of(8) "x# = XOR(x#, LOAD32_LE(m + @));", "x[i] = XOR(x[i], LOAD32_LE(m + 4 * i));") ||
        words(indent_of(8) "STORE32_LE(c + @, x#);", "STORE32_LE(c + 4 * i, x[i]);"))
        next
    if (n)
        fail("expected word " n)
}

# A column, then a diagonal, of each four.
inside && /^            QUARTERROUND\(/ {
    d = quarters < 4 ? 0 : 1
    a = quarters % 4
    wanted = "            QUARTERROUND(x" a ", x" 4 + (a + d) % 4 ", x" 8 + (a + 2 * d) % 4 ", x" 12 + (a + 3 * d) % 4 ")"
    if ($0 != wanted)
        fail("expected " wanted)
    wanted = ""
    if (!quarters++) {
        print "            for (unsigned int q = 0; q < 8; q++) {"
        print "                unsigned int d = q / 4, a = q % 4;"
        print "                unsigned int b = 4 + (a + d) % 4, k = 8 + (a + 2 * d) % 4, e = 12 + (a + 3 * d) % 4;"
        print ""
        print "                QUARTERROUND(x[a], x[b], x[k], x[e])"
        print "            }"
    }
    next
}
inside { gsub(/j12/, "j[12]") }
inside { gsub(/j13/, "j[13]") }
inside && /[^a-z][xj][0-9]/ { fail("a word that was not expected") }
inside && /^}$/ { inside = 0 }

{ print }

# Blanks were made one.
function indent_of(blanks) { return length(indent) == blanks ? " " : "none" }

END {
    if (!failed && (declarations != 2 || loops != 5 || quarters != 8))
        fail("not the loops that were expected")
    exit failed
}
