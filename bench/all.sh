#!/bin/sh
# Every measurement, one after the other.
set -eu
here=$(dirname "$0")
echo "== machine"
grep -m1 'model name' /proc/cpuinfo | sed 's/.*: //'
uname -sr
ssh -V 2>&1
echo "== size"
wc -c "${SERVER:-build/nano_ssh_server}"
echo "== crypto, this build"
"$BENCH_CRYPTO"
echo "== start"
sh "$here/start.sh"
echo "== idle connections"
sh "$here/idle.sh"
echo "== bulk data through cat"
sh "$here/cat.sh"
echo "== files by SFTP"
sh "$here/files.sh"
echo "== SFTP without SSH"
sh "$here/sftp.sh"
echo "== bulk data over a long way"
sh "$here/rtt.sh" 1
