#!/bin/sh
# One fuzzer for so many seconds. Prints TAP; inputs that are a finding are kept in build/fuzz/findings.
#
#   tests/fuzz/run.sh TARGET SECONDS            goes on where the last such run ended (build/fuzz/corpus)
#   tests/fuzz/run.sh --smoke TARGET SECONDS    from the seeds, always the same way as far as it comes
set -u
cd "$(dirname "$0")/../.." || exit 1
smoke=
if [ "${1:-}" = --smoke ]; then
    smoke=yes
    shift
fi
target=${1:?"usage: tests/fuzz/run.sh [--smoke] TARGET SECONDS"} time=${2:?"how many seconds?"}
program=build/fuzz/tests/fuzz/$target findings=build/fuzz/findings
if [ ! -x "$program" ]; then
    echo "ok 1 $target # SKIP clang cannot build fuzzers here"
    exit 0
fi

folder=$(mktemp -d "${TMPDIR:-/tmp}/nano_fuzz.XXXXXX") || exit 1
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
corpus=build/fuzz/corpus/$target
[ -z "$smoke" ] || corpus=$folder/corpus
mkdir -p "$corpus"
python3 tests/fuzz/seeds.py "$target" "$folder" || exit 1
set -- "$corpus" "$folder/seeds"
[ ! -d "tests/fuzz/corpus/$target" ] || set -- "$@" "tests/fuzz/corpus/$target"
[ ! -s "$folder/words" ] || set -- "-dict=$folder/words" "$@"
[ ! -e "tests/fuzz/$target.dict" ] || set -- "-dict=tests/fuzz/$target.dict" "$@"
[ -z "$smoke" ] || set -- -seed=1 "$@"

FUZZ_FOLDER=$folder "$program" -max_total_time="$time" -max_len=8192 -timeout=20 -rss_limit_mb=1024 \
    -artifact_prefix="$folder/" -print_final_stats=1 "$@" >"$folder/log" 2>&1 </dev/null
status=$?
if [ $status = 77 ]; then
    echo "ok 1 $target # SKIP $(tail -n 1 "$folder/log")"
    exit 0
fi
if [ $status = 0 ]; then
    echo "ok 1 $target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$folder/log") inputs"
    [ -n "$smoke" ] || tail -n 12 "$folder/log" | sed 's/^/# /'
    exit 0
fi
echo "not ok 1 $target: ended with status $status"
tail -n 60 "$folder/log" | sed 's/^/# /'
mkdir -p "$findings"
for file in "$folder"/crash* "$folder"/timeout* "$folder"/oom* "$folder"/slow*; do
    [ -s "$file" ] || continue
    cp "$file" "$findings/$target-$(sha1sum <"$file" | cut -c1-12)"
    echo "# again: FUZZ_FOLDER=\$(mktemp -d) $program $findings/$target-$(sha1sum <"$file" | cut -c1-12)"
done
exit 1
