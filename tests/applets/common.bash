# shellcheck shell=bash
# For tests/applets/*.bats and tests/shell/*.bats: the commands by their names, as links to the program that the
# server under test carries (nano_sh, beside it), and a
# folder to work in.

root=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
SERVER=${SERVER:-$root/build/nano_ssh_server}
case $SERVER in
/*) ;;
*) SERVER=$root/$SERVER ;;
esac
BOX=${SERVER%/*}/nano_sh
bats_require_minimum_version 1.5.0
export LC_ALL=C TZ=UTC0
export ASAN_OPTIONS=detect_leaks=0

is_root() { [ "$(id -u)" = 0 ]; }
is_sanitized() { case $SERVER in */asan*/*) true ;; *) false ;; esac }

# For setup: a new folder, which is where one is.
folder_make() {
    work=$BATS_TEST_TMPDIR/work
    mkdir -p "$work" "$BATS_TEST_TMPDIR/bin"
    ln -s "$BOX" "$BATS_TEST_TMPDIR/bin/nano-sh"
    cd "$work" || return
}

# ours NAME ARGUMENT...: the applet
ours() {
    local name=$1
    shift
    [ -e "$BATS_TEST_TMPDIR/bin/$name" ] || ln -s "$BOX" "$BATS_TEST_TMPDIR/bin/$name"
    timeout 60 "$BATS_TEST_TMPDIR/bin/$name" "$@"
}

# sh_ TEXT: by the built-in shell
sh_() { timeout 60 "$BATS_TEST_TMPDIR/bin/nano-sh" -c "$@"; }

# alike NAME ARGUMENT...: the same output and status as the machine's program of that name (coreutils and the like); with
# AS=busybox, as busybox's. $input, if there is such a file, is its standard input.
alike() {
    local wanted got wanted_status=0 got_status=0 input=${input:-/dev/null}
    wanted=$(${AS:-} "$@" <"$input" 2>/dev/null | sed 's/$/$/'; exit "${PIPESTATUS[0]}") || wanted_status=$?
    got=$(ours "$@" <"$input" 2>/dev/null | sed 's/$/$/'; exit "${PIPESTATUS[0]}") || got_status=$?
    [ "$got" = "$wanted" ] && [ $got_status = $wanted_status ] && return
    printf '%s: status %d instead of %d\n' "$*" $got_status $wanted_status
    diff <(echo "$wanted") <(echo "$got") | head -n 40
    return 1
}

equal() {
    [ "$1" = "$2" ] || {
        printf 'got:    %q\nwanted: %q\n' "$1" "$2"
        return 1
    }
}

like() {
    [[ $1 =~ $2 ]] || {
        printf 'got:     %q\npattern: %s\n' "$1" "$2"
        return 1
    }
}
