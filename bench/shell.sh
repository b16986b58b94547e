#!/bin/sh
# Commands of the built-in shell beside busybox's: each in turn on the same input, the medians of both and their ratio.
#
#   bench/shell.sh [ROUNDS]      a line for each: NAME: ours N ms, busybox N ms; ratio R
set -eu
SERVER=$(realpath "${SERVER:-build/nano_ssh_server}")
rounds=${1:-15}
busybox=$(command -v busybox) || { echo 'bench: busybox is missing' >&2; exit 1; }
scratch=$(mktemp -d "${TMPDIR:-/tmp}/nano_bench.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' INT TERM

# Microseconds of the median run, of two programs in turn: what they write goes nowhere.
in_turn() { # WHAT COMMAND ARGUMENT...
    what=$1
    shift
    mkdir -p "$scratch/bin"
    ln -sf "$SERVER" "$scratch/bin/$1"
    python3 - "$what" "$rounds" "$scratch/bin/$1" "$busybox" "$@" <<'END'
import statistics, subprocess, sys, time
what, rounds, ours, busybox, name, *rest = sys.argv[1:]
commands, times = [[ours, *rest], [busybox, name, *rest]], [[], []]
for i in range(int(rounds) + 1):
    for command, list in zip(commands, times):
        start = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        if i: list.append(time.perf_counter() - start)  # the first round warms up
a, b = (statistics.median(t) * 1000 for t in times)
print(f"{what}: ours {a:.1f} ms, busybox {b:.1f} ms; ratio {a / b:.2f}")
END
}

# --- 10,000 files in 100 folders ---
for i in $(seq 100); do
    mkdir -p "$scratch/tree/folder$i"
    seq -f "$scratch/tree/folder$i/file number %.0f" 100 | tr '\n' '\0' | xargs -0 touch
done
in_turn 'ls -lR of 10,000 files' ls -lR "$scratch/tree"
in_turn 'find of 10,000 files' find "$scratch/tree" -name '*7'
in_turn 'du of 10,000 files' du -s "$scratch/tree"
in_turn 'tar c of 10,000 files' tar cf - -C "$scratch" tree
