#!/bin/sh
# Files by SFTP: wall time, and CPU time of all the server's processes, of us and of OpenSSH's sshd with its
# internal-sftp, in turn with the same client and the same cipher: get and put of 1 GB, and of a tree of 5,000
# small files. Everything is in memory.
#
#   bench/files.sh [ROUNDS]      ends in a line per case with the medians, their ratios and the targets; needs root
#   MEGABYTES, FILES             other sizes
set -eu
TMPDIR=${TMPDIR:-/dev/shm}
[ -w "$TMPDIR" ] || unset TMPDIR
export TMPDIR
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
start_ours
start_sshd

python3 - "$scratch" "$ours_pid:$ours_port" "$sshd_pid:$sshd_port" "${1:-5}" "${MEGABYTES:-1000}" "${FILES:-5000}" <<'END'
import os, resource, shutil, statistics, subprocess, sys, time

scratch, rounds, megabytes, files = sys.argv[1], *map(int, sys.argv[4:])
servers = {name: tuple(map(int, v.split(":"))) for name, v in zip(("ours", "sshd"), sys.argv[2:4])}
large, tree, out = scratch + "/large", scratch + "/tree", scratch + "/out"
with open(large, "wb") as f:
    for _ in range(megabytes):
        f.write(os.urandom(1000000))
for i in range(files):
    folder = f"{tree}/{i // 100}"
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/{i}", "wb") as f:
        f.write(os.urandom(1 + i % 4096))

# Both servers wait for the processes that they start, so what those used is in a field of their own.
tick = os.sysconf("SC_CLK_TCK")
def used(pid):
    with open(f"/proc/{pid}/stat") as f:
        return sum(map(int, f.read().rsplit(")", 1)[1].split()[11:15])) / tick

def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        return f.read().split()

def run(name, batch):
    pid, port = servers[name]
    before, start = used(pid), time.perf_counter()
    subprocess.run(["sftp", "-q", "-b", "-", "-F", "none", "-o", "BatchMode=yes", "-o", "UserKnownHostsFile=/dev/null",
                    "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR", "-o", "IdentitiesOnly=yes",
                    "-o", f"IdentityFile={scratch}/id", "-c", "chacha20-poly1305@openssh.com", "-P", str(port), "127.0.0.1"],
                   input=batch.encode(), stdout=subprocess.DEVNULL, check=True)
    wall = time.perf_counter() - start
    while children(pid):
        time.sleep(0.01)
    return wall, used(pid) - before

size = f"{megabytes} MB"
cases = {f"get {size}": f"get {large} {out}", f"put {size}": f"put {large} {out}",
         f"get {files} files": f"get -R {tree} {out}", f"put {files} files": f"put -R {tree} {out}"}
for case, batch in cases.items():
    got = {name: [] for name in servers}
    for i in range(rounds):
        for name in sorted(servers, reverse=i % 2):
            got[name].append(run(name, batch))
            shutil.rmtree(out) if os.path.isdir(out) else os.remove(out)
    (wall, cpu), (their_wall, their_cpu) = ([statistics.median(v[k] for v in got[name]) for k in (0, 1)] for name in servers)
    print(f"{case}: wall {wall:.2f} s, sshd {their_wall:.2f} s, ratio {wall / their_wall:.2f} (target 1.00); "
          f"CPU {cpu * 1000:.0f} ms, sshd {their_cpu * 1000:.0f} ms, ratio {cpu / their_cpu:.2f} (target 0.70)", flush=True)
END
