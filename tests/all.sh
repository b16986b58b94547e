#!/bin/sh
# Runs what has been built (make test, make test-quick) and adds up.
#
#   tests/all.sh full     unit tests plain and with sanitizers, with every provider; every client
#                         against the server and again against its sanitized build; lint
#   tests/all.sh quick    unit tests plain, the shortest talks with OpenSSH's client
#   tests/all.sh full interop/login asan/base    only suites whose names begin so
#
# A line per suite, then what failed and what was skipped; the last line is "N passed, N failed". In `full`, up to three
# suites of talks that failed beside others are tried once more, each by itself, and it is said which needed that.
# What a suite said is in build/results/SUITE.tap. JOBS: how many suites at once, two for each CPU, since
# they wait as long as they compute. PROVIDER: whose builds
# to take where there is one of each (-openssl, -both; none for libsodium's).
set -u
cd "$(dirname "$0")/.." || exit 1
results=build/results

fail_usage() {
    echo "usage: tests/all.sh full|quick [SUITE...]" >&2
    exit 2
}

# --- one suite: TAP into a file, then what it comes to -----------------------------------------------

# SUITE's command, its TAP on standard output
suite_run() {
    export CMOCKA_MESSAGE_OUTPUT=TAP
    case $1 in
    host/* | asan/* | host-*/* | asan-*/*)
        ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 \
            timeout -k 5 300 "build/${1%%/*}/tests/${1#*/}"
        ;;
    *-asan/*)
        SERVER=build/asan${PROVIDER:-}/nano_ssh_server BULK=10 timeout -k 5 600 \
            bats --tap --filter-tags '!slow,!release' "tests/${1%%-asan/*}/${1#*/}.bats"
        ;;
    interop-openssl/* | interop-both/*)
        provider=${1%%/*} provider=${provider#interop}
        SERVER=$VARIANTS$provider/nano_ssh_server PROVIDER=$provider BULK=10 timeout -k 5 600 \
            bats --tap --filter-tags '!slow,!release' "tests/interop/${1#*/}.bats"
        ;;
    interop-ssse3/* | interop-sse2/*) # libcrypto for CPUs of before 2011, or for what is there everywhere
        hidden=0:0
        case $1 in *-ssse3/*) hidden='~0x200000200000000:0' ;; esac
        OPENSSL_ia32cap=$hidden SERVER=$VARIANTS-openssl/nano_ssh_server PROVIDER=-openssl timeout -k 5 300 \
            bats --tap --filter-tags quick "tests/interop/${1#*/}.bats"
        ;;
    interop-min/*) # what its features are not is tagged so
        SERVER=$MIN BULK=10 timeout -k 5 100 bats --tap --filter-tags '!slow,!release,!env' "tests/interop/${1#*/}.bats"
        ;;
    *-quick/*)
        BULK=10 timeout -k 5 100 bats --tap --filter-tags quick "tests/${1%%-quick/*}/${1#*/}.bats"
        ;;
    fuzz/*)
        timeout -k 5 100 sh tests/fuzz/run.sh --smoke "${1#*/}" 3
        ;;
    image/*) # what they need may not be to be had: then they skip
        sh deps/packages.sh image test-image >&2 || :
        timeout -k 5 600 bats --tap --filter-tags "${IMAGE_TAGS:-!slow}" "tests/$1.bats"
        ;;
    packaging/*) # what they need may not be to be had: then they skip
        sh deps/packages.sh test-packaging >&2 || :
        timeout -k 5 600 bats --tap --filter-tags '!slow' "tests/$1.bats"
        ;;
    cpu/*) # the compiler and the emulator may not be to be had: then they skip; make test-cpus is for every CPU
        if sh deps/packages.sh test-cpus "target-${1#*/}" >&2; then
            timeout -k 5 900 "${MAKE:-make}" --no-print-directory -s -j2 ARCH="${1#*/}" \
                build/"${1#*/}"-full-sodium/nano_ssh_server build/"${1#*/}"-full-sodium-packall/nano_ssh_server cpu-units >&2 || return
        fi
        SHORT=yes CPU=${1#*/} timeout -k 5 600 bats --tap tests/cpu
        ;;
    interop/* | applets/* | shell/* | size/*)
        timeout -k 5 600 bats --tap "tests/$1.bats"
        ;;
    lint)
        sh deps/packages.sh build lint && timeout -k 5 900 "${MAKE:-make}" --no-print-directory -s lint ANALYSIS=short
        ;;
    esac </dev/null
}

# Prints the counts: passed failed skipped
suite_count() {
    # cmocka writes a skip as "not ok N # SKIP name".
    awk '/^(not )?ok .*# [Ss][Kk][Ii][Pp]/ { skipped++; next } /^ok / { passed++ } /^not ok / { failed++ }
        END { print passed + 0, failed + 0, skipped + 0 }' "$1"
}

# CPU seconds of what `times` wrote about this shell's children; a server that nobody waited for is not in it.
cpu_seconds() { sed 's/[ms]/ /g' "$1" | awk 'NR == 2 { print int($1 * 60 + $2 + $3 * 60 + $4 + 0.5) }'; }

suite() {
    tap=$results/$1.tap err=$results/$1.err began=$(date +%s)
    mkdir -p "${tap%/*}"
    suite_run "$1" >"$tap" 2>"$err"
    status=$?
    times >"$tap.times" # not in $( ), which has children of its own
    # shellcheck disable=SC2046
    set -- "$1" $(suite_count "$tap")
    # A crash, a timeout and a silence are failures of their own.
    if [ $status != 0 ] && [ "$3" = 0 ] || [ $(($2 + $3 + $4)) = 0 ]; then
        case $status in
        0) why='no test ran' ;;
        124 | 137) why='too slow: ended by timeout' ;;
        *) why="ended with status $status" ;;
        esac
        echo "not ok - $1: $why" >>"$tap"
        tail -n 40 "$err" | sed 's/^/# /' >>"$tap"
        set -- "$1" "$2" $(($3 + 1)) "$4"
    fi
    word=ok
    [ "$3" = 0 ] || word=FAIL
    [ "$3" = 0 ] || echo "$1" >>"$results/failed"
    skips=
    [ "$4" = 0 ] || skips=", $4 skipped"
    {
        printf '%-4s %-34s %4d passed, %d failed%s (%d s, %d of CPU)\n' $word "$1" "$2" "$3" "$skips" \
            $(($(date +%s) - began)) "$(cpu_seconds "$tap.times")"
        awk '/^(ok|not ok) /{ show = /^not ok/ && !/# SKIP/ } show { print "     " $0 }' "$tap"
        [ "$3" = 0 ] || [ ! -s "$err" ] || tail -n 20 "$err" | sed 's/^/     | /'
    } >"$tap.report"
    flock "$results/lock" cat "$tap.report"
}

# --- all of them ---------------------------------------------------------------------------------------

# unit BUILD: the test programs of that build
unit() {
    for program in build/"$1"/tests/*/*_test; do
        [ ! -x "$program" ] || echo "$1/${program#build/*/tests/}"
    done
}

# programs FOLDER [GROUP]: every bats file of tests/FOLDER; in the group -quick those which have something quick
programs() {
    for file in tests/"$1"/*.bats; do
        [ -e "$file" ] || continue
        [ "${2:-}" != -quick ] || grep -q '^# bats test_tags=.*quick' "$file" || continue
        name=${file##*/} name=${name%.bats}
        case $name in
        measure | rtt) continue ;; # when all else is done
        # Minutes for what unit tests and fuzzers with sanitizers, and `files`, have gone through.
        keys_options | file_clients | options | password | limits | carried | toolbox | \
            certificates | algorithms | host_key | audit | compact | pack | old_kernel | power | clock | hung_home | busybox | small) [ "${2:-}" != -asan ] || continue ;;
        esac
        echo "$1${2:-}/$name"
    done
}

# What takes longest comes first, so that in the end it is unit tests that are shared out.
suites() {
    if [ "$1" = full ]; then
        echo lint
        # The other byte order, and the other width.
        [ -n "${PROVIDER:-}" ] || echo cpu/mips
        printf 'interop/%s\n' hardening files forward keys_options libraries password file_clients limits login
        programs image
        programs packaging
        for folder in interop applets shell; do
            programs $folder -asan
            programs $folder
        done
        # What the providers differ in, for those that are not the one under test.
        if [ -z "${PROVIDER:-}" ]; then
            programs size
            programs packaging
            for name in algorithms libraries clients file_clients host_key certificates audit password; do
                echo interop-openssl/$name
            done
            echo interop-both/algorithms
            [ "$(uname -m)" != x86_64 ] || printf 'interop-%s/algorithms\n' ssse3 sse2
            for name in exec pty bulk; do
                echo interop-min/$name
            done
        fi
        for file in tests/fuzz/*.c; do
            name=${file##*/}
            echo "fuzz/${name%.c}"
        done
        for build in asan asan-openssl host host-openssl host-both; do
            unit $build
        done
    else
        [ -n "${PROVIDER:-}" ] || programs size -quick
        for folder in interop applets shell image packaging; do
            programs $folder -quick
        done
        unit "host${PROVIDER:-}"
    fi
}

# Those whose names begin with one of the arguments; all where there is none
chosen() {
    while read -r name; do
        [ $# -gt 0 ] || echo "$name"
        for prefix; do
            case $name in
            "$prefix"*) echo "$name" ;;
            esac
        done
    done
}

# Tries those in $results/failed again. A machine that others use, too, can stand still for as long as a client waits, so that
# here and there a talk fails; what is wrong fails twice. Not where more than three failed, nor what talks to nobody.
failed_again() {
    [ -s "$results/failed" ] && [ "$(wc -l <"$results/failed")" -le 3 ] || return 0
    ! grep -qE '^(lint$|fuzz/|host|asan)' "$results/failed" || return 0
    mv "$results/failed" "$results/again"
    echo "Again, each by itself:"
    while read -r name; do
        mv "$results/$name.tap" "$results/$name.tap.first"
    done <"$results/again"
    xargs -n 1 sh tests/all.sh --suite <"$results/again"
    while read -r name; do
        grep -qsxF "$name" "$results/failed" || echo "$name passed by itself only; what failed at first is in $results/$name.tap.first"
    done <"$results/again"
}

# What the user's own shell does at its start is not what is tested. It may take half a second for each of thousands of sessions,
# and what it locks stays locked when a test kills a session. As root SUITE is run where those files are empty.
without_startup() { # SUITE
    case $1 in
    interop* | applets* | shell*) ;;
    *) return 0 ;;
    esac
    [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null || return 0
    : >"$results/empty"
    home=$(getent passwd 0 | cut -d : -f 6)
    # shellcheck disable=SC2016 # the other shell's
    exec unshare -m sh -c 'for file in .bashrc .profile .bash_profile .bash_login .bash_logout; do
            [ ! -f "$2/$file" ] || mount --bind "$3/empty" "$2/$file"
        done
        exec sh tests/all.sh --suite-here "$1"' sh "$1" "$home" "$PWD/$results"
}

case ${1:-} in
--suite)
    without_startup "$2"
    suite "$2"
    exit
    ;;
--suite-here)
    suite "$2"
    exit
    ;;
full | quick) mode=$1 ;;
*) fail_usage ;;
esac
shift

rm -rf "$results"
mkdir -p "$results" || exit 1
: >"$results/lock"
jobs=${JOBS:-$(($(getconf _NPROCESSORS_ONLN) * 2))}
suites "$mode" | awk '!seen[$0]++' | chosen "$@" | xargs -r -P "$jobs" -n 1 sh tests/all.sh --suite
if [ "$mode" = full ]; then
    # Which mostly wait, one core for each.
    printf 'interop/%s\n' rtt measure | chosen "$@" | xargs -r -P 2 -n 1 sh tests/all.sh --suite
    failed_again
fi

find "$results" -name '*.tap' | sort >"$results/list"
total=$(xargs cat <"$results/list" 2>/dev/null | suite_count -)
# shellcheck disable=SC2086
set -- ${total:-0 0 0}
if [ "$3" != 0 ]; then
    echo "Skipped:"
    while read -r tap; do
        name=$(echo "${tap#"$results"/}" | sed 's,/,\\/,g')
        sed -nE "s/^(not )?ok *[0-9]* *-* *(.*) *# *[Ss][Kk][Ii][Pp] */     ${name%.tap}: \2 /p" "$tap"
    done <"$results/list"
fi
[ $(($1 + $2)) != 0 ] || set -- 0 1 "$3"
skips=
[ "$3" = 0 ] || skips=", $3 skipped"
echo "$1 passed, $2 failed$skips" | tee "$results/summary"
[ "$2" = 0 ]
