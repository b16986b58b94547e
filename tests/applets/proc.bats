#!/usr/bin/env bats
# ps, kill, top, free, uptime, limits, maps, cgroup: what is looked at belongs to the test, where it can.

setup() {
    load common
    folder_make
    started=()
}

teardown() {
    for pid in "${started[@]}"; do
        { kill -9 -- "$pid" -"$pid"; wait "$pid"; } 2>/dev/null || :
    done
}

# start COMMAND...: in the background, as $pid; with setsid, what it starts ends with it
start() {
    "$@" >/dev/null 2>&1 3>&- &
    pid=$!
    started+=("$pid")
}

# until_ COMMAND...: within ten seconds
until_() {
    local i
    for ((i = 0; i < 500; i++)); do
        "$@" && return
        sleep 0.02
    done
    echo "never: $*"
    return 1
}

is_running() { [ "$(tr '\0' ' ' <"/proc/$1/cmdline" 2>/dev/null)" = "$2 " ]; }
is_state() { grep -q "^State:.$2" "/proc/$1/status" 2>/dev/null; }
field() { ours ps "$1" | awk -v n="$2" 'NR == 2 { print $n }'; }

# bats test_tags=quick
@test "ps: a process as procps shows it" {
    start sleep 1000
    until_ is_running "$pid" 'sleep 1000'
    wanted=$(ps -o pid= -o ppid= -o user= -o args= -p "$pid" | tr -s ' ' | sed 's/^ //')
    equal "$(ours ps "$pid" | awk 'NR == 2 { print $1, $2, $3, $8, $9 }')" "$wanted"
    # the kernel counts it roughly, and not always in the same way
    [ $(($(field "$pid" 6) / 1024)) -le $(($(ps -o rss= -p "$pid") / 1024 + 1)) ]
    [ "$(field "$pid" 6)" -ge 100 ]
    equal "$(ours ps "$pid" | awk 'NR == 2 { print $4, $5, $7 }')" 'S 0.0 0:00'
    equal "$(ours ps -p "$pid" | wc -l)" 2
}

@test "ps: all of them, in every common way of asking" {
    start sleep 1001
    until_ is_running "$pid" 'sleep 1001'
    for how in '' -ef aux 'a x' -efww; do
        # shellcheck disable=SC2086
        ours ps $how | awk -v pid="$pid" '$1 == pid && $9 == 1001 { found = 1 } END { exit !found }'
    done
    # nobody is missing who is there all the time
    printf '%s\n' /proc/[0-9]* | sort >before
    ours ps | awk 'NR > 1 { print "/proc/" $1 }' | sort >ours
    printf '%s\n' /proc/[0-9]* | sort >after
    equal "$(comm -12 before after | comm -23 - ours)" ''
    run -2 ours ps -t
    like "$output" '^ps: usage: ps '
}

@test "ps: a tree" {
    start setsid bash -c 'bash -c "sleep 1002; :"; :'
    top=$pid
    child() { pgrep -P "$1"; }
    until_ child "$top"
    middle=$(child "$top")
    until_ child "$middle"
    leaf=$(child "$middle")
    until_ is_running "$leaf" 'sleep 1002'
    for how in f -H '-e --forest' axf; do
        # shellcheck disable=SC2086
        ours ps $how >tree
        equal "$(awk -v a="$top" -v b="$middle" -v c="$leaf" '$1 == a || $1 == b || $1 == c { print $1 }' tree | xargs)" "$top $middle $leaf"
        depth() { awk -v pid="$1" '$1 == pid { match($0, /\\_ /); print RSTART }' tree; }
        [ "$(depth "$leaf")" = $(($(depth "$middle") + 3)) ]
        equal "$(sort tree | uniq -d)" ''
    done
    # only some of them, whose parents are not among them
    equal "$(ours ps f "$leaf" "$middle" | awk 'NR > 1 { print $1 }' | xargs)" "$leaf $middle"
}

@test "ps: a long chain of processes" {
    cat >chain.sh <<'END'
deeper() {
    if [ "$1" = 0 ]; then
        exec sh -c 'echo $$ >last; mv last ready; exec sleep 60'
    fi
    (deeper $(($1 - 1)) && :)
}
deeper 130
END
    start setsid sh chain.sh
    until_ test -s ready
    run -0 ours ps f
    equal "$(ours ps f | grep -c 'sh chain.sh')" 131
    kill "$(cat ready)"
}

@test "ps: zombies, and those that are gone" {
    cat >zombie.py <<'END'
import ctypes, os, sys, time
name = sys.argv[1].encode()
if name:
    ctypes.CDLL(None).prctl(15, name, 0, 0, 0)
child = os.fork()
if child == 0:
    os._exit(0)
open("pid", "w").write(str(child))
os.rename("pid", "ready")
time.sleep(1000)
END
    start python3 zombie.py ''
    until_ test -e ready
    zombie=$(cat ready)
    until_ is_state "$zombie" Z
    equal "$(ours ps "$zombie" | awk 'NR == 2 { print $4, $8 }')" 'Z [python3]'
    run -1 ours ps 4194399
    like "$output" '^ps: 4194399: No such file or directory$'
    run -1 ours ps "$zombie" 4194399
    like "$output" "$zombie"
    # of a zombie there is nothing more
    equal "$(ours ps -E "$zombie" 2>&1 | wc -l)" 2
    # its name is of its own making
    rm ready
    start python3 zombie.py $') R 1 1\n\e[2J'
    until_ test -e ready
    zombie=$(cat ready)
    until_ is_state "$zombie" Z
    like "$(ours ps "$zombie" | sed -n 2p)" " Z .*\[\) R 1 1\?\?\[2J"
}

@test "ps: names and environments that would drive a terminal" {
    start bash -c 'exec -a "$1" env -i "$2" bash -c "exec -a \"\$1\" sleep 1003" - "$1"' - $'a\e[2J\nb\x7f\r\xc2\x9bc\xc3\x9f' $'X=\e]0;t\a\nY'
    until_ eval '[[ $(tr "\0" " " </proc/$pid/cmdline) = *1003\  ]]'
    equal "$(ours ps "$pid" | wc -l)" 2
    ours ps e "$pid" >out
    ours ps -E "$pid" | cmp - out
    equal "$(grep -c . out)" "$(($(tr -cd '\0' <"/proc/$pid/environ" | wc -c) + 2))"
    run -1 grep -q $'[\x01-\x08\x0b-\x1f\x7f]' out
    like "$(sed -n 2p out)" $'a\\?\\[2J\\?b\\?\\?\xc2\\?c\xc3\x9f 1003$'
    grep -qxF $'\tX=?]0;t??Y' out
}

@test "ps: a command line of a megabyte, and none" {
    start python3 -c 'import os; os.execv("/bin/sleep", ["sleep", "1004"] + ["0" * 100000] * 12)'
    until_ is_state "$pid" S
    until_ eval 'head -c 10 /proc/$pid/cmdline | tr "\0" " " | grep -q "^sleep 1004"'
    ours ps "$pid" >out
    equal "$(wc -l <out)" 2
    [ "$(wc -c <out)" -gt 60000 ]
}

@test "ps: as wide as the terminal" {
    start sleep 1011 "$(printf '%0300d' 0)" 0
    until_ is_state "$pid" S
    cat >drive.py <<'END'
import fcntl, os, pty, struct, sys, termios
pid, main = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 70, 0, 0))
    os.execv(sys.argv[1], ["ps", *sys.argv[2:]])
seen = b""
try:
    while more := os.read(main, 65536):
        seen += more
except OSError:
    pass
os.waitpid(pid, 0)
print(max(map(len, seen.decode().splitlines())))
END
    equal "$(python3 drive.py "$BOX" "$pid")" 70
    equal "$(python3 drive.py "$BOX" -H "$pid")" 70
    [ "$(python3 drive.py "$BOX" w "$pid")" -gt 350 ]
}

@test "ps -d: descriptors, what is behind them and where they are" {
    echo 0123456789 >file
    start bash -c 'exec 5<file 6>>log 7<>file; read -r -n 4 <&7; touch ready; exec sleep 1005'
    until_ is_running "$pid" 'sleep 1005'
    ours ps -d "$pid" >out
    equal "$(awk '$1 == 5 { print $2, $3, $4 }' out)" "r 0 $work/file"
    equal "$(awk '$1 == 6 { print $2, $3, $4 }' out)" "w 0 $work/log"
    equal "$(awk '$1 == 7 { print $2, $3, $4 }' out)" "rw 4 $work/file"
    equal "$(tail -n +3 out | awk '{ print $1 }' | sort)" "$(ls "/proc/$pid/fd" | sort)"
}

# bats test_tags=quick
@test "kill: names, numbers, groups and what is refused" {
    for how in -9 -KILL -SIGKILL -kill '-s KILL' '-s 9' '-s SIGKILL --'; do
        start sleep 1006
        # shellcheck disable=SC2086
        ours kill $how "$pid"
        status=0
        wait "$pid" || status=$?
        equal $status 137
    done
    start sleep 1006
    ours kill -0 "$pid"
    ours kill "$pid"
    status=0
    wait "$pid" || status=$?
    equal $status 143
    start setsid bash -c 'sleep 1007 & touch ready; wait'
    until_ test -e ready
    ours kill -TERM -- -"$pid"
    wait "$pid" || :
    start sleep 1006
    run -1 ours kill 4194399 "$pid"
    equal "$output" 'kill: 4194399: No such process'
    wait "$pid" || :
    run -1 ours kill -NOPE 1
    equal "$output" 'kill: NOPE: no such signal'
    run -1 ours kill -99 4194399
    run -1 ours kill %1
    like "$output" '^kill: %1: '
    run -1 ours kill -0 99999999999999999999
    run -2 ours kill
    run -2 ours kill -9
}

@test "kill -l" {
    equal "$(ours kill -l | awk '$1 != 29 { print $2 }' | xargs)" "$(env kill -l | tr ' ' '\n' | head -n 31 | grep -vx POLL | xargs)" # or IO
    equal "$(ours kill -l | awk '{ print $1 }' | xargs)" "$(seq -s ' ' 31)"
    equal "$(ours kill -l TERM)" "15 TERM"
    equal "$(ours kill -l sigterm)" "15 TERM"
    equal "$(ours kill -l 137)" " 9 KILL"
    run -1 ours kill -l NOPE
}

@test "top: in a pipe, sorted by what each needs" {
    start bash -c 'while :; do :; done'
    ours top -b -n 2 -d 0.5 >out
    equal "$(grep -c 'load average' out)" 2
    [ "$(awk '/PID/ { part++ } part == 2 && $5 + 0 == $5 { if (seen++ && $5 > last) bad = 1; last = $5 } END { print bad + 0 }' out)" = 0 ]
    cpu=$(awk -v pid="$pid" '/PID/ { part++ } part == 2 && $1 == pid { print int($5) }' out)
    [ "$cpu" -ge 5 ]
    run -0 timeout 20 bash -c 'set -o pipefail; { "$1" -b -d 0.1; [ $? = 141 ]; } | head -n 3' - "$BATS_TEST_TMPDIR/bin/top"
    run -1 ours top -d x
    run -1 ours top -n x
}

# A terminal of 30 lines and 60 columns: `q`, control-C and signals leave it as it was.
@test "top: on a terminal" {
    ln -s "$BOX" top
    cat >drive.py <<'END'
import fcntl, os, pty, select, signal, struct, sys, termios, time

def run(act, arguments=("-d", "0.3")):
    main, side = pty.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 60, 0, 0))
    before = termios.tcgetattr(side)
    pid = os.fork()
    if pid == 0:
        os.setsid()
        fcntl.ioctl(side, termios.TIOCSCTTY, 0)
        for fd in 0, 1, 2:
            os.dup2(side, fd)
        os.execv("./top", ["top", *arguments])
    seen, acted, end = b"", False, time.time() + 20
    while time.time() < end:
        if select.select([main], [], [], 0.05)[0]:
            seen += os.read(main, 65536)
        if not acted and seen.count(b"\033[H\033[J") >= 2:
            acted = True
            assert not termios.tcgetattr(side)[3] & termios.ICANON
            act(main, pid)
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            assert termios.tcgetattr(side)[3] == before[3], "the terminal is not as it was"
            screen = seen.split(b"\033[H\033[J")[1].replace(b"\r", b"").split(b"\n")
            assert len(screen) <= 30 and max(map(len, screen)) <= 80, screen
            assert all(len(line) <= 60 for line in screen[5:]), screen
            return os.waitstatus_to_exitcode(status)
    os.kill(pid, 9)
    raise SystemExit("it never ended")

print(run(lambda fd, pid: os.write(fd, b"q")))
print(run(lambda fd, pid: os.write(fd, b"\003")))
for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
    print(run(lambda fd, pid: os.kill(pid, number)))
print(run(lambda fd, pid: None, ("-n", "3", "-d", "0.1")))
END
    run -0 python3 drive.py
    equal "$(echo $output)" '0 0 0 0 0 0'
}

# bats test_tags=quick
@test "free and uptime" {
    for unit in '' -k -m -g; do
        # shellcheck disable=SC2086
        equal "$(ours free $unit | awk '{ print $1, $2 }')" "$(free $unit | awk '{ print $1, $2 }')"
    done
    # used and available change all the time; together they are the whole
    equal "$(ours free | awk '/^Mem/ { print $3 + $7 - $2 }')" 0
    like "$(ours free -h | sed -n 2p)" '^Mem: +[0-9.]+[KMGT] '
    like "$(ours uptime)" '^ [0-2][0-9]:[0-5][0-9]:[0-6][0-9] up [0-9]+ days, +[0-9]+:[0-5][0-9],  load average: [0-9]+\.[0-9][0-9], [0-9.]+, [0-9.]+$'
    days=$(($(cut -d. -f1 /proc/uptime) / 86400))
    like "$(ours uptime)" "up ($days|$((days + 1))) days"
}

# bats test_tags=quick
@test "limits and maps" {
    equal "$(ours limits $$)" "$(cat /proc/$$/limits)"
    equal "$(ulimit -n 123; ours limits | awk '/open files/ { print $4 }')" 123
    start sleep 1008
    until_ is_running "$pid" 'sleep 1008'
    ours maps "$pid" >out
    equal "$(sed -n '$!p' out | sed 's/^ *[0-9]* //')" "$(cat "/proc/$pid/maps")"
    equal "$(awk '{ sum += $1 } END { print sum / 2 }' out)" "$(awk 'END { print $1 }' out)"
    like "$(tail -n 1 out)" "^ *[0-9]+ KiB, resident $(awk '/^Rss/ { print $2 }' "/proc/$pid/smaps_rollup"), its share of them [1-9][0-9]*\$"
    for name in limits maps cgroup; do
        run -1 ours $name 4194399
        equal "$output" "$name: 4194399: No such file or directory"
        run -1 ours $name x
        run -2 ours $name -x
    done
}

@test "cgroup: limits and use" {
    [ -n "$(find /sys/fs/cgroup -maxdepth 2 -name 'memory.limit_in_bytes' -o -maxdepth 2 -name 'memory.max' 2>/dev/null)" ] || skip 'no limits can be seen here'
    run -0 ours cgroup
    while read -r line; do
        grep -qxF -- "$line" <<<"$output"
    done </proc/self/cgroup
    like "$output" $'\n(memory.limit_in_bytes|memory.max) +(no limit|[0-9.]+[KMGT] = [0-9]+)'
    equal "$(ours cgroup $$ | grep -c .)" "$(ours cgroup | grep -c .)"
}

@test "a group with limits" {
    is_root || skip 'not root'
    group=/sys/fs/cgroup/memory/nano_test_$$
    [ -e /sys/fs/cgroup/memory/memory.limit_in_bytes ] && mkdir $group 2>/dev/null || skip 'no such groups can be made here'
    start bash -c 'echo $$ >$1/cgroup.procs; exec sleep 1009' - $group
    until_ is_running "$pid" 'sleep 1009'
    echo 12582912 >$group/memory.limit_in_bytes
    ours cgroup "$pid" >out
    kill -9 "$pid"
    wait "$pid" || :
    until_ rmdir $group 2>/dev/null
    grep -qx 'memory.limit_in_bytes  12M = 12582912' out
}

# Of others most things may be seen, and the rest is a line each.
@test "as somebody else" {
    is_root || skip 'not root'
    start sleep 1010
    until_ is_running "$pid" 'sleep 1010'
    cp "$BOX" "$BATS_TEST_TMPDIR/bin/program"
    chmod 755 "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR/bin"
    as_other() { (cd / && setpriv --reuid=12345 --regid=12345 --clear-groups \
        bash -c 'program=$1 name=$2; shift 2; exec -a "$name" "$program" "$@"' - "$work/../bin/program" "$@"); }
    as_other true || skip 'nobody else gets to the program here'
    like "$(as_other ps "$pid")" 'sleep 1010$'
    as_other ps -d "$pid" >out 2>err && false
    equal "$(cat err)" "ps: $pid: Permission denied"
    equal "$(wc -l <out)" 2
    run -1 as_other maps "$pid"
    equal "$output" "maps: $pid: Permission denied"
    run -1 as_other kill "$pid"
    equal "$output" "kill: $pid: Operation not permitted"
    # other people's processes can be hidden altogether
    hidden=$(unshare -m sh -c 'mount -t proc -o hidepid=2 proc /proc && cd / && shift && exec "$@"' - \
        x setpriv --reuid=12345 --regid=12345 --clear-groups bash -c 'exec -a ps "$0" -H' "$work/../bin/program") &&
        equal "$(awk '$3 == "root" || / ps -H$/ { print $9 }' <<<"$hidden")" ps
    equal "$(as_other id)" 'uid=12345 gid=12345 groups=12345'
}

# bats test_tags=release
@test "without /proc, and without anything: one clear line" {
    is_root || skip 'not root'
    mkdir -p empty/proc
    cp "$BOX" empty/program
    for name in ps top free limits maps cgroup mount; do
        ln -s program empty/$name
        run -1 --separate-stderr chroot empty /$name
        equal "$output" ''
        equal "$stderr" "$name: /proc is not there: it has to be mounted for this"
    done
    rmdir empty/proc
    run -1 chroot empty /ps
    equal "$output" 'ps: /proc is not there: it has to be mounted for this'
    # these need none
    for name in uname id date uptime env 'sleep 0' 'which ps' 'kill -0 1'; do
        chroot empty /program -c "$name"
    done
    equal "$(chroot --userspec=12345:54321 empty /program -c id)" 'uid=12345 gid=54321 groups=54321'
}
