#!/bin/sh
# make layers: the rooms' table of docs/design.md, held by force.
#
#   tests/layers.sh [OBJECTS]     OBJECTS: a folder of compiled rooms (default: each of this CPU, build/CPU-any*)
#
# Sources: which room includes which, whose internal.h is whose, system headers of the pure rooms.
# Objects: what the pure rooms ask of the outside. Prints TAP; 1 when something is wrong.
set -u
cd "$(dirname "$0")/.." || exit 1
LC_ALL=C
export LC_ALL

# room       may include the headers of
rooms='
base         base
crypto       crypto base
transport    transport base crypto
auth         auth base crypto transport
connection   connection base transport
session      session base crypto transport auth connection
process      process base
sftp         sftp base
network      network base process
applets      applets network process base crypto
shell        shell applets process base
box          box applets sftp process base
server       server box sftp session process network base crypto transport auth connection
profile      profile base crypto transport auth connection session server applets
hello        hello session profile base crypto auth
main.c       server profile box base crypto
tests        *
'
# server/ reads crypto, transport, auth and connection for their types and for host keys, authorized_keys
# and events: what session/ hands out is made of them.

# Those whose code is the same on a machine without an operating system, and what it may ask for.
pure='base crypto transport auth connection session'
providers='crypto/both.c crypto/sodium.c crypto/sodium.h crypto/sodium_least.c crypto/sodium_all.c crypto/sodium_cipher.c crypto/sodium_trim.c'
providers="$providers crypto/openssl.c crypto/openssl.h crypto/openssl_all.c crypto/openssl_cipher.c"
providers="$providers crypto/openssl_key.c crypto/openssl_memory.c crypto/openssl_digest.c"
providers="$providers crypto/openssl_start.c crypto/openssl_trim.c crypto/random.c crypto/sodium_random.c"
providers="$providers crypto/openssl_digest.h crypto/openssl_sha3.c"
system_headers='assert.h limits.h signal.h stdalign.h stdarg.h stdbool.h stddef.h stdint.h stdnoreturn.h string.h strings.h'
# signal.h and sys/wait.h: numbers and macros only (RFC 4254 section 6.10); the symbols below hold that.
system_headers="$system_headers sys/wait.h"
outside='mem[a-z]* str[a-z]* explicit_bzero __stack_chk_fail __assert_fail __assert_rtn _GLOBAL_OFFSET_TABLE_ __stack_chk_guard features'
# What compilers for other CPUs put in: wide arithmetic, saved registers, the place of tables.
outside="$outside __stack_chk_fail_local __aeabi_* __gnu_thumb1_* __*[dst]i[234] _savegpr_* _restgpr_* __riscv_* _gp_disp"

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
number=0 bad=0

# verdict NAME FILE-OF-COMPLAINTS
verdict() {
    number=$((number + 1))
    if [ -s "$2" ]; then
        bad=1
        echo "not ok $number $1"
        sed 's/^/#   /' "$2"
    else
        echo "ok $number $1"
    fi
}

in_list() { # WORD LIST
    case " $2 " in
    *" $1 "* | *' * '*) return 0 ;;
    esac
    return 1
}

sources() { # ROOM
    case $1 in
    *.c) echo "$1" ;;
    *) find "$1" -name '*.[ch]' 2>/dev/null | sort ;;
    esac
}

# FILE LINE HEADER, once per #include "…" (or <…> with a second argument)
includes() { # FILE [system]
    if [ $# = 1 ]; then
        sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"\([^"]*\)".*/\1/p' "$1"
    else
        sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*<\([^>]*\)>.*/\1/p' "$1"
    fi
}

# --- who includes whom --------------------------------------------------------------------------------
: >"$scratch/edges"
: >"$scratch/internal"
: >"$scratch/names"
while read -r room allowed; do
    [ -n "$room" ] || continue
    for file in $(sources "$room"); do
        for header in $(includes "$file"); do
            to=${header%%/*}
            if [ ! -e "$header" ] || [ "$to" = "$header" ]; then
                echo "$file: \"$header\" is not written as ROOM/FILE" >>"$scratch/names"
            elif ! in_list "$to" "$allowed"; then
                echo "$file includes $header: $room/ may see $allowed" >>"$scratch/edges"
            fi
            case $header in
            */internal.h) [ "$to" = "$room" ] || [ "$room" = tests ] || echo "$file includes $header" >>"$scratch/internal" ;;
            esac
        done
    done
done <<END
$rooms
END

# A new folder with C in it has to be in the table.
for folder in */; do
    folder=${folder%/}
    case $folder in
    build | bench | deps) continue ;;
    esac
    if [ -n "$(find "$folder" -name '*.c' -print -quit)" ] && ! echo "$rooms" | grep -q "^$folder "; then
        echo "$folder/ is not in the table of tests/layers.sh" >>"$scratch/edges"
    fi
done
verdict 'a room includes what its row allows' "$scratch/edges"
verdict 'internal.h stays in its room' "$scratch/internal"
verdict 'headers of our own are named ROOM/FILE' "$scratch/names"

# --- pure rooms: headers of the system ----------------------------------------------------------------
: >"$scratch/headers"
for room in $pure; do
    for file in $(sources "$room"); do
        in_list "$file" "$providers" && continue
        for header in $(includes "$file" system); do
            in_list "$header" "$system_headers" || echo "$file includes <$header>" >>"$scratch/headers"
        done
    done
done
verdict 'pure rooms include few system headers' "$scratch/headers"

# --- pure rooms: symbols -------------------------------------------------------------------------------
# What is defined in them (or in providers', beside them: crypto.h is theirs to answer) or is on the list.
check_objects() { # FOLDER
    : >"$scratch/calls"
    objects='' defining=''
    for room in $pure; do
        for object in "$1/$room"/*.o; do
            source=${object#"$1"/} source=${source%.o}.c
            if [ ! -e "$object" ] || [ ! -e "$source" ]; then # of a file that is gone
                continue
            fi
            defining="$defining $object"
            in_list "$source" "$providers" || objects="$objects $object"
        done
    done
    # Providers, which each build has of its own, and what hello answers instead of some files.
    for object in "${1%-any*}"-*-*/crypto/*.o "$1/hello/absent.o"; do
        [ ! -e "$object" ] || defining="$defining $object"
    done
    if [ -z "$objects" ]; then
        echo "$1 has no objects of the pure rooms" >>"$scratch/calls"
        return
    fi
    # shellcheck disable=SC2086  # lists
    nm -g --defined-only $defining | awk 'NF == 3 { print $3 }' >"$scratch/defined"
    # FILE: U SYMBOL
    # shellcheck disable=SC2086
    nm -u -A $objects | awk -F '[: ]+' 'FNR == NR { defined[$1] = 1; next } !defined[$NF] { print $1, $NF }' "$scratch/defined" - |
        while read -r object symbol; do
            for pattern in $outside; do
                # shellcheck disable=SC2254  # a pattern
                case $symbol in
                $pattern) continue 2 ;;
                esac
            done
            echo "${object#"$1"/} asks for $symbol"
        done >"$scratch/calls"
}

if [ $# -gt 0 ]; then
    folders=$*
else
    folders=$(find build -maxdepth 1 -name "$(uname -m)-any*" -type d 2>/dev/null | sort)
fi
if [ -z "$folders" ]; then
    echo 'ok - the core makes no system call # SKIP nothing is built (make first)'
fi
for folder in $folders; do
    check_objects "$folder"
    verdict "the core makes no system call (${folder##*/})" "$scratch/calls"
done
echo "1..$number"
exit $bad
