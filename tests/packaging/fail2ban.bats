#!/usr/bin/env bats
# packaging/fail2ban on a log that the server has just written: who failed is found by the right address, nobody else is.

load ../support/interop
load ../support/services

setup_file() {
    folder_make
    ! lacks "fail2ban is not installed here" command -v fail2ban-regex || return 0
    ! lacks "needs root, for users that there are not" is_root || return 0
    ! lacks "this build takes no passwords" has_option password-hash-file || return 0
    export filter=$packaging/fail2ban/filter.d/nano_ssh_server.conf
    printf '%s:%s\n' "$login" "$(openssl passwd -6 right)" >"$work/hashes"
    chmod 600 "$work/hashes"
    local v6=()
    has_ipv6 && v6=(--listen "[::1]:0")
    server_start "${v6[@]}" --password-hash-file "$work/hashes" --login-grace 3 --max-per-source 5
    export port6
    port6=$(sed -n 's/^Server listening on ::1 port \([0-9]*\)\.$/\1/p' "$server.log")
    attack
    cp "$server.log" "$work/plain"
    # As syslogd writes --syslog's lines, and as s6-log T, svlogd -ttt and systemd's journal do those of standard error.
    stamp 'Nov 22 05:36:38 host nano_ssh_server[4711]: ' >"$work/syslog"
    stamp '2026-11-22T05:36:38.720048+00:00 host nano_ssh_server[4711]: ' >"$work/rsyslog"
    stamp 'Nov 22 05:36:38 host auth.info nano_ssh_server[4711]: ' >"$work/busybox"
    stamp '2026-11-22 05:36:38.123456789  ' >"$work/s6"
    stamp '2026-11-22T05:36:38.12345 ' >"$work/runit"
    stamp '@4000000069214a5112345678 ' >"$work/multilog"
}
teardown_file() {
    servers_end
    folder_remove
}

setup() { skip_if_lacking; }

stamp() { sed "s,^,$1," "$work/plain"; }

# What is tried: from 127.0.0.1 what a good user does; from 127.0.0.N and ::1 what must be found.
attack() {
    ssh-keygen -q -t ed25519 -N '' -f "$work/other"
    client true
    ssh-keygen -q -s "$work/other" -n "$login" -I 'x from 10.9.9.9 port 1 ssh2: ED25519 SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' \
        "$work/other.pub"
    sed '/IdentityFile/d' "$server.conf" >"$work/foreign.conf"
    : >"$work/wanted"
    refused_from 127.0.0.2
    refused_from 127.0.0.3 -l nosuchuser
    refused_from 127.0.0.4 -l nobody2 -o CertificateFile="$work/other-cert.pub"
    [ -z "$port6" ] || refused_from ::1 -o HostName=::1 -p "$port6"
    script "$work" <<'END' >>"$work/wanted"
number = 10
def again():
    """A new address to come from, which is what the filter has to find."""
    global number
    number += 1
    source = "127.0.0.%d" % number
    print(source)
    return Client(here, connected=socket.create_connection(here, 20, (source, 0)))
def request(c, name, rest):
    c.send(b"\x32" + s(name) + s("ssh-connection") + rest)
    return c.receive()
password = s("password") + b"\0" + s("wrong")

names = [b"root", b"", b" ", b"nosuch", b" from 10.9.9.9 port 1 ssh2", b"x from 10.9.9.9 port 1 ssh2: ", b"invalid user x",
         b"x 10.9.9.9 port 1 [preauth]", b"x\n10.9.9.9 port 1 [preauth]", b"\nFailed password for x from ",
         b"10.9.9.9", b"2005-01-01 00:00:00 x", b"from 10.9.9.9", b"x 10.9.9.9 port 1: y [preauth]", b"\xff" * 32,
         b"a" * 32, b"x 10.9.9.9 port 1 to a port 1", b"\\", b"%(ip)s<HOST>"]
for name in names:
    c = again() # a wrong password
    c.service()
    assert request(c, name, password)[0] == 51
    c.close()
    c = again() # named, and gone
    c.service()
    request(c, name, s("none"))
    c.close()
    if len(name) < 20:
        continue
    c = again() # thrown out
    c.service()
    try:
        for _ in range(8):
            request(c, name, password)
    except (Exception, SystemExit):
        pass
    c.close()
c = again() # waits for the end of the grace
c.service()
request(c, b"x 10.9.9.9 port 1 to a port 1", s("none"))
late = c
c = again() # another name
c.service()
request(c, b"x", s("none"))
try:
    request(c, b"y from 10.9.9.9 port 1", s("none"))
except (Exception, SystemExit):
    pass
c.close()
try:
    while late.receive():
        pass
except (Exception, SystemExit):
    pass
END
    script "$work" <<'END' >"$work/wanted_aggressive"
number = 200
def raw(text):
    global number
    number += 1
    source = "127.0.0.%d" % number
    c = socket.create_connection(here, source_address=(source, 0))
    c.sendall(text)
    if text:
        while c.recv(65536):
            pass
    c.close()
    print(source)
raw(b"")
raw(b"GET / HTTP/1.0 10.9.9.9 port 1\r\n\r\n" * 20)
raw(b"SSH-1.5-x 10.9.9.9 port 1\r\n")
raw(b"SSH-2.0-x\r\n" + b"\xff" * 64)
END
    await 10 grep -q '^Timeout before' "$server.log"
    await 10 grep -q "127\.0\.0\.204" "$server.log"
    server_stop
}

# refused_from ADDRESS OPTION...: with a key that is not the right one
refused_from() {
    ! timeout 60 ssh -F "$work/foreign.conf" -o "IdentityFile=$work/other" -o "BindAddress=$1" "${@:2}" here true 2>/dev/null
    echo "$1" >>"$work/wanted"
}

# found FILE [MODE]: the addresses, sorted
found() {
    fail2ban-regex -o ip "$work/$1" "${filter}[mode=${2:-normal}]" | sort -u
}

@test "everybody who failed is found, and nobody else, in each way a log is kept" {
    local file wanted
    wanted=$(sort -u "$work/wanted")
    for file in plain syslog rsyslog busybox s6 runit multilog; do
        equal "$(found $file)" "$wanted" || {
            echo "$file"
            return 1
        }
    done
}

@test "mode=aggressive finds those, too, who named nobody" {
    equal "$(found s6 aggressive)" "$(cat "$work/wanted" "$work/wanted_aggressive" | sort -u)"
}

@test "every line about a failure counts, none about a success" {
    fail2ban-regex --print-all-matched "$work/s6" "${filter}[mode=aggressive]" >"$work/report"
    sed -n '/^|- Matched/,/^`-/s/^| *2026-11-22 05:36:38.123456789 *//p' "$work/report" | sort >"$work/matched"
    grep -E '^(Failed|Connection (closed|reset) .*\[preauth\]|Disconnect(ed from|ing) .*\[preauth\]|Timeout|banner exchange|Unable)' \
        "$work/plain" | sort >"$work/failures"
    diff "$work/failures" "$work/matched"
    run ! grep -E '^(Accepted|Server|Host key|Received)' "$work/matched"
    grep -q '^Accepted' "$work/plain"
    # of each kind there was one
    local kind
    for kind in 'Failed password for [^i]' 'Failed password for invalid user ' 'Failed publickey for invalid user nobody2 .* ID ' \
        'Connection (closed|reset) by (invalid|authenticating) user' 'Disconnecting ' 'Timeout' 'banner exchange'; do
        grep -Eq "^$kind" "$work/plain" || {
            echo "nothing of: $kind"
            cat "$work/plain"
            return 1
        }
    done
}

@test "nobody is banned for what the server does at its own end" {
    printf '%s\n' 'Disconnecting authenticating user x 10.9.9.9 port 1: Server is shutting down [preauth]' \
        'Disconnecting 10.9.9.9 port 1: Server is out of memory [preauth]' \
        'Disconnecting user x 10.9.9.9 port 1: Idle timeout' >"$work/own"
    equal "$(found own aggressive)" ''
}

@test "the jail is one that fail2ban understands" {
    mkdir -p "$work/f2b"
    cp -R /etc/fail2ban/. "$work/f2b/"
    rm -f "$work/f2b"/jail.d/*
    cp "$packaging/fail2ban/filter.d/nano_ssh_server.conf" "$work/f2b/filter.d/"
    sed "s,^logpath.*,logpath = $work/syslog," "$packaging/fail2ban/jail.d/nano_ssh_server.conf" >"$work/f2b/jail.d/nano.conf"
    run -0 fail2ban-client -c "$work/f2b" -d
    like "$output" "'nano_ssh_server', 'addlogpath'"
    like "$output" "'nano_ssh_server', 'addfailregex'|'multi-set', 'nano_ssh_server', 'addfailregex'"
}
