# SHA-256 with SHA-512's constants, for FIRST=size: those of SHA-256 are the upper halves of the first 64, so
# one table serves both, in one object. After hash_sha2_cp.awk, twice:
#
#   awk -f hash_sha2_least.awk SHA-512's SHA-256's     SHA-256's anew
#   awk -f hash_sha2_least.awk SHA-512's               SHA-512's anew, with the other behind it

function fail(why)
{
    print FILENAME ":" FNR ": " why >"/dev/stderr"
    failed = 1
    exit 1
}

FNR == 1 {
    files++
    n = 0
}
/^static const uint(32|64)_t Krnd\[(64|80)\] = \{$/ {
    table = 1
    tables++
}
table {
    line = $0
    sub(/^[^{]*\{/, "", line)
    gsub(/[ }ULL;]/, "", line)
    count = split(line, number, ",")
    for (i = 1; i <= count; i++)
        if (number[i] != "") {
            if (files == 1)
                constant[n++] = number[i]
            else if (substr(constant[n++], 1, 10) != number[i] || n > 64)
                fail("constant " n - 1 " is not the half of the other's")
        }
    if ($0 ~ /\};$/) {
        table = 0
        if (n != (files == 1 ? 80 : 64))
            fail("expected more constants than " n)
        if (files == 2)
            next
    }
    if (files == 2)
        next
}
files == 2 { uses += gsub(/\+ Krnd\[i\]\);$/, "+ (uint32_t) (Krnd[i] >> 32));") }
{ text[files] = text[files] $0 "\n" }

END {
    if (failed)
        exit 1
    if (tables != files || (files == 2 && uses != 1))
        fail("expected a table and its use")
    if (files == 1) {
        text[1] = text[1] "#undef Ch\n#undef Maj\n#undef SHR\n#undef ROTR\n#undef S0\n#undef S1\n#undef s0\n#undef s1\n"
        text[1] = text[1] "#undef RND\n#undef RNDr\n#undef MSCH\n#define PAD PAD_256\n"
        text[1] = text[1] "#include \"../../sha256/cp/hash_sha256_cp.c\"\n"
    }
    printf "%s", text[files]
}
