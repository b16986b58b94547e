# shellcheck shell=bash
# For tests/shell/*.bats.
# shellcheck source=tests/applets/common.bash
source "${BASH_SOURCE[0]%/*}/../applets/common.bash"

# on_a_terminal SCRIPT: the shell, as a login shell, on a terminal of its own; the script plays (tests/shell/play.py).
on_a_terminal() {
    TERM=dumb HOME=/nowhere SHELL=/bin/none timeout 60 python3 "$root/tests/shell/play.py" "$BATS_TEST_TMPDIR/bin/nano-sh" "$@"
}
