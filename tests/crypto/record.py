#!/usr/bin/env python3
"""Makes openssh_exchange.h: whole exchanges with OpenSSH, with our side's secrets.

One side is OpenSSH's program, the other is this: key exchange, signature, key derivation and ciphers
are written here and in tests/support/*.py from their standards, in plain Python, so that nothing is
shared with what is tested. That OpenSSH goes on after NEWKEYS proves that both agreed.

    python3 tests/crypto/record.py [--sshd /usr/sbin/sshd] [--ssh ssh] > tests/crypto/openssh_exchange.h

As root, since sshd asks for it. ML-KEM needs OpenSSH 9.9 or later.
"""
import argparse
import hashlib
import hmac
import os
import socket
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.dont_write_bytecode = True
import mlkem
from aes import Aes
from ssh import Key, Reader, chacha, chacha_block, mpint, poly1305, s, u32, x25519

# OpenSSH's program, key exchange, host key, cipher, MAC
WANTED = [
    ("sshd", "curve25519-sha256", "ssh-ed25519", "chacha20-poly1305@openssh.com", ""),
    ("sshd", "mlkem768x25519-sha256", "ssh-ed25519", "aes256-gcm@openssh.com", ""),
    ("sshd", "ecdh-sha2-nistp256", "ecdsa-sha2-nistp256", "aes128-gcm@openssh.com", ""),
    ("sshd", "curve25519-sha256", "rsa-sha2-512", "aes256-ctr", "hmac-sha2-256-etm@openssh.com"),
    ("sshd", "ecdh-sha2-nistp256", "rsa-sha2-256", "aes256-ctr", "hmac-sha2-512-etm@openssh.com"),
    ("sshd", "curve25519-sha256", "ssh-ed25519", "aes256-ctr", "hmac-sha2-256"),
    ("sshd", "curve25519-sha256", "ssh-ed25519", "aes128-ctr", "hmac-sha2-256-etm@openssh.com"),
    ("sshd", "ecdh-sha2-nistp256", "ecdsa-sha2-nistp256", "aes128-ctr", "hmac-sha2-512-etm@openssh.com"),
    ("sshd", "curve25519-sha256", "ssh-ed25519", "aes128-ctr", "hmac-sha2-256"),
    ("ssh", "mlkem768x25519-sha256", "ssh-ed25519", "chacha20-poly1305@openssh.com", ""),
    ("ssh", "curve25519-sha256", "ssh-ed25519", "aes256-gcm@openssh.com", ""),
    ("ssh", "ecdh-sha2-nistp256", "ssh-ed25519", "aes256-ctr", "hmac-sha2-256-etm@openssh.com"),
]

# --- P-256 (SP 800-186), affine: the exchange needs two multiplications --------------------------------
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)


def plus(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and a[1] != b[1]:
        return None
    if a == b:
        slope = 3 * (a[0] ** 2 - 1) * pow(2 * a[1], -1, P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope**2 - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def multiple(n, point):
    result = None
    while n:
        if n & 1:
            result = plus(result, point)
        point, n = plus(point, point), n >> 1
    return result


def point_bytes(p):
    return b"\4" + p[0].to_bytes(32, "big") + p[1].to_bytes(32, "big")


# --- key exchanges; `as_client` makes (share, what to do with the peer's share) --------------------------


class Exchange:
    """Our half: `secret`, `coins` and `kem_secret` are for the record."""

    def __init__(self, name):
        self.name, self.secret, self.coins, self.kem_secret = name, os.urandom(32), b"", b""

    def client_share(self):
        if self.name == "ecdh-sha2-nistp256":
            return point_bytes(multiple(int.from_bytes(self.secret, "big") % N, G))
        if self.name == "curve25519-sha256":
            return x25519(self.secret)
        encapsulation_key, self.decapsulation_key = mlkem.keygen(os.urandom(32), os.urandom(32))
        return encapsulation_key + x25519(self.secret)

    def client_finish(self, share):
        """K, as the exchange hash takes it."""
        if self.name != "mlkem768x25519-sha256":
            return self.plain(share)
        self.kem_secret = mlkem.decaps(self.decapsulation_key, share[:1088])
        return s(hashlib.sha256(self.kem_secret + x25519(self.secret, share[1088:])).digest())

    def server(self, share):
        """Our share, and K."""
        if self.name != "mlkem768x25519-sha256":
            return self.client_share(), self.plain(share)
        self.coins = os.urandom(32)
        ciphertext, self.kem_secret = mlkem.encaps(share[:1184], self.coins)
        k = s(hashlib.sha256(self.kem_secret + x25519(self.secret, share[1184:])).digest())
        return ciphertext + x25519(self.secret), k

    def plain(self, share):
        if self.name == "curve25519-sha256":
            return mpint(x25519(self.secret, share))
        point = int.from_bytes(share[1:33], "big"), int.from_bytes(share[33:], "big")
        return mpint(multiple(int.from_bytes(self.secret, "big") % N, point)[0].to_bytes(32, "big"))


# --- ciphers ---------------------------------------------------------------------------------------------


class Direction:
    """One direction's state; `plain` is a whole packet from packet_length to padding."""

    def __init__(self, cipher, mac, derive, letters):
        gcm, ctr = cipher.endswith("gcm@openssh.com"), cipher.endswith("-ctr")
        self.kind = "gcm" if gcm else "ctr" if ctr else "chacha"
        self.etm, self.digest = mac.endswith("-etm@openssh.com"), "sha512" if "512" in mac else "sha256"
        self.iv = derive(letters[0], 12 if gcm else 16 if ctr else 0)
        self.key = derive(letters[1], 64 if self.kind == "chacha" else int(cipher[3:6]) // 8)
        self.mac_key = derive(letters[2], {"sha256": 32, "sha512": 64}[self.digest] if ctr else 0)
        self.tag_n = len(self.mac_key) or 16
        self.outside = 0 if ctr and not self.etm else 4  # bytes of packet_length that padding leaves out
        self.block = 8 if self.kind == "chacha" else 16
        self.aes = None if self.kind == "chacha" else Aes(self.key)
        self.seq = self.used = 0  # packets; blocks (CTR) or packets (GCM) since the keys are new

    def crypt(self, data, advance=True):
        if self.kind == "ctr":
            result = self.aes.ctr(int.from_bytes(self.iv, "big") + self.used, data)
            self.used += len(data) // 16 if advance else 0
        elif self.kind == "gcm":
            result = self.aes.gcm(self.nonce(), data)
        else:
            result = chacha(self.key[:32], 1, struct.pack(">Q", self.seq), data)
        return result

    def nonce(self):
        count = int.from_bytes(self.iv[4:], "big") + self.used
        return self.iv[:4] + (count & (1 << 64) - 1).to_bytes(8, "big")

    def length(self, first):
        if self.kind == "chacha":
            first = chacha(self.key[32:], 0, struct.pack(">Q", self.seq), first)
        elif self.outside == 0:
            first = self.crypt(first, False)
        return struct.unpack(">I", first)[0]

    def tag(self, sealed, plain):
        if self.kind == "gcm":
            return self.aes.gcm_tag(self.nonce(), sealed[:4], sealed[4:])
        if self.kind == "chacha":
            return poly1305(chacha_block(self.key[:32], 0, struct.pack(">Q", self.seq))[:32], sealed)
        return hmac.digest(self.mac_key, u32(self.seq) + (sealed if self.etm else plain), self.digest)

    def done(self):
        self.seq += 1
        self.used += 1 if self.kind == "gcm" else 0

    def seal(self, plain):
        header = plain[: self.outside]
        if self.kind == "chacha":
            header = chacha(self.key[32:], 0, struct.pack(">Q", self.seq), header)
        sealed = header + self.crypt(plain[self.outside :])
        sealed += self.tag(sealed, plain)
        self.done()
        return sealed

    def open(self, packet):
        sealed, tag = packet[: -self.tag_n], packet[-self.tag_n :]
        plain = self.crypt(sealed[self.outside :])
        if self.outside:
            plain = u32(len(plain)) + plain
        assert hmac.compare_digest(tag, self.tag(sealed, plain)), "wrong tag"
        self.done()
        return plain


class Clear:
    """Before the first NEWKEYS."""

    block, outside, tag_n = 8, 0, 0

    def length(self, first):
        return struct.unpack(">I", first)[0]

    def seal(self, plain):
        return plain

    def open(self, packet):
        return packet


# --- a connection ------------------------------------------------------------------------------------------


class Connection:
    def __init__(self, sock, wanted, host_key=None):
        self.socket, self.host_key = sock, host_key
        self.theirs, self.kex, self.host_key_name, self.cipher, self.mac = wanted
        self.tx, self.rx, self.packets, self.keyed = Clear(), Clear(), [], False

    def take(self, n):
        data = b""
        while len(data) < n:
            more = self.socket.recv(n - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def ident(self, ours):
        self.socket.sendall(ours + b"\r\n")
        theirs = b""
        while not theirs.endswith(b"\n"):
            theirs += self.take(1)
        return theirs.rstrip(b"\r\n")

    def send(self, payload):
        padding = -(len(payload) + 5 - self.tx.outside) % self.tx.block
        padding += self.tx.block if padding < 4 else 0
        plain = u32(1 + len(payload) + padding) + bytes([padding]) + payload + os.urandom(padding)
        packet = self.tx.seal(plain)
        self.log("we_sent", packet, plain)
        self.socket.sendall(packet)

    def receive(self):
        first = self.take(4)
        packet = first + self.take(self.rx.length(first) + self.rx.tag_n)
        plain = self.rx.open(packet)
        self.log("they_sent", packet, plain)
        return plain[5 : len(plain) - plain[4]]

    def log(self, who, packet, plain):
        if self.keyed:
            self.packets.append((who, packet, plain))

    def wait(self, number):
        while True:
            payload = self.receive()
            if payload[0] == number:
                return payload
            assert payload[0] in (2, 4, 7, 80), payload

    def exchange(self, client):
        mine, record = Exchange(self.kex), {}
        record["ident_ours"] = b"SSH-2.0-record"
        record["ident_theirs"] = self.ident(record["ident_ours"])
        strict = ",kex-strict-c-v00@openssh.com" if client else ",kex-strict-s-v00@openssh.com"
        more = ",ext-info-c" if client else ""
        names = [self.kex + more + strict, self.host_key_name] + [self.cipher] * 2
        names += [self.mac or "hmac-sha2-256"] * 2 + ["none"] * 2 + [""] * 2
        record["kexinit_ours"] = b"\x14" + os.urandom(16) + b"".join(map(s, names)) + b"\0" + u32(0)
        self.send(record["kexinit_ours"])
        record["kexinit_theirs"] = self.wait(20)
        transcript = lambda *keys: b"".join(s(record[key]) for key in keys)
        if client:
            record["client_share"] = mine.client_share()
            self.send(b"\x1e" + s(record["client_share"]))
            r = Reader(self.wait(31)[1:])
            record["host_blob"], record["server_share"], record["signature"] = r.string(), r.string(), r.string()
            k = mine.client_finish(record["server_share"])
            start = transcript("ident_ours", "ident_theirs", "kexinit_ours", "kexinit_theirs")
        else:
            record["client_share"] = Reader(self.wait(30)[1:]).string()
            record["host_blob"] = self.host_key.blob
            record["server_share"], k = mine.server(record["client_share"])
            start = transcript("ident_theirs", "ident_ours", "kexinit_theirs", "kexinit_ours")
        start += transcript("host_blob", "client_share", "server_share")
        h = hashlib.sha256(start + k).digest()
        if not client:
            record["signature"] = self.host_key.sign(h)
            fields = ("host_blob", "server_share", "signature")
            self.send(b"\x1f" + transcript(*fields))
        record.update(secret=mine.secret, coins=mine.coins, kem_secret=mine.kem_secret, k=k, hash=h)
        record["host_seed"] = b"" if client else self.host_key.seed

        def derive(letter, n):
            key = hashlib.sha256(k + h + letter.encode() + h).digest()
            while len(key) < n:
                key += hashlib.sha256(k + h + key).digest()
            return key[:n]

        self.send(b"\x15")
        self.wait(21)
        to_server, to_client = (Direction(self.cipher, self.mac, derive, x) for x in ("ACE", "BDF"))
        self.tx, self.rx = (to_server, to_client) if client else (to_client, to_server)
        for name, d in (("ours", self.tx), ("theirs", self.rx)):
            record["iv_" + name], record["key_" + name], record["mac_key_" + name] = d.iv, d.key, d.mac_key
        self.keyed = True
        return record

    def talk_to_sshd(self):
        """EXT_INFO, SERVICE_ACCEPT, USERAUTH_FAILURE; some that are answered by UNIMPLEMENTED."""
        self.send(b"\x05" + s("ssh-userauth"))
        self.wait(6)
        self.send(b"\x32" + s("nobody") + s("ssh-connection") + s("none"))
        self.wait(51)
        for n in (0, 300):
            self.send(b"\xbf" + bytes(n))
            self.wait(3)

    def talk_to_ssh(self):
        """SERVICE_REQUEST, USERAUTH_REQUEST; with success, which no real server would give, a channel."""
        self.wait(5)
        self.send(b"\x06" + s("ssh-userauth"))
        self.wait(50)
        self.send(b"\x02" + s(bytes(300)))
        self.send(b"\x34")
        self.wait(90)
        self.send(b"\x01" + u32(11) + s("recorded") + s(""))


# --- OpenSSH's programs ----------------------------------------------------------------------------------


def host_keys(folder):
    for kind, bits in (("ed25519", 256), ("ecdsa", 256), ("rsa", 2048)):
        file = os.path.join(folder, kind)
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-b", str(bits), "-N", "", "-f", file], check=True)
        yield file


def record_sshd(program, folder, keys, wanted):
    _, kex, host_key, cipher, mac = wanted
    lines = [f"HostKey {key}" for key in keys]
    lines += [f"KexAlgorithms {kex}", f"HostKeyAlgorithms {host_key}", f"Ciphers {cipher}"]
    lines += [f"MACs {mac or 'hmac-sha2-256'}", "LogLevel ERROR", "PidFile none"]
    for name in ("session", "auth"):  # in parts since OpenSSH 9.8, whose place is built in
        part = os.path.join(os.path.dirname(program), "..", "lib", "openssh", f"sshd-{name}")
        if os.path.exists(part):
            lines.append(f"Sshd{name.capitalize()}Path {os.path.realpath(part)}")
    config = os.path.join(folder, "sshd_config")
    with open(config, "w", encoding="ascii") as f:
        f.write("\n".join(lines) + "\n")
    ours, theirs = socket.socketpair()
    with theirs, subprocess.Popen([program, "-i", "-f", config], stdin=theirs, stdout=theirs) as sshd:
        theirs.close()
        with ours:
            ours.settimeout(20)
            c = Connection(ours, wanted)
            record = c.exchange(True)
            c.talk_to_sshd()
        sshd.wait(20)
    return record, c.packets


def record_ssh(program, folder, keys, wanted):
    _, kex, host_key, cipher, mac = wanted
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = str(listener.getsockname()[1])
        options = [f"KexAlgorithms={kex}", f"HostKeyAlgorithms={host_key}", f"Ciphers={cipher}"]
        options += ["MACs=" + (mac or "hmac-sha2-256"), "StrictHostKeyChecking=no", "BatchMode=yes"]
        options += ["UserKnownHostsFile=/dev/null", "IdentityFile=none", "IdentityAgent=none"]
        command = [program, "-F", "none", "-q", "-p", port, *("-o" + o for o in options)]
        with subprocess.Popen(command + ["nobody@127.0.0.1", "true"], stdin=subprocess.DEVNULL) as ssh:
            listener.settimeout(20)
            ours, _ = listener.accept()
            with ours:
                ours.settimeout(20)
                c = Connection(ours, wanted, Key(keys[0]))
                record = c.exchange(False)
                c.talk_to_ssh()
            ssh.wait(20)
    return record, c.packets


# --- the header ------------------------------------------------------------------------------------------


def quoted(data, indent):
    text = data.hex()
    lines = [text[i : i + 80] for i in range(0, len(text), 80)] or [""]
    return ("\n" + " " * indent).join(f'"{line}"' for line in lines)


HEAD = """/* clang-format off */
/* Made by tests/crypto/record.py; not to be edited. Recorded: what OpenSSH's programs and record.py
 * said to each other, with the secrets of record.py's side, which were made for that one connection.
 *
 * `program` is OpenSSH's; "ours" is what record.py had, "theirs" what OpenSSH had. k is as the exchange
 * hash takes it. A packet goes from packet_length to its tag, `plain` is what was sealed. */
#ifndef TESTS_CRYPTO_OPENSSH_EXCHANGE_H
#define TESTS_CRYPTO_OPENSSH_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>

struct recorded_packet {
    bool theirs;
    const char *packet, *plain;
};

struct recorded_exchange {
    const char *program, *kex, *host_key, *cipher, *mac;
    const char *ident_ours, *ident_theirs;"""

HEX = (
    ("kexinit_ours", "kexinit_theirs"),
    ("host_blob", "signature", "host_seed", "client_share", "server_share"),
    ("secret", "coins", "kem_secret", "k", "hash"),
    ("iv_ours", "key_ours", "mac_key_ours", "iv_theirs", "key_theirs", "mac_key_theirs"),
)


def print_header(records):
    print(HEAD)
    for group in HEX:
        print(f"    const char *{', *'.join(group)};")
    print("    struct recorded_packet packets[24];\n};\n")
    print("static const struct recorded_exchange recorded_exchanges[] = {")
    for wanted, record, packets in records:
        assert len(packets) < 24
        print("    {")
        for name, value in zip(("program", "kex", "host_key", "cipher", "mac"), wanted):
            print(f'        .{name} = "{value}",' if value else f"        .{name} = NULL,")
        for name in ("ident_ours", "ident_theirs"):
            print(f'        .{name} = "{record[name].decode()}",')
        for name in sum(HEX, ()):
            print(f"        .{name} =\n            {quoted(record[name], 12)},")
        print("        .packets = {")
        for who, packet, plain in packets:
            print(f"            {{ {'true' if who == 'they_sent' else 'false'},")
            print(f"              {quoted(packet, 14)},")
            print(f"              {quoted(plain, 14)} }},")
        print("        },\n    },")
    print("};\n\n#endif")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sshd", default="/usr/sbin/sshd")
    parser.add_argument("--ssh", default="ssh")
    options = parser.parse_args()
    records = []
    os.makedirs("/run/sshd", exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        keys = list(host_keys(folder))
        for wanted in WANTED:
            play = record_sshd if wanted[0] == "sshd" else record_ssh
            program = options.sshd if wanted[0] == "sshd" else options.ssh
            records.append((wanted, *play(program, folder, keys, wanted)))
            print(*wanted, len(records[-1][2]), "packets", file=sys.stderr)
    print_header(records)


main()
