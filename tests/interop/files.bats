#!/usr/bin/env bats
# Files through the whole server, with OpenSSH's own clients: sftp, scp over SFTP, and scp's old protocol
# (-O) with the machine's scp and with the one that is built in.

load ../support/interop

setup_file() {
    folder_make
    # Where nothing is in the PATH there is no scp, so the built-in one serves.
    another_key bare "environment=\"PATH=$work/nothing\""
    another_key restricted restrict
    another_key files_only 'restrict,command="internal-sftp"'
    server_start --verbose
    head -c "${BULK:-20}M" /dev/urandom >"$work/data"
}
teardown_file() {
    servers_end
    folder_remove
}
setup() {
    far=$work/far near=$work/near
    rm -rf "$far" "$near"
    mkdir "$far" "$near"
    cd "$near" || return
    log_mark
}
teardown() {
    small_disk_end
    server_is_well
}

another_key() { # NAME OPTIONS
    ssh-keygen -q -t ed25519 -N '' -C "$1" -f "$work/$1"
    echo "$2 $(cat "$work/$1.pub")" >>"$work/authorized_keys"
}

# Both run from $near; names of the far side begin in $far for batch, in the home directory for copy.
batch() { { printf 'cd %s\n' "$far" && cat; } | sftp_run; }
sftp_run() { timeout 60 sftp -q -b - -F "${configuration:-$server.conf}" "${flags[@]}" here; }
copy() { timeout 60 scp -q -F "${configuration:-$server.conf}" "${flags[@]}" "$@"; }

by_built_in() {
    key_only "$work/bare"
    flags=(-O)
}
by_machine() {
    PATH=/usr/local/bin:/usr/bin:/bin command -v scp >/dev/null || skip "no scp here"
    flags=(-O)
}

# --- sftp -------------------------------------------------------------------------------------------

# bats test_tags=quick
@test "sftp: every command" {
    printf 'content\n' >one
    run -0 batch <<END
version
put one
put -p one two
put -f one synced
rename two three
copy one four
ln three hard
ln -s three soft
symlink nowhere dangling
mkdir folder
mkdir folder/gone
rmdir folder/gone
chmod 750 folder
chmod 640 three
chown $(id -u) three
chown -h $(id -u) soft
chgrp $(id -g) three
get three got
get -p three kept
rm synced
df -h
df -i
ls
ls -1
ls -la
ls -lan
ls -lSr
ls -lt
ls f*
cd folder
pwd
lmkdir local
lcd local
lpwd
lls -a
lumask 027
get ../one masked
progress
!touch escaped
help
bye
END
    echo "$output"
    cmp one "$far/hard"
    cmp one "$far/four"
    cmp one got
    cmp one kept
    equal "$(readlink "$far/soft")" three
    equal "$(readlink "$far/dangling")" nowhere
    equal "$(stat -c %a:%h "$far/three")" 640:2
    equal "$(stat -c %a "$far/folder")" 750
    equal "$(stat -c %a local/masked)" 640
    [ -e local/escaped ] && [ ! -e "$far/synced" ] && [ ! -e "$far/two" ] && [ ! -e "$far/folder/gone" ]
    grep -q '^SFTP protocol version 3$' <<<"$output"
    grep -q "^Remote working directory: $(realpath "$far")/folder\$" <<<"$output"
    grep -qE '^l.* soft$' <<<"$output"
    grep -qE "^-rw-r----- +[2?] +$(id -un) +$(id -gn) +8 .* three\$" <<<"$output"
    grep -qE '^d.* \.\.$' <<<"$output"
}

# bats test_tags=quick
@test "sftp: a tree there and back, with times and modes" {
    tree there
    batch <<<'put -Rp there'
    same there "$far/there"
    batch <<<'get -Rp there back'
    same there back
}

@test "sftp: what goes wrong is said, and only that fails" {
    echo text >one
    mkdir "$far/full" && touch "$far/full/file"
    run batch <<<$'-get none\n-rm none\n-rmdir full\n-mkdir full\n-cd full/file\n-rename none other\n-ln none other\n-chmod 600 none\nput one'
    echo "$output"
    equal "$status" 0
    [ "$(grep -cE 'not found|No such file|Failure|Couldn|annot|not a directory' <<<"$output")" -ge 8 ]
    cmp one "$far/one"
    run batch <<<'get none' # without a dash it ends the batch
    equal "$status" 1
}

@test "sftp and scp: many files" {
    mkdir many
    (cd many && for i in {1..500}; do echo "$i" >"file $i"; done)
    batch <<<'put -R many'
    diff -r many "$far/many"
    equal "$(batch <<<'ls -1 many' | grep -c '^many/file ')" 500
    copy -r "here:$far/many" back
    diff -r many back
    by_machine
    copy -r "here:$far/many" legacy
    diff -r many legacy
    by_built_in
    copy -r "here:$far/many" built_in
    diff -r many built_in
}

names() { # FOLDER: what names can be
    mkdir -p "$1"
    local name long
    long=$(printf 'x%.0s' {1..255})
    for name in 'with  blanks ' grün-日本 -leading '*?[a]' '"quoted"' "it's" 'back\slash' '$(touch oops)' '; exit 3' '~' '#' \
        $'tab\t' $'\xff\xfe' $'\e[31m' "$long"; do
        printf '%s' "$name" >"$1/$name"
    done
}

# bats test_tags=quick
@test "any name: blanks, line breaks, UTF-8 and what is none, a leading dash, what a shell would act on" {
    names strange
    echo broken >strange/$'line\nbreak'
    batch <<<'put -R strange'
    diff -r strange "$far/strange"
    batch <<<'get -R strange back'
    diff -r strange back
    copy -r "here:$far/strange" copied
    diff -r strange copied
    copy -r strange "here:$far/copied"
    diff -r strange "$far/copied"
    batch <<'END'
get "strange/with  blanks " blanks
get strange/gr* ./
get ./strange/-leading ./-leading
put ./-leading ./-leading
get "strange/back\\slash" slash
END
    cmp 'strange/with  blanks ' blanks
    cmp strange/grün-日本 grün-日本
    cmp strange/-leading ./-leading
    cmp strange/-leading "$far/-leading"
    cmp 'strange/back\slash' slash
}

# A line break cannot be said in that protocol: scp sends another name, and ours says so.
@test "any name, by scp -O" {
    names strange
    for by in by_machine by_built_in; do
        $by
        copy -r strange "here:$far/$by"
        diff -r strange "$far/$by"
        copy -r "here:$far/$by" $by
        diff -r strange $by
    done
    copy "here:$far/by_built_in/with\\ \\ blanks\\ " "here:$far/by_built_in/it\\'s" "here:$far/by_built_in/back\\\\slash" .
    cmp 'strange/with  blanks ' 'with  blanks '
    cmp strange/it\'s it\'s
    cmp 'strange/back\slash' 'back\slash'
    [ -z "$(find "$work" -name oops)" ]
    echo broken >"$far/by_built_in/"$'line\nbreak'
    run ! copy -r "here:$far/by_built_in" again
    like "$output" 'a line break in its name'
    diff -r strange again/
}

# --- scp --------------------------------------------------------------------------------------------

there_and_back() {
    tree there
    copy -rp there "here:$far"
    same there "$far/there"
    copy -rp "here:$far/there" back
    same there back
    copy "here:$far/there/a/b/100" "here:$far/there/a/b/0" .
    cmp 100 there/a/b/100
    cmp 0 there/a/b/0
    copy there/a/b/1 "here:$far/new"
    cmp there/a/b/1 "$far/new"
    copy there/a/b/100 "here:$far/new" # over what is there
    cmp there/a/b/100 "$far/new"
    run ! copy "here:$far/none" .
    like "$output" 'No such file'
    run ! copy "here:$far/there" .
    like "$output" 'not a regular file'
    run ! copy there/a/b/1 "here:$far/none/file"
    like "$output" 'No such file'
}

# bats test_tags=quick
@test "scp: there and back, with times and modes" { there_and_back; }
@test "scp -O with the machine's scp: there and back, with times and modes" {
    by_machine
    there_and_back
}
# bats test_tags=quick
@test "scp -O with the built-in scp: there and back, with times and modes" {
    by_built_in
    there_and_back
    # That it was ours: the shell has none, and wildcards are its business.
    run ! client 'scp --version'
    run ! copy "here:$far/there/a/b/*" .
    like "$output" 'not found|No such file'
}

@test "scp -3: from the server to the server" {
    cp "$work/data" "$far/data"
    copy -3 "here:$far/data" "here:$far/again"
    cmp "$work/data" "$far/again"
    by_built_in
    copy -3 "here:$far/data" "here:$far/third"
    cmp "$work/data" "$far/third"
}

# --- large files, broken transfers --------------------------------------------------------------------

@test "large packets, small ones, one at a time, many in flight; new keys on the way" {
    cp "$work/data" whole
    for options in '-B 1000 -R 256' '-B 32768 -R 1' '-B 261120 -R 64' '-o RekeyLimit=1M'; do
        read -ra flags <<<"$options"
        batch <<<$'put whole there\nget there back'
        cmp whole back
        rm back "$far/there"
    done
}

@test "with each cipher" {
    cp "$work/data" whole
    for cipher in $(offered ciphers); do
        flags=(-c "$cipher")
        batch <<<$'put whole there\nget there back'
        cmp whole back
        rm back "$far/there"
    done
}

@test "beyond 4 GiB" {
    truncate -s 4G "$far/large" whole "$far/whole" part
    printf 'end' | tee -a whole >>"$far/large"
    batch <<<$'reget large part\nreput whole'
    for file in part "$far/whole"; do
        equal "$(size_of "$file")" $(((4 << 30) + 3))
        equal "$(tail -c 4 "$file" | od -An -c | tr -d ' ')" '\0end'
    done
    rm "$far/large" whole "$far/whole" part
}

# bats test_tags=slow
@test "a whole file of more than 4 GiB, by the built-in scp" {
    truncate -s $(((4 << 30) + 3)) "$far/large"
    key_only "$work/bare"
    local line='C0644 4294967299 large'
    printf '\0\0\0' | timeout 300 ssh -F "$configuration" here "scp -f $far/large" | (
        equal "$(head -c $((${#line} + 1)))" "$line"
        equal "$(wc -c)" $(((4 << 30) + 3 + 1)) # the status is what follows it
    )
}

# broken_off BATCH FILE: an slow transfer whose client is killed while the file grows
broken_off() {
    sftp -q -l 100000 -b <(echo "$1") -F "$server.conf" here >/dev/null 2>&1 3>&- &
    local pid=$!
    await 20 has_grown "$2" 1000000
    kill -KILL $pid
    wait $pid || true
    at_rest_soon 5
    [ "$(size_of "$2")" -lt "$(size_of "$work/data")" ]
    cmp -n "$(size_of "$2")" "$work/data" "$2"
}

@test "a broken upload leaves what has come, and goes on from there" {
    cp "$work/data" whole
    broken_off "put whole $far/whole" "$far/whole"
    batch <<<'reput whole'
    cmp whole "$far/whole"
    head -c 1234567 whole >"$far/whole"
    batch <<<'put -a whole'
    cmp whole "$far/whole"
}

@test "a broken download goes on where it stopped" {
    cp "$work/data" "$far/whole"
    broken_off "get $far/whole whole" whole
    batch <<<'reget whole'
    cmp whole "$far/whole"
    head -c 7654 "$far/whole" >whole
    batch <<<'get -a whole'
    cmp whole "$far/whole"
}

@test "scp -O that breaks off: what has come stays" {
    for by in by_machine by_built_in; do
        $by
        scp "${flags[@]}" -q -l 100000 -F "${configuration:-$server.conf}" "$work/data" "here:$far/$by" 2>/dev/null 3>&- &
        await 20 has_grown "$far/$by" 1000000
        kill -KILL $!
        wait $! || true
        at_rest_soon 5
        cmp -n 1000000 "$work/data" "$far/$by"
    done
}

# --- more than one, and the end ------------------------------------------------------------------------

@test "many sessions at once on one connection" {
    flags=(-o ControlPath="$work/c")
    client -M -N &
    local master=$! pids=() i
    await 10 test -S "$work/c"
    for i in {1..8}; do
        (batch <<<"put $work/data $i"$'\n'"get $i $i" && cmp "$i" "$work/data") &
        pids+=($!)
    done
    for i in "${pids[@]}"; do wait "$i"; done
    ssh -F "$server.conf" "${flags[@]}" -O exit here 2>/dev/null
    wait $master || true
}

@test "a full disk: it is said, and nothing else is lost" {
    small_disk "$far" 2m
    cp "$work/data" large
    printf 'small\n' | tee small >"$far/before"
    # Meanwhile somebody else writes elsewhere.
    sftp -q -l 80000 -b <(echo "put large $near/elsewhere") -F "$server.conf" here 3>&- &
    local other=$!
    run -0 batch <<<$'-put large\n-put small first\n-rm large\nput small second\nls'
    like "$output" 'large.*[Ff]ailure|[Ff]ailure.*large|No space left'
    cmp small "$far/second"
    rm "$far/second"
    run ! copy large "here:$far"
    rm "$far/large"
    for by in by_machine by_built_in; do
        $by
        run ! copy small large small "here:$far"
        like "$output" 'No space left on device'
        cmp small "$far/small" # what came before it, and again after
        rm "$far/large"
    done
    cmp small "$far/before"
    wait $other
    cmp large elsewhere
}

@test "the server ends in the middle of it: nothing is left behind" {
    local first=$server first_pid=$server_pid
    server_start
    sftp -q -l 10000 -b <(echo "put $work/data $far/data") -F "$server.conf" here >/dev/null 2>&1 3>&- &
    local pid=$! child
    await 10 has_grown "$far/data" 100000
    child=$(ps --ppid "$server_pid" -o pid= | tr -d ' ')
    kill -TERM "$server_pid"
    server_ended 0
    wait $pid || true
    await 5 is_gone "$child"
    server=$first server_pid=$first_pid
}

# --- who may ----------------------------------------------------------------------------------------

# bats test_tags=quick
@test "--no-sftp: neither SFTP nor the built-in scp; the machine's scp is a command like any other" {
    server_start --verbose --no-sftp
    run client -s sftp </dev/null
    [ "$status" != 0 ]
    like "$output" 'subsystem request failed'
    by_machine
    copy "$work/data" "here:$far/data"
    cmp "$work/data" "$far/data"
    by_built_in
    run ! copy "$work/data" "here:$far/again"
    like "$output" 'not found|No such file'
    key_only "$work/files_only"
    flags=()
    run -127 client </dev/null
    server_stop
}

# bats test_tags=quick
@test "internal-sftp forced by a key: SFTP and nothing else, whatever is asked for" {
    key_only "$work/files_only"
    batch <<<"put $work/data data"
    cmp "$work/data" "$far/data"
    copy "here:$far/data" .
    cmp "$work/data" data
    run client "touch $far/command" </dev/null
    equal "$output" ''
    run ! timeout 3 scp -O -F "$configuration" "$work/data" "here:$far/again" # each waits for the other
    [ ! -e "$far/command" ] && [ ! -e "$far/again" ]
}

@test "internal-sftp forced by the server" {
    server_start --verbose --force-command internal-sftp
    batch <<<"put $work/data data"
    cmp "$work/data" "$far/data"
    run client "touch $far/command" </dev/null
    equal "$output" ''
    [ ! -e "$far/command" ]
    log_has 'Starting session: internal-sftp'
    server_stop
}

@test "another forced command stands in the place of SFTP" {
    server_start --force-command 'echo "$SSH_ORIGINAL_COMMAND" >&2; exit 4'
    run sftp_run </dev/null
    [ "$status" != 0 ]
    like "$output" '^internal-sftp'
    server_stop
}

@test "a restricted key may use SFTP" {
    key_only "$work/restricted"
    batch <<<"put $work/data data"
    cmp "$work/data" "$far/data"
}

# A user, $far is theirs, and files are made as they would be.
user_with_files() {
    user_make
    server_start --verbose --authorized-keys %h/.ssh/authorized_keys
    flags=(-o "User=$user")
    chown "$user" "$far"
}
user_goes() {
    user_remove
    rm -rf "${work:?}/home"
    server_stop
}

@test "a user has a user's rights, and begins in the home directory" {
    user_with_files
    echo secret >"$far/secret"
    chmod 600 "$far/secret"
    mkdir "$far/closed"
    touch "$far/closed/kept"
    run -0 batch <<END
-get secret
-put $work/data closed/data
-put $work/data /etc/nano_interop
-rm closed/kept
-chmod 777 closed
-chown 0 .
-ls -l /root/
-get /etc/shadow
put $work/authorized_keys mine
END
    echo "$output"
    [ "$(grep -c 'ermission denied' <<<"$output")" -ge 8 ]
    [ ! -e secret ] && [ ! -e shadow ] && [ ! -e /etc/nano_interop ] && [ -e "$far/closed/kept" ] && [ ! -e "$far/closed/data" ]
    equal "$(stat -c '%U %a' "$far/closed")" 'root 755'
    equal "$(stat -c %U:%G "$far/mine")" "$user:$(id -gn "$user")"
    sftp_run <<<"put $work/data in_home"
    cmp "$work/data" "$work/home/in_home"
    echo dash >./-leading
    for options in -p -O "-O -i $work/bare"; do
        read -ra more <<<"$options"
        copy "${more[@]}" ./-leading here:
        copy "${more[@]}" here:-leading back
        cmp ./-leading back
        copy "${more[@]}" 'here:~/in_home' .
        cmp in_home "$work/data"
        run ! copy "${more[@]}" "here:$far/secret" .
        like "$output" '[Pp]ermission denied'
        rm -f "$work/home/-leading" back in_home
    done
    user_goes
}

@test "a shell that is not in /etc/shells is not got around; a forced internal-sftp is the administrator's word" {
    user_with_files
    printf '#!/bin/sh\necho go away\nexit 1\n' >"$work/nologin"
    chmod 755 "$work/nologin"
    usermod -s "$work/nologin" "$user"
    run sftp_run <<<"put $work/data $far/data"
    [ "$status" != 0 ]
    like "$output" "no SFTP for $user: its shell $work/nologin is not in /etc/shells"
    run ! copy -O "$work/data" "here:$far/data"
    like "$output" 'go away|protocol error'
    [ ! -e "$far/data" ]
    # by the key
    sed 's/^/command="internal-sftp" /' "$work/id.pub" >"$work/home/.ssh/authorized_keys"
    batch <<<"put $work/data data"
    cmp "$work/data" "$far/data"
    cp "$work/id.pub" "$work/home/.ssh/authorized_keys"
    run ! sftp_run </dev/null
    server_stop
    # by the server
    server_start --authorized-keys %h/.ssh/authorized_keys --force-command internal-sftp
    batch <<<"get data"
    cmp "$work/data" data
    user_goes
}

@test "a shell that does not exist: files are served, as in a container without one" {
    user_with_files
    usermod -s /nonexistent/shell "$user"
    sed "s,^,environment=\"PATH=$work/nothing\" ," "$work/id.pub" >"$work/home/.ssh/authorized_keys"
    batch <<<"put $work/data data"
    cmp "$work/data" "$far/data"
    copy -O "here:$far/data" .
    cmp "$work/data" data
    equal "$(client 'echo built in')" 'built in'
    user_goes
}

# --- budgets ------------------------------------------------------------------------------------------

# bats test_tags=release
@test "SFTP's process has at most 1 MB of memory, whatever is asked" {
    if is_sanitized; then skip "of the release"; fi
    may_look
    mkdir "$far/many"
    (cd "$far/many" && seq 20000 | xargs touch)
    head -c 20000000 /dev/zero >"$far/large"
    run -0 script "$server.conf" "$far" <<'END'
import struct, subprocess
p = subprocess.Popen(["ssh", "-F", sys.argv[1], "-s", "here", "sftp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
far = sys.argv[2]
def q(v): return struct.pack(">Q", v)
def take(): return p.stdout.read(struct.unpack(">I", p.stdout.read(4))[0])
def send(kind, *fields):
    p.stdin.write(s(bytes([kind]) + u32(7) + b"".join(fields)))
    p.stdin.flush()
def ask(*request):
    send(*request)
    return take()
p.stdin.write(s(b"\1" + u32(3))); p.stdin.flush(); take()
child = int(os.popen("ps --ppid %d -o pid=" % pid).read())
most = {}
def look():
    for line in open("/proc/%d/smaps_rollup" % child):
        name, *rest = line.split()
        if name in ("Rss:", "Pss:"): most[name] = max(most.get(name, 0), int(rest[0]))
look()
handles = [ask(3, s(far + "/large"), u32(3), u32(0)) for _ in range(300)]
assert sum(h[0] == 102 for h in handles) == 256
look()
file = handles[0][5:]
for i in range(100): assert len(ask(5, file, q(i * 100003), u32(10**9))) == 9 + 261120
look()
for i in range(100): assert ask(6, file, q(i * 100003), s(bytes(262144 - 100)))[5:9] == u32(0)
look()
for i in range(64): send(6, file, q(i * 100003), s(bytes(262144 - 100)))
for i in range(64): assert take()[5:9] == u32(0)
look()
for i in range(64): send(5, file, q(i * 100003), u32(261120))
for i in range(64): assert len(take()) == 9 + 261120
look()
ask(4, handles[1][5:])
folder, n = ask(11, s(far + "/many"))[5:], 0
while (got := ask(12, folder))[0] == 104: n += struct.unpack(">I", got[5:9])[0]
assert n == 20002, n
look()
peak = [l.split()[1] for l in open("/proc/%d/status" % child) if l.startswith("VmHWM")][0]
p.stdin.close()
assert p.wait() == 0
print(most["Rss:"], most["Pss:"], peak)
END
    echo "$output"
    read -r rss pss peak <<<"$output"
    echo "# KB at most: Rss $rss, Pss $pss; the kernel's peak $peak" >&3
    [ "$rss" -le 1024 ] && [ "$pss" -le 1024 ] && [ "$peak" -le 1024 ]
}

@test "at the end: nothing is left behind" {
    at_rest_soon 5
    server_stop
}
