#!/usr/bin/env bats
# packaging/kubernetes/ and packaging/compose/ against the schemas of Kubernetes and Compose, each other and the program.

setup_file() {
    bats_require_minimum_version 1.5.0
    root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    export root no_schemas='' schemas SERVER=${SERVER:-build/nano_ssh_server}
    cd "$root" || return
    python=/usr/bin/python3
    [ -x $python ] || python=python3
    export python
    if ! $python -c 'import jsonschema, yaml' 2>/dev/null; then
        no_schemas='Python here has no jsonschema or no yaml'
    elif ! schemas=$(sh deps/fetch.sh kubernetes compose-go 2>"$BATS_FILE_TMPDIR/why"); then
        no_schemas=$(tail -n 1 "$BATS_FILE_TMPDIR/why")
    fi
}

setup() { cd "$root" || return; }

# check FILE...
check() {
    [ -z "$no_schemas" ] || skip "$no_schemas"
    # shellcheck disable=SC2086  # two paths, without blanks (deps/lib.sh)
    $python -B tests/image/manifests.py $schemas "$@"
}

@test "every file fits its schema" {
    run check packaging/kubernetes/* packaging/compose/*
    echo "$output"
    [ "$status" = 0 ]
    [ "$(echo "$output" | grep -c ': good$')" -ge 10 ]
}

# mistake FILE SED-SCRIPT PATTERN: a copy of it with that, about which PATTERN is to be said
mistake() {
    local copy
    copy=$BATS_TEST_TMPDIR/${#copies[@]}-${1##*/}
    sed "$2" "$1" >"$copy"
    ! cmp -s "$1" "$copy" || { echo "$1 does not change by $2"; return 1; }
    copies+=("$copy")
    patterns+=("$3")
}

@test "mistakes are found" {
    copies=() patterns=()
    mistake packaging/kubernetes/sidecar.yaml 's/readOnlyRootFilesystem/readOnlyRootFileSystem/' readOnlyRootFileSystem
    mistake packaging/kubernetes/sidecar.yaml 's/containerPort: 2222/containerPort: ssh/' containerPort
    mistake packaging/kubernetes/sidecar.yaml 's/^  selector:/  selectors:/' selectors
    mistake packaging/kubernetes/daemonset.yaml 's/kind: DaemonSet/kind: DemonSet/' 'no such kind'
    mistake packaging/kubernetes/daemonset.yaml 's/periodSeconds: 1/periodSeconds: often/' periodSeconds
    mistake packaging/kubernetes/networkpolicy.yaml 's/ipBlock/ipblock/' ipblock
    mistake packaging/kubernetes/ephemeral-container.json 's/"targetContainerName"/"target"/' target
    mistake packaging/kubernetes/debug-profile.yaml 's/runAsUser: 65532/runAsUser: root/' runAsUser
    mistake packaging/compose/compose.yaml 's/cap_drop/drop_cap/' drop_cap
    run check "${copies[@]}"
    echo "$output"
    [ "$status" = 1 ]
    for i in "${!copies[@]}"; do
        echo "$output" | grep -F "${copies[$i]}" | grep -v ': good$' | grep "${patterns[$i]}"
    done
}

# What their schemas do not know: our own names.
@test "the options in them are the program's" {
    help=$("$SERVER" --help)
    options=$(grep -ohE '(--[a-z]+(-[a-z]+)*)' packaging/kubernetes/daemonset.yaml packaging/kubernetes/sidecar.yaml \
        packaging/kubernetes/ephemeral-container.json packaging/compose/compose.yaml |
        grep -vE '^--(up|detach|profile|stop|force|image|target|container|custom)$' | sort -u)
    [ -n "$options" ]
    for option in $options; do
        echo "$option"
        [[ $help == *"$option "* || $help == *"$option"$'\n'* ]]
    done
}

@test "they are of one version, and name the same secret, map and user" {
    version=$("$SERVER" --version | sed -n '1s/^nano_ssh_server \([^ ]*\) .*/\1/p')
    [ "$(grep -rhoE 'nano_ssh_server:[0-9][^" ]*' packaging/kubernetes packaging/compose | sort -u)" = "nano_ssh_server:$version" ]
    names() { grep -rhA "$1" "$2" packaging/kubernetes | grep -oE '"?name"?: "?[a-z-]+' | grep -oE '[a-z-]+$' | sort -u; }
    [ "$(names 1 secretKeyRef)" = nano-ssh ]
    [ "$(names 2 'kind: Secret')" = nano-ssh ]
    [ "$(names 1 configMapKeyRef)" = "$(names 2 'kind: ConfigMap')" ]
    [ "$(grep -rhoE 'runAsUser"?: [1-9][0-9]*' packaging/kubernetes | grep -oE '[0-9]+$' | sort -u)" = 65532 ]
}
