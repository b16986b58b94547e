#!/bin/sh
# From exec to the first byte of the banner on a new connection: the server is started anew each time
# and connected to as soon as it says (--ready-fd) that it listens.
set -eu
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
"$SERVER" -q -t -r "$scratch/host_key"
python3 - "$SERVER" "$scratch" "$(free_port)" <<'EOF'
import os, socket, statistics, subprocess, sys, time

server, scratch, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
times = []
for _ in range(30):
    r, w = os.pipe()
    start = time.perf_counter()
    p = subprocess.Popen([server, "-q", "-p", f"127.0.0.1:{port}", "-r", scratch + "/host_key",
                          "-a", scratch + "/keys", "--ready-fd", str(w)], pass_fds=[w])
    os.close(w)
    os.read(r, 1)
    with socket.create_connection(("127.0.0.1", port)) as s:
        s.recv(1)
        times.append((time.perf_counter() - start) * 1000)
    os.close(r)
    p.terminate()
    p.wait()
print(f"start to first banner byte: median {statistics.median(times):.1f} ms, "
      f"best {min(times):.1f} ms, worst {max(times):.1f} ms of {len(times)} starts")
EOF
