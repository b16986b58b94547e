# shellcheck shell=sh
# Sourced by the scripts of this folder: a scratch folder, our server and OpenSSH's sshd side by side
# on free ports of one address, with one key that logs in to both. All of it goes away at exit.

SERVER=${SERVER:-build/nano_ssh_server}
[ -x "$SERVER" ] || { echo "bench: $SERVER is missing: run make" >&2; exit 1; }
scratch=$(mktemp -d "${TMPDIR:-/tmp}/nano_bench.XXXXXX")
pids=''
# What servers listen on; and before their commands and the clients', what runs these elsewhere.
address=127.0.0.1 far='' near=''

finish() {
    for pid in $pids; do kill "$pid" 2>/dev/null || true; done
    wait
    rm -rf "$scratch"
}
trap finish EXIT
trap 'exit 1' INT TERM

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

wait_for() { # PORT
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        $far python3 -c "import socket; socket.create_connection(('$address', $1), 1)" 2>/dev/null && return
        sleep 0.1
    done
    echo "bench: nothing listens on port $1" >&2
    exit 1
}

start_ours() { # sets ours_port, ours_pid
    ours_port=$(free_port)
    $far "$SERVER" -q -p "$address:$ours_port" -r "$scratch/host_key" -a "$scratch/keys" &
    ours_pid=$!
    pids="$pids $ours_pid"
    wait_for "$ours_port"
}

start_sshd() { # sets sshd_port, sshd_pid; needs root, as sshd does
    sshd_port=$(free_port)
    [ -d /run/sshd ] || mkdir -p /run/sshd
    ssh-keygen -q -t ed25519 -N '' -f "$scratch/sshd_key"
    cat >"$scratch/sshd_config" <<EOF
Port $sshd_port
ListenAddress $address
HostKey $scratch/sshd_key
AuthorizedKeysFile $scratch/keys
StrictModes no
UsePAM no
PermitRootLogin yes
PidFile none
Subsystem sftp internal-sftp
LogLevel ERROR
EOF
    $far "$(PATH=$PATH:/usr/sbin command -v sshd)" -D -e -f "$scratch/sshd_config" &
    sshd_pid=$!
    pids="$pids $sshd_pid"
    wait_for "$sshd_port"
}

ssh-keygen -q -t ed25519 -N '' -f "$scratch/id"
cp "$scratch/id.pub" "$scratch/keys"
chmod 600 "$scratch/keys"

login() { # PORT COMMAND...
    port=$1
    shift
    $near ssh -F none -o BatchMode=yes -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no \
        -o LogLevel=ERROR -o IdentitiesOnly=yes -i "$scratch/id" \
        -c chacha20-poly1305@openssh.com -p "$port" "$(id -un)@$address" "$@"
}
