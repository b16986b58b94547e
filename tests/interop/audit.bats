#!/usr/bin/env bats
# What ssh-audit, which knows the weaknesses of SSH servers, says of this one.

load ../support/interop

setup_file() {
    folder_make
    server_start
}
teardown_file() {
    servers_end
    folder_remove
}
teardown() { server_is_well; }

# audit OPTION...: sets status, output; the rate test is a flood, which limits.bats looks after
audit() {
    newer ssh-audit
    run env HOME="$work" PYTHONPATH="$newer/lib/python3/dist-packages" timeout 60 \
        /usr/bin/python3 -B "$newer/bin/ssh-audit" --skip-rate-test "$@" -p "$port" 127.0.0.1
}

# What libcrypto builds offer beside it, for clients that know nothing better, it does not like: NIST's
# curve, and a MAC of what is not encrypted yet.
@test "ssh-audit: nothing to fail or to warn about" {
    audit --no-colors
    echo "$output"
    like "$output" '\(kex\) curve25519-sha256 '
    complaints=$(grep -E 'fail\]|warn\]|unknown' <<<"$output" || true)
    if offered ciphers | grep -q 'aes[0-9]*-ctr'; then
        complaints=$(grep -vE '^\((kex\) ecdh-sha2-nistp256 .*\[fail\] using elliptic curves|mac\) hmac-sha2-256 .*\[warn\] using encrypt-and-MAC)' <<<"$complaints" || true)
    else
        equal "$status" 0
    fi
    equal "$complaints" ''
}

@test "ssh-audit sees just the algorithms that --version names" {
    audit --json
    run python3 -c '
import json, sys
r = json.loads(sys.argv[1])
for what in ("kex", "enc", "key"): print(what, *sorted(a["algorithm"] for a in r[what]))
print("strict", any(a["algorithm"] == "kex-strict-s-v00@openssh.com" for a in r["kex"]))
print("cves", r.get("cves"))' "$output"
    equal "$status" 0
    sorted() { tr ' ' '\n' | sort | paste -sd ' '; }
    equal "${lines[0]}" "kex $(echo "$(offered kex) kex-strict-s-v00@openssh.com" | sorted)"
    equal "${lines[1]}" "enc $(offered ciphers | sorted)"
    equal "${lines[2]}" "key ssh-ed25519"
    equal "${lines[3]}" "strict True"
    equal "${lines[4]}" "cves []"
}

@test "at the end: nothing is left behind" {
    at_rest_soon 5
    server_stop
}
