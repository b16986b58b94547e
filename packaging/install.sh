#!/bin/sh
# make install, make uninstall: one table of what goes where, for both.
#
#   DESTDIR=/tmp/root PREFIX=/usr BIN=build/nano_ssh_server sh packaging/install.sh install|uninstall
#
# Nothing is started, enabled or made a user of: how a system begins its services is in packaging/.
set -eu
cd "$(dirname "$0")/.."
umask 022
prefix=${PREFIX:-/usr/local} destdir=${DESTDIR:-} program=${BIN:-build/nano_ssh_server}
share=$prefix/share
doc=${DOCDIR:-$share/doc/nano_ssh_server}

# mode file place
table() {
    cat <<END
755 $program ${SBINDIR:-$prefix/sbin}/nano_ssh_server
644 docs/nano_ssh_server.8 ${MANDIR:-$share/man}/man8/nano_ssh_server.8
644 packaging/completion/nano_ssh_server.bash ${BASHCOMPDIR:-$share/bash-completion/completions}/nano_ssh_server
644 packaging/completion/_nano_ssh_server ${ZSHCOMPDIR:-$share/zsh/site-functions}/_nano_ssh_server
644 packaging/completion/nano_ssh_server.fish ${FISHCOMPDIR:-$share/fish/vendor_completions.d}/nano_ssh_server.fish
644 LICENSE $doc/LICENSE
END
}

case "$program$destdir$prefix" in
*[[:space:]]*) echo "packaging/install.sh: no blanks in a path, please" >&2 && exit 1 ;;
esac
case ${1:-} in
install)
    table | while read -r mode file place; do
        mkdir -p "$destdir${place%/*}"
        # A program that runs is replaced, not written into.
        install -m "$mode" "$file" "$destdir$place.new"
        mv -f "$destdir$place.new" "$destdir$place"
        echo "$destdir$place"
    done
    ;;
uninstall)
    table | while read -r mode file place; do
        rm -f "$destdir$place"
    done
    # Only this folder is ours alone.
    rmdir "$destdir$doc" 2>/dev/null || :
    ;;
*)
    echo "usage: packaging/install.sh install|uninstall" >&2
    exit 2
    ;;
esac
