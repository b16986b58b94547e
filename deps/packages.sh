#!/bin/sh
# Installs what is missing on this machine for GROUP...: build, build-openssl, test, lint, bench,
# target-ARCH.
#
#   deps/packages.sh build test
#
# Whether something is missing is asked of the machine itself (is there such a command, such a
# file?) and not of the package manager: it takes no time, and a compiler that came some other way
# is as good. Nothing missing, no network.
set -eu
deps=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$deps/lib.sh"

# The system's own folders hold sshd and the like; they are not in every user's PATH.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# group  what to look for (alternatives with |, a path may have wildcards)  Debian package  Alpine
# package `-`: the system has it in its base or has no such package, so a missing one is no error
# there.
table() {
    cat <<'EOF'
build  gcc                                gcc               gcc
build  ld                                 binutils          binutils
build  make                               make              make
build  /usr/include/stdio.h               libc6-dev         musl-dev
build  /usr/include/linux/version.h       linux-libc-dev    linux-headers
build  curl|wget                          curl              -
build  /etc/ssl/certs/ca-certificates.crt ca-certificates   ca-certificates
build  tar                                tar               -
build  gzip                               gzip              -
build  xz                                 xz-utils          xz
build  flock                              util-linux        -
build-openssl  /usr/share/perl/*/FindBin.pm|/usr/share/perl5/*/FindBin.pm  perl  perl
target-x86_64  x86_64-linux-gnu-gcc       gcc-x86-64-linux-gnu  -
test   /usr/include/cmocka.h              libcmocka-dev     cmocka-dev
test   /usr/include/crypt.h               libcrypt-dev      musl-dev
test   bats                               bats              bats
test   ssh                                openssh-client    openssh-client
test   sftp                               openssh-client    openssh-client
test   plink                              putty-tools       putty
test   dbclient                           dropbear-bin      dropbear-dbclient
test   sshpass                            sshpass           sshpass
test   /usr/include/libssh/libssh.h       libssh-dev        libssh-dev
test   /usr/include/openssl/evp.h         libssl-dev        openssl-dev
test   openssl                            openssl           openssl
test   /usr/include/libssh2.h             libssh2-1-dev     libssh2-dev
test   /usr/lib/python3*/*-packages/paramiko  python3-paramiko  py3-paramiko
test   /usr/lib/python3*/*-packages/asyncssh  python3-asyncssh  py3-asyncssh
test   curl                               curl              curl
test   git                                git               git
test   lftp                               lftp              lftp
test   rclone                             rclone            rclone
test   rsync                              rsync             rsync
test   sshfs                              sshfs             sshfs
test   bzip2                              bzip2             -
test   cmake                              cmake             cmake
test   python3                            python3           python3
test   clang                              clang             clang
test   /usr/lib/llvm*/lib/clang/*/lib/*/libclang_rt.fuzzer*.a|/usr/lib/clang/*/lib/*/libclang_rt.fuzzer*.a  libclang-rt-dev  compiler-rt
test   pgrep                              procps            procps
test   ss                                 iproute2          iproute2
test   socat                              socat             socat
test   valgrind                           valgrind          valgrind
test   /usr/include/valgrind/memcheck.h   valgrind          valgrind-dev
lint   clang-format                       clang-format      clang-extra-tools
lint   clang-tidy                         clang-tidy        clang-extra-tools
lint   cppcheck                           cppcheck          cppcheck
lint   shellcheck                         shellcheck        shellcheck
lint   ctags                              universal-ctags   ctags
test   sshd                               openssh-server    openssh-server
bench  sshd                               openssh-server    openssh-server
EOF
}

present() {
    rest=$1
    while [ -n "$rest" ]; do
        case $rest in
        *'|'*) one=${rest%%|*} rest=${rest#*|} ;;
        *) one=$rest rest= ;;
        esac
        case $one in
        /*)
            for file in $one; do # unquoted on purpose: a path may have wildcards
                [ -e "$file" ] && return 0
            done
            ;;
        *) have "$one" && return 0 ;;
        esac
    done
    return 1
}

[ $# -gt 0 ] || die "usage: deps/packages.sh GROUP... (build, build-openssl, test, lint, bench, target-ARCH)"

if have apt-get; then
    system=debian
elif have apk; then
    system=alpine
else
    system=
fi

missing=
for group; do
    known=no
    while read -r in probe debian alpine; do
        [ "$in" = "$group" ] || continue
        known=yes
        present "$probe" && continue
        case $system in
        debian) package=$debian ;;
        alpine) package=$alpine ;;
        *) package=${probe%%|*} ;;
        esac
        case " $missing " in
        *" $package "*) continue ;;
        esac
        [ "$package" = - ] || missing="$missing${missing:+ }$package"
    done <<EOF
$(table)
EOF
    # A CPU without a row needs nothing beside `build`.
    case $known$group in
    notarget-*) ;;
    no*) die "deps/packages.sh: there is no group '$group'" ;;
    esac
done
[ -n "$missing" ] || exit 0

[ -n "$system" ] || die "neither apt-get nor apk is here to install what is missing: $missing"
say "installing missing packages: $missing"

as_root=
if [ "$(id -u)" != 0 ]; then
    have sudo || die "installing packages needs root or sudo; missing: $missing"
    as_root=sudo
fi

log=$(mktemp) || die "cannot write to ${TMPDIR:-/tmp}"
policy=
# shellcheck disable=SC2086  # as_root may be empty
cleanup() {
    rm -f "$log"
    [ -z "$policy" ] || $as_root rm -f "$policy"
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# A daemon that is installed for its program only must not be started: Debian's maintainer scripts
# ask this file.
if [ "$system" = debian ]; then
    case " $missing " in
    *' openssh-server '*)
        if [ ! -e /usr/sbin/policy-rc.d ]; then
            policy=/usr/sbin/policy-rc.d
            # shellcheck disable=SC2086
            if ! printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null ||
                ! $as_root chmod 755 "$policy"; then
                die "cannot write $policy, which keeps a newly installed sshd from being started"
            fi
        fi
        ;;
    esac
fi

# shellcheck disable=SC2086  # as_root and missing are lists
install_missing() {
    case $system in
    debian)
        # One broken source of the machine fails `update`, yet need not matter here.
        $as_root apt-get update -qq >/dev/null || :
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y \
            --no-install-recommends -o DPkg::Lock::Timeout=120 $missing
        ;;
    alpine) $as_root apk add --no-cache -q $missing ;;
    esac
}

if ! install_missing >"$log" 2>&1 </dev/null; then
    # The package manager's first complaint; the rest mostly follows from it.
    why=$(sed -n -e 's/^E: //p' -e 's/^ERROR: //p' "$log" | head -n 1)
    die "installing packages failed (${why:-no reason given}); missing: $missing"
fi
