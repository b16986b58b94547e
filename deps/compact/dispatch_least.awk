# The choice of an implementation at run time, for FIRST=size: the one that the library begins with stays, as a
# constant that the linker sees through. For the files that choose, and for those that are chosen and their headers.

/^static const crypto_[a-z0-9_]*_implementation \*implementation =$/ {
    sub(/\*implementation/, "*const implementation")
    pointers++
}
/^_crypto_[a-z0-9_]*_pick_best_implementation\(void\)$/ { pick = 1 }
pick == 1 && /^\{$/ {
    print
    print "    return 0;"
    pick = 2
}
pick == 2 && /^}$/ {
    pick = 3
    picks++
}
pick == 2 { next }

# Of a chosen one its declaration, or its definition.
/^extern struct crypto_[a-z0-9_]*_implementation$/ {
    sub(/struct/, "const struct")
    constants++
}
/^struct crypto_[a-z0-9_]*_implementation$/ {
    $0 = "const " $0
    constants++
}

{ print }

END {
    if (pointers + constants != 1 || picks != pointers) {
        print FILENAME ": not the implementations that were expected" >"/dev/stderr"
        exit 1
    }
}
