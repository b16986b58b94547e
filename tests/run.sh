#!/bin/sh
# make run: a server on 127.0.0.1:2222 for whoever runs it, and the command that logs in.
#
#   tests/run.sh build/nano_ssh_server        (make run PORT=2200 for another port)
#
# All it makes is in build/run: a host key, a list of authorized keys, the host's name for ssh and,
# where the user has no key that works without a passphrase, one to log in with. Nothing is asked,
# nothing outside is changed.
set -eu
umask 077
cd -P "$(dirname "$0")/.."
server=${1:-build/nano_ssh_server}
address=127.0.0.1
port=${PORT:-2222}
place=$PWD/build/run

die() {
    printf 'make run: %s\n' "$*" >&2
    exit 1
}

case $port in
'' | *[!0-9]* | ??????*) die "PORT must be a port's number, not '$port'" ;;
esac
if [ "$port" -lt 1 ] || [ "$port" -gt 65535 ]; then die "PORT must be between 1 and 65535, not $port"; fi
user=$(id -un 2>/dev/null) || die "user id $(id -u) has no name in /etc/passwd, so nobody could log in"
home=$(cd -P "${HOME:-/nonexistent}" 2>/dev/null && pwd) || home=/nonexistent

# --- may the keys here be trusted? ------------------------------------------------------------------
# The server reads authorized_keys only where nobody but root and the user can write (process/trust.c).
# false, with $why, where that is not so.
trusted() {
    set -- "$(stat -L -c %u "$1")" "$(stat -L -c %a "$1")"
    if [ "$1" != 0 ] && [ "$1" != "$(id -u)" ]; then
        why="it belongs to another user"
        return 1
    fi
    case $1:$2 in
    0:[1357]???) return 0 ;; # sticky, like /tmp
    *[2367]? | *[2367])
        why="others than its owner may write there (mode $2)"
        return 1
        ;;
    esac
}

mkdir -p "$place"
chmod go-w build && chmod 700 "$place"
folder=$place
until [ "$folder" = "$home" ] || [ "$folder" = / ]; do
    folder=$(dirname "$folder")
    trusted "$folder" || die "$folder: $why." \
        "The server would not trust a list of keys below it. Where that is right, say chmod go-w '$folder';" \
        "else put this checkout somewhere else."
done

# --- who may log in ---------------------------------------------------------------------------------
# The user's own ed25519 keys, those of hardware tokens too, and one made here if none of them works without a question.
: >"$place/authorized_keys"
identity=
for public in "$home"/.ssh/*.pub; do
    grep -hE '^(sk-)?ssh-ed25519(@openssh\.com)? ' "$public" >>"$place/authorized_keys" 2>/dev/null || continue
    ! grep -q '^sk-' "$public" || continue # works, but asks for a touch
    private=${public%.pub}
    [ -n "$identity" ] || ! ssh-keygen -y -P '' -f "$private" >/dev/null 2>&1 || identity=$private
done
if [ -z "$identity" ]; then
    identity=$place/id_ed25519
    if ! [ -s "$identity" ] || ! [ -s "$identity.pub" ]; then
        rm -f "$identity" "$identity.pub"
        if command -v ssh-keygen >/dev/null; then
            ssh-keygen -q -t ed25519 -N '' -C 'make run' -f "$identity" </dev/null || die "ssh-keygen could not make $identity"
        elif [ ! -s "$place/authorized_keys" ]; then
            die "no ed25519 key is in ~/.ssh, and ssh-keygen, which would make one, is not here (Debian: openssh-client)"
        else
            identity= # a key of an agent, or one with a passphrase
        fi
    fi
    [ -z "$identity" ] || cat "$identity.pub" >>"$place/authorized_keys"
fi

# --- the host key, and its name for ssh -------------------------------------------------------------
"$server" --quiet --check --host-key "$place/host_key"
# The public blob of an OpenSSH key file: 51 bytes behind the magic (15), "none" (8), "none" (8), "" (4),
# the number of keys (4) and its own length (4).
blob=$(sed '/^-/d' "$place/host_key" | base64 -d | tail -c +44 | head -c 51 | base64 | tr -d '\n')
echo "[$address]:$port ssh-ed25519 $blob" >"$place/known_hosts"

# --- is the port free? ------------------------------------------------------------------------------
hex=$(printf %04X "$port")
if cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
    awk -v port=":$hex" '$4 == "0A" && substr($2, length($2) - 4) == port { busy = 1 } END { exit !busy }'; then
    die "port $port is busy. Choose another one: make run PORT=$((port < 65000 ? port + 1 : 2222))"
fi

quoted() { # for a shell
    case $1 in
    *[!A-Za-z0-9_./-]*) printf "'%s'" "$(printf %s "$1" | sed "s/'/'\\\\''/g")" ;;
    *) printf %s "$1" ;;
    esac
}
known=$place/known_hosts
case $known in
*' '*) known="\"$known\"" ;; # ssh itself splits at blanks
esac

printf '\nLog in from another terminal:\n\n  ssh -p %s' "$port"
[ -z "$identity" ] || printf ' -o IdentitiesOnly=yes -i %s' "$(quoted "$identity")"
printf ' -o UserKnownHostsFile=%s %s@%s\n\nControl-C ends the server.\n\n' "$(quoted "$known")" "$(quoted "$user")" "$address"
exec "$server" --listen "$address:$port" --host-key "$place/host_key" --authorized-keys "$place/authorized_keys"
