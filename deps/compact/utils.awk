# The size of a page from what the kernel hands to every process. The C library's sysconf() knows
# more than a hundred other things, and would be in the program for this one.

/^#include <stdint\.h>$/ {
    print "#include <sys/auxv.h>"
    headers++
}
sub(/= sysconf\(_SC_PAGESIZE\);$/, "= (long) getauxval(AT_PAGESZ);") { calls++ }
/sysconf\(/ { others++ }

{ print }

END {
    if (headers != 1 || calls != 1 || others) {
        print FILENAME ": expected one call of sysconf(), found " calls + others >"/dev/stderr"
        exit 1
    }
}
