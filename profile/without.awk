# A profile's file without some of its rows (make WITHOUT=…):
#
#   awk -v names='agent kex_mlkem768x25519 applet:grep' -f profile/without.awk profile/FILE.c
#
# A row of an algorithm goes with all whose names begin with its own and a '_' (its certificates, its other name), the
# certificates with their feature, and a part of a feature with the whole. What is left of a table must not be nothing.
BEGIN {
    with["forwarding"] = "local_tcp local_unix remote_tcp remote_unix agent"
    with["files"] = "sftp scp"
    for (n = split(names, list, " "); n > 0; n--) {
        gone[list[n]] = 1
        for (m = split(with[list[n]], other, " "); m > 0; m--)
            gone[other[m]] = 1
    }
    if (has_gone("local_tcp local_unix remote_tcp remote_unix agent"))
        gone["forwarding"] = 1
    if (has_gone("local_tcp call_home"))
        gone["names"] = 1
    if (has_gone("sftp scp"))
        gone["files"] = 1
}

function has_gone(list, part, n) {
    for (n = split(list, part, " "); n > 0; n--)
        if (!(part[n] in gone))
            return 0
    return 1
}

{ text = text $0 "\n" }

END {
    for (name in gone) {
        row = name
        sub(/^applet:/, "applet_", row)
        gsub("[ \t]*&" row (name ~ /^applet:/ ? "" : "(_[a-z0-9_]*)?") ",", "", text)
        gsub("[ \t]*has\\(" row "\\)[ \t\\\\]*\n", "", text)
    }
    if ("certificates" in gone)
        gsub(/[ \t]*&(host|user)_key_[a-z0-9_]*_cert,/, "", text)
    sub(/" all"/, "\" all but " names "\"", text)
    printf "%s", text
    if (text ~ /=[ \n]*\{[ \n]*NULL/) {
        print "WITHOUT: a table of " FILENAME " would be empty" >"/dev/stderr"
        exit 1
    }
}
