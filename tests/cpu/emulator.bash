# shellcheck shell=bash
# How programs for another CPU ($arch) are run.

# The emulator's name for it; no word where this machine runs PROGRAM itself.
emulator() { # PROGRAM
    "$1" --version >/dev/null 2>&1 && return
    # shellcheck disable=SC2154  # whoever loads this says it
    case $arch in
    armv*) echo qemu-arm-static ;;
    powerpc) echo qemu-ppc-static ;;
    *) echo "qemu-$arch-static" ;;
    esac
}
