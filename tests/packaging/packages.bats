#!/usr/bin/env bats
# The recipes of Debian, Alpine and OpenWrt: true to the build, as far as that can be seen here. Debian's package is built and
# unpacked; Alpine's and OpenWrt's tools are not to be had, so what their recipes do is done by stand-ins.

bats_require_minimum_version 1.5.0

# As grep, and fails where it finds something (a mere `!` would not end a test)
lacks() { ! grep "$@"; }

setup_file() {
    root=$(cd "${BATS_TEST_FILENAME%/*}/../.." && pwd)
    server=$root/build/$(uname -m)-full-sodium/nano_ssh_server
    export root server
}
setup() {
    cd "$root" || return
    version=$(sed -n 's/^#define NANO_VERSION "\(.*\)"$/\1/p' server/version.h)
}

# bats test_tags=quick
@test "all of them are about the version of the sources" {
    [ -n "$version" ]
    [ "$(sed -n '1s/^nano-ssh-server (\(.*\)) .*/\1/p' packaging/debian/changelog)" = "$version" ]
    grep -qx "pkgver=$version" packaging/alpine/APKBUILD
    grep -qx "PKG_VERSION:=$version" packaging/openwrt/nano_ssh_server/Makefile
    grep -q "^## $version " CHANGELOG.md
}

# bats test_tags=quick
@test "the CPUs of Debian's and OpenWrt's recipes are those of deps/targets" {
    cpus() { sed -n 's/^\([a-z][a-z0-9_]*\) .*/\1/p' deps/targets | sort; }
    # (Debian has no big-endian mips any more, OpenWrt no s390x.)
    sed -n 's/^Architecture: //p' packaging/debian/control | tr ' ' '\n' |
        sed 's/amd64/x86_64/; s/arm64/aarch64/; s/armhf/armv7/; s/armel/armv5/' | sort | diff - <(cpus | grep -vx mips)
    { sed -n 's/^NANO_CPU_[a-z0-9_]*:=\([a-z0-9_]*\)$/\1/p' packaging/openwrt/nano_ssh_server/Makefile; printf 'armv5\narmv7\n'; } |
        sort | diff - <(cpus | grep -vx s390x)
}

# --- Debian -------------------------------------------------------------------------------------------------
deb() { echo "$root/build/deb/nano-ssh-server_${version}_$(dpkg --print-architecture).deb"; }
needs_deb() {
    command -v dh >/dev/null && command -v dpkg-buildpackage >/dev/null || skip "debhelper is not here"
    [ -x "$server" ] || skip "not built"
}

@test "Debian: the package is built, and the program in it is the same bytes" {
    needs_deb
    sh packaging/deb.sh "$version" "$(uname -m)" "$server" build
    dpkg-deb --fsys-tarfile "$(deb)" | tar -xOf - ./usr/sbin/nano_ssh_server | cmp - "$server"
    dpkg-deb -c "$(deb)" >"$BATS_TEST_TMPDIR/list"
    cat "$BATS_TEST_TMPDIR/list"
    # Everything belongs to root, nobody else may write.
    [ -z "$(grep -v -e '^[-d]rwxr-xr-x root/root ' -e '^-rw-r--r-- root/root ' "$BATS_TEST_TMPDIR/list")" ]
    for file in sbin/nano_ssh_server share/man/man8/nano_ssh_server.8.gz share/bash-completion/completions/nano_ssh_server \
        share/zsh/vendor-completions/_nano_ssh_server share/doc/nano-ssh-server/copyright; do
        grep -q " \./usr/$file$" "$BATS_TEST_TMPDIR/list"
    done
    for unit in packaging/systemd/*.service packaging/systemd/*.socket; do
        [ ! -e "$unit" ] || grep -q "/systemd/system/${unit##*/}$" "$BATS_TEST_TMPDIR/list"
    done
    # No script that starts anything, no library that has to be there.
    [ -z "$(dpkg-deb --ctrl-tarfile "$(deb)" | tar -tf - | grep -E 'inst$|rm$')" ]
    [ -z "$(dpkg-deb -f "$(deb)" Depends)" ]
}

@test "Debian: installed below a folder it runs; removed, nothing is left" {
    [ -e "$(deb)" ] || skip "no package was built"
    [ "$(id -u)" = 0 ] || skip "needs root"
    mkdir -p "$BATS_TEST_TMPDIR/root/var/lib/dpkg/info" "$BATS_TEST_TMPDIR/root/var/lib/dpkg/updates"
    : >"$BATS_TEST_TMPDIR/root/var/lib/dpkg/status"
    put() { dpkg --root="$BATS_TEST_TMPDIR/root" --force-script-chrootless --log=/dev/null "$@"; }
    put -i "$(deb)"
    "$BATS_TEST_TMPDIR/root/usr/sbin/nano_ssh_server" --version | grep -q "^nano_ssh_server $version (full,"
    put --verify nano-ssh-server
    put -P nano-ssh-server
    [ -z "$(find "$BATS_TEST_TMPDIR/root" -type f -not -path '*/var/*')" ]
}

@test "Debian: lintian has nothing to say, but what is overridden with its reason" {
    [ -e "$(deb)" ] || skip "no package was built"
    command -v lintian >/dev/null || skip "lintian is not here"
    run lintian --allow-root --no-cfg --fail-on error,warning,info "$(deb)"
    echo "$output"
    [ "$status" = 0 ]
    # Each override has a comment above.
    awk '/^#/ { comment = 1; next } { if (!comment) exit 1; comment = 0 }' packaging/debian/nano-ssh-server.lintian-overrides
}

# --- Alpine -------------------------------------------------------------------------------------------------
@test "Alpine: the recipe is a shell script with all that abuild wants" {
    sh -n packaging/alpine/APKBUILD
    ! command -v shellcheck >/dev/null ||
        # Variables are abuild's, or for it.
        shellcheck --shell=dash --exclude=SC2034,SC2154,SC2164 packaging/alpine/APKBUILD
    (
        srcdir=/nowhere
        . packaging/alpine/APKBUILD
        for name in pkgname pkgver pkgrel pkgdesc url arch license source builddir; do
            eval "[ -n \"\$$name\" ]" || { echo "no $name"; exit 1; }
        done
        [ "$source" = "nano_ssh_server-$version.tar.gz" ] && [ "${#pkgdesc}" -le 80 ]
        type build package >/dev/null
    )
    # abuild's own style: tabs.
    lacks -n '^ ' packaging/alpine/APKBUILD
}

@test "Alpine: what the recipe puts into a package" {
    [ -x "$server" ] || skip "not built"
    [ -d packaging/openrc ] || skip "no service files here"
    # As after its build().
    mkdir -p "$BATS_TEST_TMPDIR/source/build"
    cp -R Makefile base server profile deps packaging docs LICENSE "$BATS_TEST_TMPDIR/source/"
    cp "$server" "$BATS_TEST_TMPDIR/source/build/"
    (
        set -eu
        srcdir=/nowhere pkgdir=$BATS_TEST_TMPDIR/package
        . packaging/alpine/APKBUILD
        cd "$BATS_TEST_TMPDIR/source"
        package
    )
    cd "$BATS_TEST_TMPDIR/package"
    cmp usr/sbin/nano_ssh_server "$server"
    [ -x etc/init.d/nano_ssh_server ]
    [ -e etc/conf.d/nano_ssh_server ]
    [ -e usr/share/man/man8/nano_ssh_server.8 ]
    [ -e usr/share/licenses/nano_ssh_server/LICENSE ]
}

# --- OpenWrt ------------------------------------------------------------------------------------------------
# What there is of OpenWrt's own make files that the recipe uses
openwrt_standin() {
    mkdir -p "$BATS_TEST_TMPDIR/top/include"
    cat >"$BATS_TEST_TMPDIR/top/rules.mk" <<'END'
INCLUDE_DIR := $(TOPDIR)/include
INSTALL_DIR := install -d -m0755
INSTALL_BIN := install -m0755
INSTALL_CONF := install -m0600
END
    cat >"$BATS_TEST_TMPDIR/top/include/package.mk" <<'END'
define BuildPackage
compile: ; $$(call Build/Compile)
install:
	$$(call Package/$(1)/install,$$(DESTDIR))
$(eval $(Package/$(1)))
show: ; @echo '$$(PKG_NAME) $$(PKG_VERSION) $$(SECTION) $$(CATEGORY) $$(TITLE) $$(DEPENDS)'
END
    echo endef >>"$BATS_TEST_TMPDIR/top/include/package.mk"
}
openwrt() {
    make --no-print-directory -s -f packaging/openwrt/nano_ssh_server/Makefile TOPDIR="$BATS_TEST_TMPDIR/top" PKG_BUILD_DIR="$root" "$@"
}

@test "OpenWrt: the recipe, read by a stand-in for OpenWrt's make files" {
    openwrt_standin
    run openwrt show ARCH=mipsel
    echo "$output"
    [[ $output == "nano_ssh_server $version net Network "*'@('*mipsel* ]]
    # Which CPU of ours is built, by which compiler
    compiled() { openwrt -n compile "$@" TARGET_CROSS=x-openwrt-linux-musl- PKG_JOBS=-j2; }
    compiled ARCH=mipsel | grep -q ' -j2 ARCH=mipsel TRIPLE=x-openwrt-linux-musl$'
    compiled ARCH=arm | grep -q ' ARCH=armv7 '
    compiled ARCH=arm CONFIG_SOFT_FLOAT=y | grep -q ' ARCH=armv5 '
    compiled ARCH=aarch64 | grep -q ' ARCH=aarch64 '
}

@test "OpenWrt: what the recipe puts into a package" {
    [ -x build/nano_ssh_server ] || skip "not built"
    [ -d packaging/procd ] || skip "no service files here"
    openwrt_standin
    openwrt install ARCH=x86_64 DESTDIR="$BATS_TEST_TMPDIR/package"
    cd "$BATS_TEST_TMPDIR/package"
    cmp usr/sbin/nano_ssh_server "$root/build/nano_ssh_server"
    [ -x etc/init.d/nano_ssh_server ]
    [ "$(stat -c %a etc/config/nano_ssh_server)" = 600 ]
}

# A compiler as OpenWrt's SDK has it: of another name, for musl. (Debian's, with the musl that we built.)
openwrt_compiler() { # FOLDER
    local prefix triple=$cpu-openwrt-linux-musl tool
    prefix=$(sed -n 's|^LIBC_COMPACT := \(/.*\)/compact$|\1|p' "build/deps/$cpu.mk")
    [ -d "$prefix/lib" ]
    mkdir -p "$1"
    for tool in ar ld nm strip readelf objcopy objdump ranlib size; do
        ln -s "$(command -v "$tool")" "$1/$triple-$tool"
    done
    cat >"$1/specs" <<END
%rename cc1 gcc_cc1

*cc1:
-nostdinc -isystem $prefix/include -isystem include%s -idirafter $prefix/kernel %(gcc_cc1)

*link_libgcc:
-L$prefix/lib

*libgcc:
libgcc.a%s

*lib:
-lc

*startfile:
%{static-pie:$prefix/lib/rcrt1.o;:$prefix/lib/crt1.o} $prefix/lib/crti.o

*endfile:
$prefix/lib/crtn.o

*link:
-nostdlib %{static-pie:-static -pie --no-dynamic-linker -z text;:-static}

END
    cat >"$1/$triple-gcc" <<END
#!/bin/sh
case \$1 in
-dumpmachine) echo $triple ;;
*) exec gcc -specs=$1/specs "\$@" ;;
esac
END
    chmod 755 "$1/$triple-gcc"
}

# bats test_tags=slow
@test "OpenWrt: compiled by a compiler of another name, for musl" {
    cpu=$(uname -m)
    [ -e "build/deps/$cpu.mk" ] || skip "not built"
    openwrt_compiler "$BATS_TEST_TMPDIR/sdk"
    # A tree and a cache of its own
    tree=$BATS_TEST_TMPDIR/tree cache=$BATS_TEST_TMPDIR/cache/nano_ssh_server/sources
    mkdir -p "$tree" "$cache"
    tar -cf - --exclude=./build --exclude=./dist --exclude=./.git . | tar -xf - -C "$tree"
    cp "$(sh deps/fetch.sh libsodium)" "$cache/"
    openwrt_standin
    PATH=$BATS_TEST_TMPDIR/sdk:$PATH XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache openwrt compile ARCH="$cpu" PKG_BUILD_DIR="$tree" PKG_JOBS=-j2 \
        TARGET_CROSS="$cpu-openwrt-linux-musl-"
    grep -q "^TARGET_CC := $cpu-openwrt-linux-musl-gcc " "$tree/build/deps/$cpu.mk"
    # (It has the whole of musl where ours is cut to size: a budget is no matter here.)
    sh packaging/verify.sh --size 400000 "$tree/build/nano_ssh_server"
}
