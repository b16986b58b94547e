#!/bin/sh
# Installs what is missing on this machine for GROUP...: build, build-openssl, build-toybox, build-clang, build-glibc,
# test, test-cpus, test-image, test-packaging, image, deb, lint, size, bench, report, target-ARCH.
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
build  /usr/include/lzma.h                liblzma-dev       xz-dev
build  flock                              util-linux        -
build-openssl  /usr/share/perl/*/FindBin.pm|/usr/share/perl5/*/FindBin.pm  perl  perl
build-toybox   bash                bash              bash
build-clang    clang               clang             clang
build-clang    /usr/lib/bfd-plugins/LLVMgold*.so|/usr/lib/llvm*/lib/LLVMgold.so  llvm  llvm-gold
build-glibc    /usr/lib/*/libcrypt.a  libcrypt-dev   -
target-x86_64  x86_64-linux-gnu-gcc       gcc-x86-64-linux-gnu  -
target-aarch64  aarch64-linux-gnu-gcc  gcc-aarch64-linux-gnu  -
target-aarch64  /usr/aarch64-linux-gnu/include/linux/version.h  linux-libc-dev-arm64-cross  -
target-armv7  arm-linux-gnueabihf-gcc  gcc-arm-linux-gnueabihf  -
target-armv7  /usr/arm-linux-gnueabihf/include/linux/version.h  linux-libc-dev-armhf-cross  -
target-armv5  arm-linux-gnueabi-gcc  gcc-arm-linux-gnueabi  -
target-armv5  /usr/arm-linux-gnueabi/include/linux/version.h  linux-libc-dev-armel-cross  -
target-i386  i686-linux-gnu-gcc  gcc-i686-linux-gnu  -
target-i386  /usr/i686-linux-gnu/include/linux/version.h  linux-libc-dev-i386-cross  -
target-riscv64  riscv64-linux-gnu-gcc  gcc-riscv64-linux-gnu  -
target-riscv64  /usr/riscv64-linux-gnu/include/linux/version.h  linux-libc-dev-riscv64-cross  -
target-mips  mips-linux-gnu-gcc  gcc-mips-linux-gnu  -
target-mips  /usr/mips-linux-gnu/include/linux/version.h  linux-libc-dev-mips-cross  -
target-mipsel  mipsel-linux-gnu-gcc  gcc-mipsel-linux-gnu  -
target-mipsel  /usr/mipsel-linux-gnu/include/linux/version.h  linux-libc-dev-mipsel-cross  -
target-powerpc  powerpc-linux-gnu-gcc  gcc-powerpc-linux-gnu  -
target-powerpc  /usr/powerpc-linux-gnu/include/linux/version.h  linux-libc-dev-powerpc-cross  -
target-s390x  s390x-linux-gnu-gcc  gcc-s390x-linux-gnu  -
target-s390x  /usr/s390x-linux-gnu/include/linux/version.h  linux-libc-dev-s390x-cross  -
test-cpus  qemu-arm-static  qemu-user-static  -
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
test   strace                             strace            strace
test   git                                git               git
test   lftp                               lftp              lftp
test   rclone                             rclone            rclone
test   rsync                              rsync             rsync
test   sshfs                              sshfs             sshfs
test   bzip2                              bzip2             -
test   cmake                              cmake             cmake
test   python3                            python3           python3
test   busybox                            busybox           busybox
test   setpriv                            util-linux        setpriv
test   script                             bsdutils          util-linux-misc
test   clang                              clang             clang
test   /usr/lib/llvm*/lib/clang/*/lib/*/libclang_rt.fuzzer*.a|/usr/lib/clang/*/lib/*/libclang_rt.fuzzer*.a  libclang-rt-dev  compiler-rt
test   pgrep                              procps            procps
test   setpriv                            util-linux        setpriv
test   ss                                 iproute2          iproute2
test   tmux                               tmux              tmux
test   ip                                 iproute2          iproute2
test   unshare                            util-linux        util-linux-misc
test   socat                              socat             socat
test   strace                             strace            strace
test   valgrind                           valgrind          valgrind
test   /usr/include/valgrind/memcheck.h   valgrind          valgrind-dev
lint   clang-format                       clang-format      clang-extra-tools
lint   clang-tidy                         clang-tidy        clang-extra-tools
lint   cppcheck                           cppcheck          cppcheck
lint   shellcheck                         shellcheck        shellcheck
lint   ctags                              universal-ctags   ctags
test   sshd                               openssh-server    openssh-server
test   s6-svscan                          s6                s6
test   runsv                              runit             runit
test   tcpserver                          ucspi-tcp         -
test   xinetd                             xinetd            -
test   fail2ban-regex                     fail2ban          fail2ban
test   systemd-analyze                    systemd           -
test   setcap                             libcap2-bin       libcap
image  buildah                            buildah           buildah
image  podman                             podman            podman
image  runc|crun                          runc              crun
test-image  busybox                            busybox           -
test-image  /usr/lib/python3*/*-packages/jsonschema  python3-jsonschema  py3-jsonschema
test-image  /usr/lib/python3*/*-packages/yaml  python3-yaml      py3-yaml
deb    dpkg-buildpackage                  dpkg-dev          -
deb    dh                                 debhelper         -
test-packaging  readelf                   binutils          binutils
test-packaging  mandoc                    mandoc            mandoc
test-packaging  zsh                       zsh               zsh
test-packaging  fish                      fish              fish
test-packaging  dh                        debhelper         -
test-packaging  dpkg-buildpackage         dpkg-dev          -
test-packaging  lintian                   lintian           -
test-packaging  /usr/lib/python3*/*-packages/jsonschema  python3-jsonschema  py3-jsonschema
size   python3                            python3           python3
bench  busybox                            busybox           busybox
bench  sshd                               openssh-server    openssh-server
report gnuplot                            gnuplot-nox       gnuplot
report python3                            python3           python3
report xz                                 xz-utils          xz
bench  tcpserver                          ucspi-tcp         -
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

[ $# -gt 0 ] || die "usage: deps/packages.sh GROUP... (build, build-openssl, build-clang, test, test-cpus, test-image, test-packaging, image, deb, lint, size, bench, target-ARCH)"

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
    *' openssh-server '* | *' xinetd '* | *' fail2ban '*)
        if [ ! -e /usr/sbin/policy-rc.d ]; then
            policy=/usr/sbin/policy-rc.d
            # shellcheck disable=SC2086
            if ! printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null ||
                ! $as_root chmod 755 "$policy"; then
                die "cannot write $policy, which keeps what is newly installed from being started"
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
