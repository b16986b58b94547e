#!/bin/sh
# OpenRC's programs for tests/packaging/units.bats, in build/openrc: the package would make this machine's services its own.
set -eu
cd "$(dirname "$0")/.."
to=build/openrc
[ ! -e $to/done ] || exit 0
command -v apt-get >/dev/null || exit 1
rm -rf $to
mkdir -p $to/packages
(cd $to/packages && apt-get download -qq openrc librc1 libeinfo1) >/dev/null 2>&1
for package in "$to"/packages/*.deb; do
    dpkg -x "$package" $to
done
rm -r $to/packages
: >$to/done
