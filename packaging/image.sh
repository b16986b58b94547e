#!/bin/sh
# make image: the server as a container image, made from nothing by buildah, without Docker.
#
#   packaging/image.sh build/nano_ssh_server x86_64 build/nano_ssh_server.oci.tar
#
# What Dockerfile.alpine's last stage says is what this image has: one layer with one file. The archive (podman load, docker
# load, skopeo copy oci-archive:…) has the same bytes at each build of a commit, whose time is the image's, unless
# SOURCE_DATE_EPOCH is set. Nothing but OUT and a temporary folder is written, buildah's storage included.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
dockerfile=$root/Dockerfile.alpine

die() {
    printf 'make image: %s\n' "$*" >&2
    exit 1
}
[ $# = 3 ] || die "usage: packaging/image.sh BINARY ARCH OUT"
binary=$1 out=$3
[ -f "$binary" ] || die "there is no $binary"
command -v buildah >/dev/null || die "buildah is not here; sh deps/packages.sh image installs it"

# What container tools call the CPU, and its variant.
variant=
case $2 in
x86_64) arch=amd64 ;;
i?86 | x86) arch=386 ;;
aarch64) arch=arm64 ;;
armv5*) arch=arm variant=v5 ;;
armv6* | armhf) arch=arm variant=v6 ;;
arm*) arch=arm variant=v7 ;;
mipsel) arch=mipsle ;;
loongarch64) arch=loong64 ;;
*) arch=$2 ;; # ppc64le, riscv64, s390x, mips
esac

last() { # INSTRUCTION: what follows it in the last stage
    sed -n -e '/^FROM scratch/,$!d' -e "s/^$1 //p" "$dockerfile"
}
labels=$(sed -n -e '/^FROM scratch/,$!d' -e 's/.*\(org\.opencontainers\.image\.[a-z]*\)="\([^"]*\)".*/\1=\2/p' "$dockerfile")
when=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || echo 0)}

umask 022
work=$(mktemp -d "${TMPDIR:-/tmp}/nano_image.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# The driver that works everywhere; for one small file it is as good as any.
b() { TMPDIR=$work buildah --storage-driver vfs --root "$work/storage" --runroot "$work/run" "$@"; }
container=$(b from scratch) || die "buildah cannot make a container here"
b copy --quiet --chmod 755 --chown 0:0 "$container" "$binary" /nano_ssh_server >/dev/null
b config --os linux --arch "$arch" ${variant:+--variant "$variant"} --user "$(last USER)" --port "$(last EXPOSE)" \
    --entrypoint "$(last ENTRYPOINT)" "$container"
printf '%s\n' "$labels" | while read -r label; do
    b config --label "$label" "$container"
done
b commit --quiet --rm --format oci --timestamp "$when" --identity-label=false --omit-history --disable-compression=false \
    "$container" "oci:$work/oci:nano_ssh_server" >/dev/null

# buildah's own archive would have the time of its making in it.
mkdir -p "$(dirname "$out")"
tar -cf "$work/oci.tar" -C "$work/oci" --format=ustar --sort=name --mtime="@$when" --owner=0 --group=0 --numeric-owner \
    --mode=u+rw,go+r,go-w oci-layout index.json blobs
mv "$work/oci.tar" "$out"
