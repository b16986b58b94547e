#!/bin/sh
# grep through 100 MB of lines, ours and busybox's in turn: CPU time (user and system) and wall time, each the median of the rounds.
#
#   bench/grep.sh [ROUNDS]      ends in a line for each search with the ratios
set -eu
SERVER=${SERVER:-build/nano_ssh_server}
rounds=${1:-3}
[ -x "$SERVER" ] || { echo "bench: $SERVER is missing: run make" >&2; exit 1; }
command -v busybox >/dev/null || { echo 'bench: busybox is missing' >&2; exit 1; }
scratch=$(mktemp -d "${TMPDIR:-/tmp}/nano_bench.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
case $SERVER in
/*) ln -s "$SERVER" "$scratch/grep" ;;
*) ln -s "$PWD/$SERVER" "$scratch/grep" ;;
esac
SCRATCH=$scratch ROUNDS=$rounds python3 - <<'END'
import os, random, statistics, subprocess, time

folder, rounds = os.environ["SCRATCH"], int(os.environ["ROUNDS"])
r = random.Random(1)
words = ["".join(r.choice("etaoinshrdlu") for _ in range(r.randint(2, 9))) for _ in range(5000)]
log = os.path.join(folder, "log")
with open(log, "w") as f:
    size = line = 0
    while size < 100_000_000:
        text = "2026-11-%02d %05d %s%s\n" % (line % 30, line % 100000, " ".join(r.choice(words) for _ in range(r.randint(3, 14))),
                                          " Needle%d=x" % line if line % 5000 == 7 else "")
        size, line = size + f.write(text), line + 1

def once(program, arguments):
    """CPU and wall time, and what came out"""
    before, start = os.times(), time.monotonic()
    out = subprocess.run([*program, *arguments, log], stdout=subprocess.PIPE).stdout
    after, stop = os.times(), time.monotonic()
    return after[2] - before[2] + after[3] - before[3], stop - start, out

worst = 0
for arguments in (["Needle"], ["-c", "e"], ["-i", "needle"], ["-vc", "Needle"], ["-n", "Needle"], ["-F", "e=x"], ["-E", "Needle[0-9]+=x$"],
                  ["-E", "foo|Needle"], ["-c", "^2026-11-07"], ["-E", "[0-9]+x"], ["-c", "-E", "(a|b)+c$"], ["-c", "[a-z]*Need[a-z]*"]):
    got = {"ours": [], "busybox": []}
    for _ in range(rounds):
        ours = once([os.path.join(folder, "grep")], arguments)
        theirs = once(["busybox", "grep"], arguments)
        assert ours[2] == theirs[2], arguments
        got["ours"].append(ours)
        got["busybox"].append(theirs)
    (c, w), (bc, bw) = ([statistics.median(x[i] for x in got[who]) for i in (0, 1)] for who in ("ours", "busybox"))
    worst = max(worst, c / bc)
    print("grep %-24s CPU %5.2f s, busybox %5.2f s, ratio %5.2f; wall %5.2f s, busybox %5.2f s, ratio %5.2f" % (" ".join(arguments), c, bc, c / bc, w, bw, w / bw))
print("worst ratio of CPU time: %.2f" % worst)
END
