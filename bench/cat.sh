#!/bin/sh
# CPU time of the server for 1 GB through `cat` and back, ours and OpenSSH's sshd in turn with the same
# client and the same cipher. The program's own time does not count: each server's is read by the
# session from its parent's /proc/PID/stat, before and after.
#
#   bench/cat.sh [ROUNDS]      ends in the ratio of the medians; needs root, as sshd does
set -eu
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
rounds=${1:-5}
bytes=1000000000

start_ours
start_sshd
# shellcheck disable=SC2016 # for the session's own shell
measured='t() { awk "{ print \$14 + \$15 }" "/proc/$PPID/stat"; }; a=$(t); cat; b=$(t); echo $((b - a)) >&2'

for i in $(seq "$rounds"); do
    for server in ours sshd; do
        [ $server = ours ] && port=$ours_port || port=$sshd_port
        got=$(head -c $bytes /dev/zero | login "$port" "$measured" 2>>"$scratch/$server" | wc -c)
        [ "$got" = $bytes ] || { echo "bench: $server returned $got of $bytes bytes" >&2; exit 1; }
        echo "round $i, $server: $(tail -n 1 "$scratch/$server")0 ms of CPU for 1 GB both ways"
    done
done
ours=$(median <"$scratch/ours")
sshd=$(median <"$scratch/sshd")
awk "BEGIN { printf \"median: ours %d ms, sshd %d ms; ratio %.2f\n\", $ours * 10, $sshd * 10, $ours / $sshd }"
