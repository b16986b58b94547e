# shellcheck shell=sh
# podman with a storage of its own, which is gone afterwards; for packaging/demo.sh and tests/image/. Sourced.
#
# What podman needs to start a container differs: where the machine may not raise limits, say, podman's own wishes must be
# lowered. podman_start finds out by trying. PODMAN_FLAGS (before the command; "--runtime crun", say) and
# PODMAN_RUN_FLAGS (after `run`), where they are set, take the place of what would be tried.

# pod COMMAND...: podman
pod() {
    # shellcheck disable=SC2086  # a list
    podman $podman_flags --root "$podman_work/storage" --runroot "$podman_work/run" --tmpdir "$podman_work/tmp" "$@"
}

# pod_run OPTION... IMAGE ARGUMENT...: in the machine's network
pod_run() {
    # shellcheck disable=SC2086
    pod run --pull never --network host $podman_run_flags "$@"
}

# shellcheck disable=SC2034  # podman_why is for those who source this
# podman_start ARCHIVE: 0, with the image loaded as $podman_image; or 1 and why not in $podman_why
podman_start() {
    export podman_work podman_flags podman_run_flags podman_image
    podman_why='podman is not here'
    command -v podman >/dev/null || return 1
    # The path of a socket in it must fit where paths of sockets go.
    podman_work=$(mktemp -d /tmp/nano_podman.XXXXXX) || return 1
    podman_flags='--storage-driver vfs'
    # Whatever a file of the machine's says, where there is runc that is taken.
    ! command -v runc >/dev/null || podman_flags="$podman_flags --runtime runc"
    podman_flags=${PODMAN_FLAGS-$podman_flags}
    if ! pod load --input "$1" >"$podman_work/loaded" 2>"$podman_work/error"; then
        podman_why="podman cannot load an image here: $(podman_complaint)"
        return 1
    fi
    podman_image=$(pod images --quiet --no-trunc)
    podman_image=${podman_image#sha256:}
    limits='--ulimit nofile=1024:1024 --ulimit nproc=1000:1000'
    if [ -n "${PODMAN_RUN_FLAGS+set}" ]; then
        set -- "$PODMAN_RUN_FLAGS"
    else
        set -- '' "$limits" "$limits --cgroups disabled"
    fi
    for podman_run_flags; do
        if pod_run --rm "$podman_image" --version >/dev/null 2>"$podman_work/error"; then
            return 0
        fi
    done
    podman_why="podman cannot run a container here: $(podman_complaint)"
    return 1
}

podman_complaint() { sed -n '/[^ ]/{s/^Error: //;p;q;}' "$podman_work/error"; }

# All containers. One whose PID namespace another shares goes last, hence twice.
podman_clear() {
    pod rm --all --force --time 0 >/dev/null 2>&1 || pod rm --all --force --time 0 >/dev/null
}

podman_stop() {
    [ -d "${podman_work:-}" ] || return 0
    podman_clear || :
    # What each container left running tidies up, too, and would find nothing, or make it anew.
    waited=0
    while grep -qsF "$podman_work" /proc/[0-9]*/cmdline && [ $waited -lt 50 ]; do
        waited=$((waited + 1))
        sleep 0.1
    done
    # Of another user than root, files may belong to users that only podman's name space has.
    rm -rf "$podman_work" 2>/dev/null || podman unshare rm -rf "$podman_work"
}
