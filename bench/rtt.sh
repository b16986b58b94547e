#!/bin/sh
# Bulk data over a long way: one channel's MB/s, ours and OpenSSH's sshd in turn, with OpenSSH's client
# and the same cipher, over a round trip of MS (tests/support/delay.py). Every transfer has a connection
# of its own, and its time is that from the channel's opening to its end.
#
#   bench/rtt.sh [ROUNDS [MS [CASE...]]]   CASE: exec-up, sftp-get, L-down, …; all of them unless given
#   MB, CONGESTION                         how much is transferred each time; the congestion control, if the
#                                          kernel lets it be chosen (cubic)
#
# Ends in a line per case with the medians; status 2: one is less than 80 % of sshd's. Needs root.
set -eu
TARGET=0.80
here=$(dirname "$0")
rounds=${1:-3} ms=${2:-100}
[ $# -gt 2 ] || set -- "$rounds" "$ms" exec-up exec-down sftp-put sftp-get L-up L-down R-up R-down
shift 2
bytes=$((${MB:-64} * 1000000))
# What is transferred is to be in memory.
[ -n "${TMPDIR:-}" ] || [ ! -d /dev/shm ] || export TMPDIR=/dev/shm
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"
support=$here/../tests/support

# --- the way --------------------------------------------------------------------------------------------
# first_line FILE: what a program in the background has to say
first_line() {
    for _ in $(seq 100); do
        [ -s "$1" ] && { head -n 1 "$1"; return; }
        sleep 0.1
    done
    echo "bench: no $(basename "$1")" >&2
    exit 1
}
python3 "$support/delay.py" "$ms" >"$scratch/ends" &
pids="$pids $!"
ends=$(first_line "$scratch/ends")
near="nsenter -t ${ends% *} -n -p" far="nsenter -t ${ends#* } -n -p" address=10.99.0.2
echo "a round trip of $ms ms, $((bytes / 1000000)) MB at a time, congestion control" \
    "$($far cat /proc/sys/net/ipv4/tcp_congestion_control)"

start_ours
start_sshd
$far python3 "$support/bulk.py" serve 127.0.0.1 >"$scratch/far_port" &
pids="$pids $!"
$near python3 "$support/bulk.py" serve 127.0.0.1 >"$scratch/near_port" &
pids="$pids $!"
far_port=$(first_line "$scratch/far_port")
near_port=$(first_line "$scratch/near_port")
head -c "$bytes" /dev/urandom >"$scratch/data"

# --- a transfer -------------------------------------------------------------------------------------------
seconds() { # COMMAND...: prints how many it took
    from=$(date +%s%N)
    "$@" >&2
    to=$(date +%s%N)
    echo "$from $to" | awk '{ printf "%.3f\n", ($2 - $1) / 1e9 }'
}
over() { login "$port" -S "$scratch/c" "$@"; }
up() { over 'cat >/dev/null' <"$scratch/data"; }
down() { over "cat $scratch/data" >/dev/null; }
files() { # BATCH
    echo "$1" | $near sftp -q -F none -o BatchMode=yes -o ControlPath="$scratch/c" -b - "$address" >/dev/null
}

transfer() { # CASE; prints seconds. The forwards have a port on the other side of the way for each case.
    login "$port" -M -S "$scratch/c" -N -f -L "5000:127.0.0.1:$far_port" -R "5000:127.0.0.1:$near_port"
    case $1 in
    exec-up) seconds up ;;
    exec-down) seconds down ;;
    sftp-put) seconds files "put $scratch/data $scratch/copy" ;;
    sftp-get) seconds files "get $scratch/data $scratch/copy" ;;
    L-*) $near python3 "$support/bulk.py" "${1#L-}" 127.0.0.1 5000 "$bytes" ;;
    R-*) $far python3 "$support/bulk.py" "${1#R-}" 127.0.0.1 5000 "$bytes" ;;
    *) echo "bench: what is $1?" >&2 && exit 1 ;;
    esac
    case $1 in sftp-*) cmp "$scratch/data" "$scratch/copy" && rm "$scratch/copy" ;; esac
    over -O exit 2>/dev/null
    while [ -e "$scratch/c" ]; do sleep 0.1; done
}

for i in $(seq "$rounds"); do
    for what in "$@"; do
        for server in ours sshd; do
            [ $server = ours ] && port=$ours_port || port=$sshd_port
            rate=$(transfer "$what" | awk -v n="$bytes" '{ printf "%.1f", n / 1e6 / $1 } END { exit NR != 1 }')
            echo "$rate" >>"$scratch/$server.$what"
            echo "round $i, $what, $server: $rate MB/s"
        done
    done
done
missed=''
for what in "$@"; do
    ours=$(median <"$scratch/ours.$what")
    sshd=$(median <"$scratch/sshd.$what")
    ratio=$(awk "BEGIN { printf \"%.2f\", $ours / $sshd }")
    echo "median of $what over $ms ms: ours $ours MB/s, sshd $sshd MB/s; ratio $ratio"
    awk "BEGIN { exit !($ratio < $TARGET) }" && missed="$missed $what"
done
[ -z "$missed" ] || { echo "less than $TARGET of sshd:$missed"; exit 2; }
