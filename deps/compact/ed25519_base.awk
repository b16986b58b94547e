# Every fourth row of the table of multiples of Ed25519's base point; see ed25519_ref10.awk.
#
#   { /* 4/31 */
#     …
#   },

function fail(why)
{
    print FILENAME ":" FNR ": " why >"/dev/stderr"
    failed = 1
    exit 1
}

BEGIN { row = -1 }

/^\{ \/\* [0-9]+\/31 \*\/$/ {
    row++
    if ($3 != row "/31")
        fail("expected row " row)
}

row < 0 && NF { fail("expected the table's first row") }
row % 4 == 0 {
    print
    if ($0 ~ /^    \{ -?[0-9].*[0-9] \},?$/)
        coordinates++
}

END {
    if (!failed && (row != 31 || coordinates != 8 * 8 * 3))
        fail("expected 32 rows of 8 points, found " row + 1 " rows, kept " coordinates + 0 " coordinates")
    exit failed
}
