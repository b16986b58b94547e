#!/bin/sh
# make lint: format, analysers, shell scripts, sizes. Prints TAP; what is wrong stands below its line.
#
#   tests/lint.sh "COMPILER FLAGS"
set -u
cd "$(dirname "$0")/.." || exit 1
LC_ALL=C
export LC_ALL
flags=${1:?"usage: tests/lint.sh 'compiler flags' (use make lint)"}

# Lengths, of docs/design.md
FUNCTION_USUAL=45 FUNCTION_MOST=80 FILE_MOST=450

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
number=0 bad=0

verdict() { # NAME FILE-OF-COMPLAINTS
    number=$((number + 1))
    if [ -s "$2" ]; then
        bad=1
        echo "not ok $number $1"
        head -n 200 "$2" | sed 's/^/#   /'
    else
        echo "ok $number $1"
    fi
}

# Our own: not what is built, nor what somebody keeps beside it untracked in build/.
own() { find . -path ./build -prune -o -path ./.git -prune -o -type f "$@" -print | sed 's,^\./,,' | sort; }
own -name '*.c' >"$scratch/c"
own -name '*.[ch]' >"$scratch/ch"
grep -v -e '^tests/' -e '^bench/' "$scratch/c" >"$scratch/product"
own \( -name '*.sh' -o -name '*.bash' -o -path './.ci/run' -o -path './packaging/*' -perm -100 ! -path './packaging/debian/rules' \) >"$scratch/sh"
own -name '*.bats' >"$scratch/bats"
cpus=$(getconf _NPROCESSORS_ONLN)

# --- format ------------------------------------------------------------------------------------------
xargs clang-format --dry-run -Werror <"$scratch/ch" >"$scratch/out" 2>&1
verdict 'clang-format' "$scratch/out"

# --- analysers ---------------------------------------------------------------------------------------
# What is wrong, in a line each; how it comes to that, clang-tidy says when it is run by hand.
xargs -P "$cpus" -n 3 sh tests/tidy.sh "$flags" <"$scratch/product" >"$scratch/tidy"
status=$?
grep -E ': (error|warning): ' "$scratch/tidy" | sed "s,^$PWD/,,; s,^\./,," | sort -u >"$scratch/out"
[ $status = 0 ] || [ -s "$scratch/out" ] || cp "$scratch/tidy" "$scratch/out"
verdict 'clang-tidy' "$scratch/out"

# Wrong here: the analyser takes the last round of a loop for every round (text.c), an empty password for
# every password (password.c), that a call changes nothing (complete.c), misses a cast
# (negotiate.c), that a struct is the kernel's (ip.c), and that a function starts what it is given (sha256_start).
# shellcheck disable=SC2046
cppcheck --quiet --std=c11 --enable=warning,performance,portability,style --inline-suppr -j "$cpus" \
    --error-exitcode=0 --suppress=missingIncludeSystem --suppress=unmatchedSuppression \
    --suppress=knownConditionTrueFalse:base/text.c --suppress=knownConditionTrueFalse:process/password.c --suppress=knownConditionTrueFalse:shell/complete.c --suppress=unusedStructMember:transport/negotiate.c --suppress=unusedStructMember:applets/ip.c \
    --suppress=ctuuninitvar:crypto/sodium.c --suppress='*:build/*' -D__x86_64__ \
    --template='{file}:{line}: {severity}: {message} [{id}]' \
    $(printf '%s\n' "$flags" | tr ' ' '\n' | grep '^-[DI]') $(cat "$scratch/product") >"$scratch/out" 2>&1
verdict 'cppcheck' "$scratch/out"

# --- shell scripts -----------------------------------------------------------------------------------
xargs shellcheck --external-sources --format=gcc <"$scratch/sh" >"$scratch/out" 2>&1
verdict 'shellcheck' "$scratch/out"
# bats: variables that are set for the next function, quotes for the other side, run's own variables
xargs shellcheck --shell=bats --format=gcc --severity=warning --exclude=SC1091,SC2154,SC2016,SC2034,SC2030,SC2031 \
    <"$scratch/bats" >"$scratch/out" 2>&1
verdict 'shellcheck, bats' "$scratch/out"
own -name '*.py' | while read -r file; do
    python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])' "$file" || echo "$file"
done >"$scratch/out" 2>&1
verdict 'Python parses' "$scratch/out"

# --- sizes -------------------------------------------------------------------------------------------
xargs ctags -x --c-kinds=f --language-force=C --fields=+ne --_xformat='%n %e %F %N' <"$scratch/product" 2>/dev/null |
    awk '{ print $2 - $1 + 1, $3, $4 }' | sort -n >"$scratch/lengths"
awk -v usual=$FUNCTION_USUAL -v most=$FUNCTION_MOST '
    $1 > most { print $2 ": " $3 "() has " $1 " lines of " most }
    $1 > usual { over++; list = list "\n" $2 ": " $3 "() has " $1 " lines" }
    END {
        if (NR < 50) print "only " NR " functions found: is ctags the universal one?"
        if (over * 20 > NR) print over " of " NR " functions are longer than " usual " lines:" list
    }' "$scratch/lengths" >"$scratch/out"
verdict "functions: 95 % within $FUNCTION_USUAL lines, none over $FUNCTION_MOST" "$scratch/out"
# A recording (tests/crypto/record.py) is as long as it is.
grep -v _exchange.h "$scratch/ch" | xargs wc -l | awk -v most=$FILE_MOST '$2 != "total" && $1 > most { print $2 ": " $1 " lines of " most }' >"$scratch/out"
verdict "files: at most $FILE_MOST lines" "$scratch/out"

# --- what must not be in any file ----------------------------------------------------------------------
own ! -name '*.bin' | xargs grep -nIE '[[:blank:]]+$' >"$scratch/out" 2>/dev/null
verdict 'no blanks at line ends' "$scratch/out"

echo "1..$number"
exit $bad
