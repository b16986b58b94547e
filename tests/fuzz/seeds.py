#!/usr/bin/env python3
"""Writes what a fuzzer begins with: seeds.py TARGET FOLDER makes FOLDER/seeds/… and FOLDER/words, a dictionary. A target that is not
known here begins with nothing (or what tests/fuzz/corpus/TARGET has)."""
import base64, io, os, re, struct, sys, tarfile

here = os.path.dirname(os.path.abspath(__file__))
def u32(n): return struct.pack(">I", n)
def u64(n): return struct.pack(">Q", n)
def s(b): return u32(len(b)) + b

def blobs():
    """Those of the unit tests, in base64, by name."""
    text = open(os.path.join(here, "../auth/certificates.h")).read()
    return {name: "".join(re.findall(r'"([^"]*)"', value)).encode() for name, value in re.findall(r'char (\w+)\[\] =\s*((?:"[^"]*"\s*)+);', text)}

# --- sftp: packets behind two bytes of length; handles are the first ones a server gives ---
def sftp():
    def handle(n): return s(u32(n) + u32(n + 1))
    def session(*packets):
        packets = [bytes([kind]) + u32(i + 1) + fields for i, (kind, fields) in enumerate(packets)]
        return b"\1" + b"".join(struct.pack(">H", len(p)) + p for p in packets)
    def ext(name, fields): return 200, s(name) + fields
    none, mode = u32(0), u32(4) + u32(0o600)
    names = s(b"file") + s(b"other")
    yield session((3, s(b"file") + u32(1) + none), (5, handle(0) + u64(0) + u32(20000)), (5, handle(0) + u64(10) + u32(19000)), (4, handle(0)))
    yield session((3, s(b"new") + u32(0x1b) + mode), (6, handle(0) + u64(5) + s(b"data" * 9)), (8, handle(0)), (10, handle(0) + u32(1) + u64(3)),
                  (6, handle(0) + u64(1 << 33) + s(b"x")), ext(b"fsync@openssh.com", handle(0)), (4, handle(0)), (4, handle(0)))
    yield session((11, s(b".")), (12, handle(0)), (12, handle(0)), (4, handle(0)), (14, s(b"d") + none), (11, s(b"d")), (12, handle(0)), (15, s(b"d")))
    yield session((17, s(b"link")), (7, s(b"link")), (16, s(b"folder/../link")), (19, s(b"link")), (20, s(b"a/b") + s(b"l")), (16, s(b"l/c")), (13, s(b"l")))
    yield session((18, names), (18, names), ext(b"posix-rename@openssh.com", names), ext(b"hardlink@openssh.com", names), (9, s(b"file") + u32(15) + u64(5) + u32(1) * 5),
                  ext(b"lsetstat@openssh.com", s(b"link") + u32(8) + u32(7) * 2))
    yield session(ext(b"statvfs@openssh.com", s(b".")), ext(b"limits@openssh.com", b""), ext(b"expand-path@openssh.com", s(b"~/x")), ext(b"home-directory", s(b"")),
                  ext(b"users-groups-by-id@openssh.com", s(u32(0) + u32(1)) + s(u32(0))), (9, s(b"file") + u32(0x80000000) + u32(1) + s(b"n") + s(b"v")))
    yield session((3, s(b"file") + u32(1) + none), (3, s(b"copy") + u32(0x0a) + none), ext(b"copy-data", handle(0) + u64(0) + u64(0) + handle(1) + u64(100)),
                  ext(b"fstatvfs@openssh.com", handle(1)), (3, s(b"file") + u32(0x12) + none))
    yield b"\0" + s(b"\1" + u32(3)) + s(b"\x11" + u32(1) + s(b"file")) + b"\0\0\0"

def scp():
    for first in range(1, 8):
        yield bytes([first]) + b"C0644 5 name\nhello\0"
        yield bytes([first]) + b"T1 0 2 0\nD0755 0 dir\nC0600 3 a\nabc\0C0444 0 b\n\0E\n\0"
        yield bytes([first]) + bytes(12) + b"\1no\n" + bytes(4) + b"\2no\n"
    yield b"\0scp -r -t 'a b' \\c \"d\\\"\" ~/x\0C0644 1 x\nx\0"
    yield b"\0scp -f -- file folder\0" + bytes(9)

def tar():
    def archive(form, *members):
        with io.BytesIO() as f:
            with tarfile.open(fileobj=f, mode="w", format=form) as t:
                for kind, name, link, data in members:
                    m = tarfile.TarInfo(name); m.type, m.linkname, m.size, m.mode = kind, link, len(data), 0o755
                    t.addfile(m, io.BytesIO(data))
            n = len(f.getvalue().rstrip(b"\0")) + 511 & ~511
            return f.getvalue()[:n] + bytes(1024)
    for how in range(5):
        how = bytes([how])
        yield how + archive(tarfile.USTAR_FORMAT, (b"5", "a", "", b""), (b"0", "a/b", "", b"data"), (b"1", "a/c", "a/b", b""), (b"2", "l", "../", b""), (b"0", "l/file", "", b"bad"))
        yield how + archive(tarfile.GNU_FORMAT, (b"0", "a/" + "n" * 120, "", b"x" * 600), (b"2", "a/l", "m" * 130, b""), (b"6", "p", "", b""), (b"3", "d", "", b""))
        yield how + archive(tarfile.PAX_FORMAT, (b"0", "a/" + "n" * 120, "", b"x"), (b"2", "a/l", "m" * 130, b""), (b"1", "../file", "../file", b""), (b"5", "../folder", "", b""))
        yield how + archive(tarfile.USTAR_FORMAT, (b"2", "k", "../file", b""), (b"0", "k", "", b"new"), (b"5", "d", "", b""), (b"2", "d", "..", b""), (b"0", "d/x", "", b"y"))

# --- a client's side of the first key exchange ---
def transport():
    def packet(payload):
        padding = 8 + -(len(payload) + 5) % 8
        return u32(len(payload) + 1 + padding) + bytes([padding]) + payload + bytes(padding)
    def kexinit(kex, follows):
        lists = [kex, b"ssh-ed25519", b"chacha20-poly1305@openssh.com", b"chacha20-poly1305@openssh.com", b"hmac-sha2-256", b"hmac-sha2-256", b"none", b"none", b"", b""]
        return packet(b"\x14" + bytes(16) + b"".join(map(s, lists)) + bytes([follows]) + u32(0))
    ident, share = b"SSH-2.0-fuzz\r\n", bytes([9]) + bytes(31)
    yield b"\0" + ident + kexinit(b"curve25519-sha256,ext-info-c,kex-strict-c-v00@openssh.com", 0) + packet(b"\x1e" + s(share)) + packet(b"\x15")
    yield b"\0" + ident + kexinit(b"mlkem768x25519-sha256", 0) + packet(b"\x1e" + s(bytes(1184) + share)) + packet(b"\x15")
    yield b"\x40" + ident + kexinit(b"unknown,curve25519-sha256", 1) + packet(b"\x1e" + s(share)) + packet(b"\x1e" + s(share)) + packet(b"\x15") + bytes(64)
    yield b"\x11banner\r\n" + ident + packet(b"\2" + s(b"ignore")) + packet(b"\4\0" + s(b"debug") + s(b"")) + packet(b"\5" + s(b"ssh-userauth"))
    yield b"\x01SSH-1.99-x\n" + packet(b"\1" + u32(11) + s(b"bye") + s(b"")) + packet(b"\3" + u32(0))

# --- steps of connection.c: opens, requests, data, programs that end ---
def connection():
    start = bytes([0, 3, 0, 0, 6, 0]) # CHANNEL_OPEN session
    shell = bytes([0, 15, 0, 0, 1]) + b"\1"
    yield start + shell + bytes([0, 9, 0, 2, 4, 0, 0, 6, 128, 12, 0, 5, 8, 0, 0, 255, 20, 0, 0, 28, 0, 0, 3])
    yield start * 3 + bytes([0, 0, 0, 1, 3, 6, 5]) + bytes([0, 0, 4, 1]) + bytes([7, 200, 6, 255])
    yield bytes([0, 3, 2, 1, 6, 4, 2, 2, 3, 3]) + bytes([0, 3, 3, 2, 6, 4, 6, 0]) + bytes([0, 6, 0, 1, 6, 4, 0, 7, 0, 1, 4, 0])
    yield start + bytes([0, 16, 1, 0, 1, 11, 1, 0, 8, 0, 4, 0, 13, 0, 0, 14, 0, 0, 20, 0, 0]) + bytes(20)

# --- text and certificates ---
OPTIONS = b'''restrict command="ls \\"a\\"" from="10.0.0.0/8,!10.1.2.3,*.example" environment="A=b" expiry-time="20991231Z" expiry-time="209912312359"
cert-authority principals="alice,bob" no-pty pty no-touch-required verify-required permitopen="[::1]:80" permitlisten="*:8080" permitlisten="22"
tunnel="0" no-user-rc agent-forwarding port-forwarding x11-forwarding'''.split()

def authorized_keys():
    key, ca = blobs()["blob_user"], blobs()["blob_ca"]
    yield b"\0ssh-ed25519 " + key + b" comment"
    for i, option in enumerate(OPTIONS):
        for who in (0, 60): yield bytes([who]) + option + b",restrict ssh-ed25519 " + key
    yield b"\1cert-authority,principals=\"alice\" ssh-ed25519 " + ca
    yield b"\0# comment"
    yield b'\0command="a b",no-pty\tssh-ed25519 ' + key + b"\t"

def key_options():
    for option in OPTIONS: yield b"\0" + option
    yield b"\0" + b",".join(OPTIONS[1:])
    for value in (b"localhost:80", b"*:*", b"[::1]:65535", b"8080", b"unix:1", b":1"): yield b"\1" + value
    yield b"\x02192.0.2.1\x00192.0.2.0/24,!192.0.2.1,2001:db8::/32,*.b?c"
    yield b"\x02::ffff:10.0.0.1\x0010.0.0.0/8"
    yield b"\3permit-pty"

def certificate():
    for name, blob in blobs().items():
        try: yield base64.b64decode(blob, validate=True)
        except ValueError: pass

def edit():
    yield b"echo hello world\x1b[D\x1b[1;5D\x17x\x01\x0b\r\x1b[A\x1bOB\x12hel\x12\x7f\r"
    yield "aé漢🙂".encode() + b"\x02\x02\x7f\x1b[3~\x1b[H\x04\x05\x15\x03\x10\x0e\x07" + b"x" * 200 + b"\x01\x06\n"

def shell():
    with open("tests/shell/table", "rb") as f: yield from f.read().split(b"\n%%\n")

def http():
    ok = b"HTTP/1.1 200 OK\r\n"
    for piece in (0, 9, 255):
        yield bytes([piece]) + ok + b"Content-Length: 5\r\n\r\nhello"
        yield bytes([piece]) + ok + b"Transfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n0\r\nA: b\r\n\r\n"
        yield bytes([piece]) + b"HTTP/1.1 100 x\r\n\r\nHTTP/1.1 301 Moved\r\nLocation: //[::1]:80/a/../b?c\r\n\r\n"
    yield b"\0http://[::1]:8080/a/b?c#d"

WORDS = {
    "tar": [b"ustar\0" + b"00", b"ustar  \0", b"../file", b"/../../file", b"././@LongLink", b"30 path=../file", b"20 linkpath=/file", b"0000644\0", b"\x80\0\0\0\0\0\0\0\0\0\2\0"],
    "edit": [b"\x1b[A", b"\x1b[B", b"\x1b[C", b"\x1b[D", b"\x1b[1;5C", b"\x1b[1;5D", b"\x1b[3~", b"\x1bb", b"\x12", b"\xe6\xbc\xa2"],
    "shell": [b"if ", b"then ", b"elif ", b"else ", b"fi", b"while ", b"until ", b"for ", b"in ", b"do ", b"done", b"case ", b"esac", b";;", b"&&", b"||",
              b"$(", b"$((", b"))", b"${", b":-", b"<<E\n", b"<<-", b"\nE\n", b">&", b"() {", b"! "],
    "sftp": [s(w) for w in (b"file", b"link", b"folder", b"..", b".", b"/", b"", b"~", b"copy-data", b"limits@openssh.com", b"home-directory")] + [u64(1 << 63), u32(2**32 - 1), b"\0\0\1\0"],
    "scp": [b"C0644 ", b"D0755 0 ", b"T0 0 0 0\n", b"E\n", b"scp -t ", b" -r", b"..", b"0001", b"9223372036854775807"],
    "transport": [b"SSH-2.0-", b"\r\n", b"curve25519-sha256", b"mlkem768x25519-sha256", b"kex-strict-c-v00@openssh.com", b"ext-info-c", b"ssh-ed25519",
                  b"chacha20-poly1305@openssh.com", b"aes256-gcm@openssh.com", b"none", b"\x14", b"\x15", b"\x1e"],
    "authorized_keys": OPTIONS + [b"ssh-ed25519 ", b","],
    "http": [b"HTTP/1.1 ", b"Content-Length: ", b"Transfer-Encoding: chunked", b"Location: ", b"\r\n", b"://", b"http:", b"?", b"#", b"[", b"]:", b".."],
    "key_options": OPTIONS + [b",", b"/24", b"!", b"*", b"::", b"\0"],
    "certificate": [s(w) for w in (b"force-command", b"source-address", b"verify-required", b"permit-pty", b"no-touch-required", b"alice", b"ssh-ed25519")],
}

def main(target, folder):
    os.makedirs(f"{folder}/seeds", exist_ok=True)
    for i, seed in enumerate(globals()[target]() if target in SEEDS else []):
        with open(f"{folder}/seeds/{i}", "wb") as f: f.write(seed)
    with open(f"{folder}/words", "w") as f:
        for word in WORDS.get(target, []): f.write('"' + "".join(f"\\x{b:02x}" for b in word) + '"\n')

SEEDS = ("sftp", "scp", "tar", "transport", "connection", "authorized_keys", "key_options", "certificate", "edit", "shell", "http")
if __name__ == "__main__": main(*sys.argv[1:])
