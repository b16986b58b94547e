# Blowfish begins with the first 1042 words of pi's fraction: 4 KB that nothing packs. Instead of the table there is what computes it,
# before a hash is made:
#
#   awk -f crypt_blowfish.awk pi.inc crypt_blowfish.c
#
# musl's own test of known answers after each hash stays, and would find any error.

function fail(why)
{
    print FILENAME ":" FNR ": " why >"/dev/stderr"
    failed = 1
    exit 1
}

FNR == NR {
    instead = instead $0 "\n"
    next
}
/^static const BF_ctx BF_init_state = \{\{$/ {
    inside = 1
    tables++
}
inside {
    words += gsub(/0x[0-9a-f]+/, "")
    if (/^}};$/) {
        inside = 0
        printf "%s", instead
    }
    next
}
/^\tretval = BF_crypt\(key, setting, output, 16\);$/ {
    print "\tBF_init();"
    calls++
}
{ print }

END {
    if (!failed && (tables != 1 || words != 18 + 4 * 256 || calls != 1))
        fail("expected one table of 1042 words and one call")
    exit failed
}
