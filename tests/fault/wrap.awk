# The wrappers of a provider's list (tests/fault/*.list) in C, or the linker's options for them.
#
#   awk -v make=flags -f wrap.awk LIST                     -Wl,--wrap=… for every function
#   awk -v make=source -f wrap.awk LIST UNDEFINED DEFINED  C; the names that the provider's objects
#                                                          want, and those that our objects have
#   Names are what nm -u and nm --defined-only print (the last field).

function fail(text) {
    print FILENAME ":" FNR ": " text >"/dev/stderr"
    bad = 1
    exit 1
}

# "const unsigned char *pk, size_t n" -> "pk, n"
function names_of(arguments,    n, i, parts, names) {
    if (arguments == "void")
        return ""
    n = split(arguments, parts, ",")
    for (i = 1; i <= n; i++) {
        sub(/\[[^]]*\][ ]*$/, "", parts[i])
        if (!match(parts[i], /[A-Za-z_0-9]+[ ]*$/))
            fail("an argument without a name: " parts[i])
        names = names (i > 1 ? ", " : "") substr(parts[i], RSTART, RLENGTH)
    }
    return names
}

function prototype(line,    start, left, arguments, name, type, value) {
    start = sub(/^start /, "", line)
    if (!match(line, /^[A-Za-z_0-9 *]+\(/))
        fail("not a prototype: " line)
    left = substr(line, 1, RLENGTH - 1)
    line = substr(line, RLENGTH + 1)
    match(line, /\) = [^)]*$/)
    arguments = substr(line, 1, RSTART - 1)
    value = substr(line, RSTART + 4)
    match(left, /[A-Za-z_0-9]+$/)
    name = substr(left, RSTART)
    type = substr(left, 1, RSTART - 1)
    if (name == "" || type == "" || value == "")
        fail("not a prototype: " left)
    known[name] = 1
    order[count++] = name
    body[name] = "__typeof__(" name ") __wrap_" name ";\n" \
        type "__wrap_" name "(" arguments ")\n{\n    return fault_due(" count - 1 ") ? " value \
        " : " name "(" names_of(arguments) ");\n}\n"
    starts[name] = start
}

# Of a family of names that `never` lists as NAME*
function in_family(name,    start) {
    for (start in family)
        if (index(name, start) == 1)
            return 1
    return 0
}

function take(line) {
    if (line == "" || line ~ /^#/)
        return
    if (line ~ /^include /)
        includes = includes "#" line "\n"
    else if (line ~ /^never /) {
        split(line, word, " ")
        if (sub(/\*$/, "", word[2]))
            family[word[2]] = 1
        else
            known[word[2]] = 1
    } else
        prototype(line)
}

FNR == 1 { file++ }
file == 1 && /^[ \t]+[^ \t]/ { sub(/^[ \t]+/, " "); pending = pending $0; next }
file == 1 { take(pending); pending = $0; next }
file == 2 && NF > 1 { wanted[$NF] = 1 }
file == 3 && NF > 1 { ours[$NF] = 1 }

END {
    if (bad)
        exit 1
    take(pending)
    if (make == "flags") {
        for (i = 0; i < count; i++)
            printf "-Wl,--wrap=%s ", order[i]
        exit 0
    }
    printf "/* Made by tests/fault/wrap.awk; not to be edited. */\n%s#include \"tests/fault/fault.h\"\n", includes
    for (i = 0; i < count; i++)
        printf "\n%s", body[order[i]]
    printf "\nstruct fault faults[] = {\n"
    for (i = 0; i < count; i++)
        printf "    { \"%s\", %s, 0, 0 },\n", order[i], starts[order[i]] ? "true" : "false"
    printf "    { 0 },\n};\n\nconst char *const fault_unlisted[] = {\n"
    # Of the compiler and the sanitizers is what begins with an underscore, and mem*.
    for (name in wanted)
        if (!(name in known) && !in_family(name) && !(name in ours) && name !~ /^(_|mem)/)
            printf "    \"%s\",\n", name
    printf "    0,\n};\n\nconst char *const fault_uncalled[] = {\n"
    for (name in known)
        if (!(name in wanted))
            printf "    \"%s\",\n", name
    printf "    0,\n};\n"
}
