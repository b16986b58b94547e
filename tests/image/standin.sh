#!/bin/sh
# A stand-in for Alpine's image, for machines that reach no registry: BusyBox, Debian's gcc under the name and with the
# C library that Alpine's has, and an `apk` that brings the packages Dockerfile.alpine needs, and no others.
#
#   tests/image/standin.sh FOLDER PREPARED.mk     (build/deps/x86_64.mk, which knows where our musl is)
#
# What is not installed by `apk add` is not there: a package that deps/packages.sh forgets fails the build. What this does not
# show: that Alpine has packages of these names, and what its own gcc and musl make of the sources.
set -eu
root=$1
prefix=$(sed -n 's|^LIBC_COMPACT := \(/.*\)/compact$|\1|p' "$2")
[ -d "$prefix/lib" ] || { echo "no musl of ours in $2" >&2; exit 1; }
busybox=$(readlink -f "$(command -v busybox)")
machine=$(uname -m)

mkdir -p "$root/bin" "$root/sbin" "$root/usr/bin" "$root/usr/sbin" "$root/etc" "$root/lib" "$root/tmp" "$root/root" "$root/packages"
for name in $("$busybox" --list); do
    case $name in
    # Alpine's has none of these either.
    busybox | ar | dpkg* | rpm* | make | ssl_client) continue ;;
    esac
    ln -sf "$busybox" "$root/bin/$name"
done
printf 'root:x:0:0:root:/root:/bin/sh\n' >"$root/etc/passwd"
printf 'ID=alpine\nPRETTY_NAME="a stand-in for Alpine"\n' >"$root/etc/os-release"

# --- packages ------------------------------------------------------------------------------------------
# files PACKAGE FILE...: with the libraries they need and the links that lead to them; what is in base is not in a package too,
# or installing that would write over a library in use
files() {
    package=$root/packages/$1
    [ "$1" != base ] || package=$root
    shift
    mkdir -p "$package"
    { printf '%s\n' "$@"; ldd "$@" 2>/dev/null | grep -o '/[^ ):]*'; } | sort -u | while read -r file; do
        until [ ! -L "$file" ]; do
            printf '%s\n' "$file"
            file=$(dirname "$file")/$(readlink "$file")
        done
        printf '%s\n' "$file"
    done | sort -u | while read -r file; do
        [ -f "$root$file" ] || printf '%s\n' "$file"
    done | tar -chf - --hard-dereference -T - 2>/dev/null | tar -xf - -C "$package"
}

tools=/usr/bin
# What Alpine has beside or in its BusyBox; and the shell of Debian's takes its own commands before those in PATH.
files base "$busybox" $tools/flock $tools/getconf $tools/dash
ln -sf /usr/bin/dash "$root/bin/sh"
gcc=$(gcc -print-file-name=.)
files gcc "$(readlink -f $tools/gcc)" "$(gcc -print-prog-name=cc1)" "$(gcc -print-prog-name=lto1)" "$(gcc -print-prog-name=lto-wrapper)" \
    "$(gcc -print-prog-name=collect2)" "$(gcc -print-file-name=liblto_plugin.so)" "$gcc/include" "$gcc/libgcc.a" "$gcc/libgcc_eh.a"
set --
for name in as ld ar nm strip readelf objcopy objdump ranlib size; do
    set -- "$@" $tools/$name
done
files binutils "$@"
files make $tools/make
files xz $tools/xz
files ca-certificates /etc/ssl/certs/ca-certificates.crt

# The compiler says whose it is, and sees musl only.
gcc_real=$(readlink -f $tools/gcc)
cat >"$root/packages/gcc/usr/bin/gcc" <<END
#!/bin/sh
case \$1 in
-dumpmachine) echo $machine-alpine-linux-musl ;;
*) exec $gcc_real -specs=/usr/lib/standin.specs "\$@" ;;
esac
END
chmod 755 "$root/packages/gcc/usr/bin/gcc"
mkdir -p "$root/packages/musl-dev/usr/lib" "$root/packages/linux-headers/usr/include" "$root/packages/gcc/usr/lib"
cp -r "$prefix/include" "$root/packages/musl-dev/usr/"
cp "$prefix"/lib/*.a "$prefix"/lib/*.o "$root/packages/musl-dev/usr/lib/"
for folder in "$prefix"/kernel/*; do
    cp -rL "$folder" "$root/packages/linux-headers/usr/include/"
done
cat >"$root/packages/gcc/usr/lib/standin.specs" <<'END'
%rename cc1 gcc_cc1

*cc1:
-nostdinc -isystem /usr/include -isystem include%s %(gcc_cc1)

*link_libgcc:
-L/usr/lib

*libgcc:
libgcc.a%s

*lib:
-lc

*startfile:
%{static-pie:/usr/lib/rcrt1.o;:/usr/lib/crt1.o} /usr/lib/crti.o

*endfile:
/usr/lib/crtn.o

*link:
-nostdlib %{static-pie:-static -pie --no-dynamic-linker -z text;:-static}

END

cat >"$root/sbin/apk" <<END
#!/bin/sh
set -eu
case \$1 in
--print-arch) echo $machine; exit ;;
add) shift ;;
*) exit 1 ;;
esac
for package; do
    case \$package in
    -*) continue ;;
    esac
    [ -d "/packages/\$package" ] || { echo "ERROR: unable to select packages: \$package (no such package)" >&2; exit 1; }
    cp -a "/packages/\$package/." /
done
END
chmod 755 "$root/sbin/apk"
