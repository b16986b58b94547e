# The password hashes that musl makes of SHA-256 and SHA-512 bring both along a second time. Here they are
# libsodium's, which has the same three functions: what lies between the declaration of the state and the
# table of digits goes, and its names become the library's.

function fail(why)
{
    print FILENAME ":" FNR ": " why >"/dev/stderr"
    failed = 1
    exit 1
}

!whole && /^struct sha(256|512) \{$/ {
    ours = $2
    inside = 1
    theirs = "crypto_hash_" ours
    print "#include <sodium/" theirs ".h>"
    print "#define " ours " " theirs "_state"
    print "#define " ours "_init(s) " theirs "_init(s)"
    print "#define " ours "_update(s, m, n) " theirs "_update((s), (const unsigned char *)(m), (n))"
    print "#define " ours "_sum(s, md) " theirs "_final((s), (md))\n"
}
/^static const unsigned char b64\[\] =$/ {
    left_out = "ror K processblock pad " ours "_init " ours "_sum " ours "_update"
    if (!inside || names != " " left_out)
        fail("expected to leave out " left_out ", not" names)
    inside = 0
    whole++
}
# The name before the first bracket.
inside && /^static / {
    name = $0
    sub(/[[(].*/, "", name)
    sub(/.*[ *]/, "", name)
    names = names " " name
}
!inside

END {
    if (!failed && whole != 1)
        fail("expected SHA-2 once")
    exit failed
}
