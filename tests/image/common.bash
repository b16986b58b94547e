# shellcheck shell=bash
# For tests/image/*.bats: containers of the image, by podman, in the machine's network. Beside what
# tests/support/interop.bash has.
# shellcheck disable=SC2034,SC2154  # what those two set, and what is set for them

load ../support/interop
# shellcheck source=packaging/podman.sh
. "$root/packaging/podman.sh"

# json PATH...: of the JSON document on standard input, what Python's subscripts PATH lead to
json() {
    python3 -c 'import functools, json, sys
found = functools.reduce(lambda d, k: d[int(k) if isinstance(d, list) else k], sys.argv[1:], json.load(sys.stdin))
print(found if isinstance(found, str) else json.dumps(found, sort_keys=True, separators=(",", ":")))' "$@"
}

# --- containers --------------------------------------------------------------------------------------

has_podman() { [ -z "${no_podman:-}" ] || skip "$no_podman"; }

logs() { pod logs "$1" 2>&1; }
is_over() { [ "$(pod inspect --format '{{.State.Status}}' "$1")" = exited ]; }
listens_or_is_over() { logs "$1" | grep -q 'listening on' || is_over "$1"; }

# container NAME PODMAN-OPTION... [-- ARGUMENT...]: of $image (ours), with the test's keys in its environment, on a free port;
# returns when it listens, with `client` knowing where. $login: who logs in there.
image=
container() {
    local name=$1 options=() said
    shift
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    [ $# = 0 ] || shift
    server=$work/$name # what the client's files are named after
    for _ in {1..20}; do
        port=$((RANDOM % 20000 + 10000)) # below what the system gives to clients
        pod_run --detach --name "$name" --env NANO_SSH_LISTEN="127.0.0.1:$port" \
            --env NANO_SSH_AUTHORIZED_KEYS="$(cat "$work/id.pub")" --env NANO_SSH_HOST_KEY="$(cat "$work/host_key")" \
            "${options[@]}" "${image:-$podman_image}" "$@" >/dev/null || return 1
        await 10 listens_or_is_over "$name" || break
        said=$(logs "$name")
        case $said in
        *'listening on'*)
            client_configure 127.0.0.1 "$port"
            return 0
            ;;
        *'Address already in use'*) pod rm --force "$name" >/dev/null ;;
        *) break ;;
        esac
    done
    logs "$name"
    return 1
}

containers_end() { [ -n "${no_podman:-}" ] || podman_clear; } # for teardown
