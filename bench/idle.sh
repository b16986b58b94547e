#!/bin/sh
# Memory of the server itself while N logged-in connections idle: private and proportional set size
# from /proc/PID/smaps_rollup, without and with them.
#
#   bench/idle.sh [N]
set -eu
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
n=${1:-200}
start_ours

memory() { awk '/^(Private_Clean|Private_Dirty):/ { p += $2 } /^Pss:/ { s = $2 } END { print p, s }' "/proc/$ours_pid/smaps_rollup"; }

sleep 2
# shellcheck disable=SC2046
set -- $(memory)
private=$1 pss=$2
for i in $(seq "$n"); do
    login "$ours_port" -N -f -o ControlMaster=yes -o ControlPath="$scratch/c$i" </dev/null >/dev/null 2>&1
done
sleep 3
# shellcheck disable=SC2046
set -- $(memory)
open=$(find "$scratch" -name 'c[0-9]*' -type s | wc -l)
echo "idle server: ${private} KB private, ${pss} KB PSS"
echo "with $open connections: $1 KB private, $2 KB PSS"
awk "BEGIN { printf \"each: %.1f KB\n\", ($1 - $private) / $open }"
for i in $(seq "$n"); do
    ssh -F none -o ControlPath="$scratch/c$i" -O exit none 2>/dev/null || true
done
