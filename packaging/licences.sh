#!/bin/sh
# The licences of what is linked into a release, as their authors wrote them, out of the pinned sources.
set -eu
cd "$(dirname "$0")/.."
# FILE of the sources, beginning with its first folder's name left out
texts() {
    cat <<END
musl COPYRIGHT
libsodium LICENSE
openssl LICENSE.txt
END
}
echo "What is in these programs beside our own, in parts or derived from it: musl and libsodium; in those called -openssl libcrypto
instead of libsodium; of gcc's own library what arithmetic the CPU has no instructions for (GPL-3.0 with the GCC Runtime
Library Exception, which asks for nothing here)."
texts | while read -r name file; do
    archive=$(sh deps/fetch.sh "$name" </dev/null)
    printf '\n%s\n\n' "=== $name ==="
    tar -xzOf "$archive" --wildcards --no-wildcards-match-slash "*/$file"
done
