#!/bin/sh
# Wall time and CPU time of the SFTP server alone against OpenSSH's sftp-server, in turn, with OpenSSH's sftp as
# the client of both and no SSH between: get and put of 1 GB, and of a tree of 5,000 small files.
#
#   bench/sftp.sh [ROUNDS]      ends in a line per case with the medians and their ratios
#   OURS, THEIRS                the two programs
set -eu
rounds=${1:-5}
OURS=${OURS:-$(find build -path '*-full-sodium/tests/sftp/sftp_server' | head -n 1)}
THEIRS=${THEIRS:-/usr/lib/openssh/sftp-server}
for program in "$OURS" "$THEIRS"; do
    [ -x "$program" ] || { echo "bench: no SFTP server ${program:-of ours: run make sftp-alone}" >&2; exit 1; }
done
scratch=$(mktemp -d "${TMPDIR:-/tmp}/nano_bench.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' INT TERM

python3 - "$OURS" "$THEIRS" "$rounds" "$scratch" <<'EOF'
import os, shutil, statistics, subprocess, sys, time

ours, theirs, rounds, scratch = os.path.abspath(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
large, tree = scratch + "/large", scratch + "/tree"
with open(large, "wb") as f:
    for _ in range(1000):
        f.write(os.urandom(1000000))
for i in range(5000):
    folder = f"{tree}/{i // 100}"
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/{i}", "wb") as f:
        f.write(os.urandom(1 + i % 4096))

# Between the client and the server: waits for the server and notes its CPU time.
shim = scratch + "/shim"
with open(shim, "w") as f:
    f.write("""#!/usr/bin/env python3
import os, sys
pid = os.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:2])
os.close(0)
os.close(1)
used = os.wait4(pid, 0)[2]
with open(sys.argv[2] + ".part", "w") as f:
    f.write(str(used.ru_utime + used.ru_stime))
os.rename(sys.argv[2] + ".part", sys.argv[2])
""")
os.chmod(shim, 0o755)

def run(server, batch):
    note = scratch + "/note"
    start = time.perf_counter()
    subprocess.run(["sftp", "-q", "-b", "-", "-D", f"{shim} {server} {note}"], input=batch.encode(),
                   stdout=subprocess.DEVNULL, check=True)
    wall = time.perf_counter() - start
    while not os.path.exists(note):
        time.sleep(0.01)
    with open(note) as f:
        cpu = float(f.read())
    os.remove(note)
    return wall, cpu

cases = {"get 1 GB": f"get {large} {scratch}/out", "put 1 GB": f"put {large} {scratch}/out",
         "get 5000 files": f"get -R {tree} {scratch}/out", "put 5000 files": f"put -R {tree} {scratch}/out"}
for name, batch in cases.items():
    got = {ours: [], theirs: []}
    for i in range(rounds):
        for server in (ours, theirs) if i % 2 else (theirs, ours):
            got[server].append(run(server, batch))
            if os.path.isdir(scratch + "/out"):
                shutil.rmtree(scratch + "/out")
            else:
                os.remove(scratch + "/out")
    medians = [[statistics.median(v[k] for v in got[s]) for k in (0, 1)] for s in (ours, theirs)]
    (wall, cpu), (their_wall, their_cpu) = medians
    print(f"{name}: wall {wall:.2f} s, theirs {their_wall:.2f} s, ratio {wall / their_wall:.2f}; "
          f"CPU {cpu * 1000:.0f} ms, theirs {their_cpu * 1000:.0f} ms, ratio {cpu / their_cpu:.2f}", flush=True)
EOF
