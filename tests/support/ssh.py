"""A small SSH client, for what OpenSSH's will not do: every message by hand, many connections in one
process. Python's standard library only, so it is slow; it trusts any host key.

    c = Client(("127.0.0.1", 2222)); c.login("user", "key file"); ch = c.session(); c.request(ch, "exec", True, s("id"))
"""
import base64, hashlib, os, socket, struct, time

# --- types of RFC 4251 ---
def u32(n): return struct.pack(">I", n)
def s(v): return u32(len(v)) + (v if isinstance(v, bytes) else v.encode()) if isinstance(v, bytes) else s(v.encode())
def mpint(b):
    b = b.lstrip(b"\0")
    return s(b"\0" + b if b and b[0] & 128 else b)
def boolean(v): return b"\1" if v else b"\0"

class Reader:
    def __init__(self, data): self.data, self.at = data, 0
    def bytes(self, n):
        self.at += n
        assert self.at <= len(self.data), "message too short"
        return self.data[self.at - n:self.at]
    def byte(self): return self.bytes(1)[0]
    def u32(self): return struct.unpack(">I", self.bytes(4))[0]
    def string(self): return self.bytes(self.u32())
    def text(self): return self.string().decode("utf-8", "replace")

# --- X25519 (RFC 7748) and Ed25519 (RFC 8032) ---
P = 2**255 - 19
A24 = 121665

def x25519(k, u=b"\x09" + bytes(31)):
    k = bytearray(k); k[0] &= 248; k[31] = k[31] & 127 | 64
    k, x1 = int.from_bytes(k, "little"), int.from_bytes(u, "little") & (1 << 255) - 1
    x2, z2, x3, z3, swap = 1, 0, x1, 1, 0
    for t in range(254, -1, -1):
        bit = k >> t & 1
        if swap ^ bit: x2, x3, z2, z3 = x3, x2, z3, z2
        swap = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % P, b * b % P, d * a % P, c * b % P
        e = aa - bb
        x3, z3 = (da + cb) ** 2 % P, x1 * (da - cb) ** 2 % P
        x2, z2 = aa * bb % P, e * (aa + A24 * e) % P
    if swap: x2, z2 = x3, z3
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")

L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
GY = 4 * pow(5, P - 2, P) % P
GX = 15112221349535400772501151409588531511454012693041857206046113283949847762202
G = (GX, GY, 1, GX * GY % P)

def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P

def times(n, p):
    q = (0, 1, 1, 0)
    while n:
        if n & 1: q = add(q, p)
        p, n = add(p, p), n >> 1
    return q

def encoded(p):
    z = pow(p[2], P - 2, P)
    x, y = p[0] * z % P, p[1] * z % P
    return (y | (x & 1) << 255).to_bytes(32, "little")

class Key:
    """An OpenSSH ed25519 private key file."""
    def __init__(self, path):
        lines = open(path).read().split("\n")
        r = Reader(base64.b64decode("".join(l for l in lines if l and l[0] != "-")))
        r.bytes(15), r.string(), r.string(), r.string(), r.u32()
        self.blob = r.string()
        r = Reader(r.string())
        r.u32(), r.u32(), r.string()
        self.public, self.seed = r.string(), r.string()[:32]

    def sign(self, data):
        h = hashlib.sha512(self.seed).digest()
        a = int.from_bytes(h[:32], "little") & (1 << 254) - 8 | 1 << 254
        number = lambda *parts: int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % L
        r = number(h[32:], data)
        point = encoded(times(r, G))
        return s("ssh-ed25519") + s(point + ((r + number(point, self.public, data) * a) % L).to_bytes(32, "little"))

# --- chacha20-poly1305@openssh.com ---
def chacha_block(key, counter, nonce):
    state = (0x61707865, 0x3320646E, 0x79622D32, 0x6B206574) + struct.unpack("<8I", key) + \
        (counter & 0xFFFFFFFF, counter >> 32) + struct.unpack("<2I", nonce)
    x = list(state)
    def quarter(a, b, c, d):
        xa, xb, xc, xd = x[a], x[b], x[c], x[d]
        xa = xa + xb & 0xFFFFFFFF; xd ^= xa; xd = (xd << 16 | xd >> 16) & 0xFFFFFFFF
        xc = xc + xd & 0xFFFFFFFF; xb ^= xc; xb = (xb << 12 | xb >> 20) & 0xFFFFFFFF
        xa = xa + xb & 0xFFFFFFFF; xd ^= xa; xd = (xd << 8 | xd >> 24) & 0xFFFFFFFF
        xc = xc + xd & 0xFFFFFFFF; xb ^= xc; xb = (xb << 7 | xb >> 25) & 0xFFFFFFFF
        x[a], x[b], x[c], x[d] = xa, xb, xc, xd
    for _ in range(10):
        quarter(0, 4, 8, 12); quarter(1, 5, 9, 13); quarter(2, 6, 10, 14); quarter(3, 7, 11, 15)
        quarter(0, 5, 10, 15); quarter(1, 6, 11, 12); quarter(2, 7, 8, 13); quarter(3, 4, 9, 14)
    return struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(x, state)))

def chacha(key, counter, nonce, data):
    stream = b"".join(chacha_block(key, counter + i, nonce) for i in range((len(data) + 63) // 64))
    return bytes(a ^ b for a, b in zip(data, stream))

def poly1305(key, data):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    a = 0
    for i in range(0, len(data), 16):
        a = (a + int.from_bytes(data[i:i + 16] + b"\1", "little")) * r % ((1 << 130) - 5)
    return (a + int.from_bytes(key[16:], "little") & (1 << 128) - 1).to_bytes(16, "little")

# --- the client ---
class Disconnected(Exception):
    """code and text of the server's DISCONNECT; code 0: the connection ended without one"""
    def __init__(self, code, text):
        super().__init__("%d: %s" % (code, text))
        self.code, self.text = code, text

class Client:
    ident = b"SSH-2.0-test"
    window = 1 << 21

    def __init__(self, address, handshake=True, connected=None):
        self.socket = connected
        if connected is None:
            family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET6 if ":" in address[0] else socket.AF_INET
            self.socket = socket.socket(family, socket.SOCK_STREAM)
            self.socket.settimeout(20)
            self.socket.connect(address)
        self.received, self.keys, self.seq, self.channels = b"", None, [0, 0], 0
        self.session_id = None
        if handshake:
            self.exchange()

    def fill(self, n):
        while len(self.received) < n:
            try:
                data = self.socket.recv(65536)
            except ConnectionResetError:
                data = b""
            if not data:
                raise Disconnected(0, "closed")
            self.received += data

    def take(self, n):
        self.fill(n)
        data, self.received = self.received[:n], self.received[n:]
        return data

    def server_ident(self):
        while b"\n" not in self.received:
            self.fill(len(self.received) + 1)
        line, self.received = self.received.split(b"\n", 1)
        return line.rstrip(b"\r")

    def send(self, payload):
        block, length_free = (8, 4) if self.keys else (8, 0)
        padding = -(len(payload) + 5 - length_free) % block
        padding += block if padding < 4 else 0
        packet = bytes([padding]) + payload + bytes(padding)
        length = u32(len(packet))
        if self.keys:
            nonce = struct.pack(">Q", self.seq[0])
            data, header = self.keys[0]
            body = chacha(header, 0, nonce, length) + chacha(data, 1, nonce, packet)
            body += poly1305(chacha_block(data, 0, nonce)[:32], body)
        else:
            body = length + packet
        self.seq[0] = self.seq[0] + 1 & 0xFFFFFFFF
        self.socket.sendall(body)

    def receive_raw(self):
        if self.keys:
            nonce = struct.pack(">Q", self.seq[1])
            data, header = self.keys[1]
            first = self.take(4)
            n = struct.unpack(">I", chacha(header, 0, nonce, first))[0]
            body, tag = self.take(n), self.take(16)
            assert poly1305(chacha_block(data, 0, nonce)[:32], first + body) == tag, "bad MAC"
            packet = chacha(data, 1, nonce, body)
        else:
            packet = self.take(struct.unpack(">I", self.take(4))[0])
        self.seq[1] = self.seq[1] + 1 & 0xFFFFFFFF
        return packet[1:len(packet) - packet[0]]

    def receive(self):
        """The next message but IGNORE, DEBUG and EXT_INFO; keepalives are answered."""
        while True:
            m = self.receive_raw()
            if m[0] == 1:
                r = Reader(m[1:])
                raise Disconnected(r.u32(), r.text())
            if m[0] == 80 and self.answer_requests:
                r = Reader(m[1:])
                r.string()
                if r.byte(): self.send(b"\x52")
            elif m[0] not in (2, 4, 7):
                return m

    answer_requests = True

    def wait(self, *types):
        while True:
            m = self.receive()
            if m[0] in types:
                return m

    def kexinit(self):
        lists = ["curve25519-sha256,kex-strict-c-v00@openssh.com", "ssh-ed25519"] + \
            ["chacha20-poly1305@openssh.com"] * 2 + ["hmac-sha2-256"] * 2 + ["none"] * 2 + [""] * 2
        return b"\x14" + os.urandom(16) + b"".join(s(l) for l in lists) + b"\0" + u32(0)

    def exchange(self):
        if self.session_id is None:
            self.socket.sendall(self.ident + b"\r\n")
            self.peer_ident = self.server_ident()
        ours = self.kexinit()
        self.send(ours)
        theirs = self.wait(20)
        secret = os.urandom(32)
        share = x25519(secret)
        self.send(b"\x1e" + s(share))
        r = Reader(self.wait(31)[1:])
        self.host_blob, their_share, signature = r.string(), r.string(), r.string()
        k = mpint(x25519(secret, their_share)[::1])
        h = hashlib.sha256(s(self.ident) + s(self.peer_ident) + s(ours) + s(theirs) + s(self.host_blob) +
                           s(share) + s(their_share) + k).digest()
        self.session_id = self.session_id or h
        def derive(letter):
            first = hashlib.sha256(k + h + letter + self.session_id).digest()
            return first, hashlib.sha256(k + h + first).digest()
        self.send(b"\x15")
        self.wait(21)
        self.keys = derive(b"C"), derive(b"D")
        self.seq = [0, 0]

    # --- authentication ---
    def service(self):
        self.send(b"\x05" + s("ssh-userauth"))
        self.wait(6)

    def try_key(self, user, key, signed=True):
        """The answer's message number: 52 yes, 51 no, 60 this key would do."""
        body = b"\x32" + s(user) + s("ssh-connection") + s("publickey") + boolean(signed) + s("ssh-ed25519") + s(key.blob)
        if signed:
            body += s(key.sign(s(self.session_id) + body))
        self.send(body)
        return self.wait(51, 52, 60)[0]

    def login(self, user, key):
        self.service()
        answer = self.try_key(user, key if isinstance(key, Key) else Key(key))
        assert answer == 52, "login refused"
        return self

    # --- channels ---
    def open(self, kind="session", window=None):
        """(our number, the server's), or the refusal's message"""
        number, self.channels = self.channels, self.channels + 1
        self.send(b"\x5a" + s(kind) + u32(number) + u32(window if window is not None else self.window) + u32(32768))
        m = self.wait(91, 92)
        return Reader(m[5:]).u32() if m[0] == 91 else m

    session = open

    def request(self, channel, name, want_reply, data=b"", wait=True):
        self.send(b"\x62" + u32(channel) + s(name) + boolean(want_reply) + data)
        return self.wait(99, 100)[0] == 99 if want_reply and wait else None

    def ask(self, name, data=b""):
        """A global request: whether the answer was yes, and what came with it."""
        self.send(b"\x50" + s(name) + boolean(True) + data)
        m = self.wait(81, 82)
        return m[0] == 81, m[1:]

    def listen(self, host, port): return self.ask("tcpip-forward", s(host) + u32(port))[0]

    def direct_open(self, host, port):
        """The CHANNEL_OPEN of a direct-tcpip channel."""
        number, self.channels = self.channels, self.channels + 1
        return b"\x5a" + s("direct-tcpip") + u32(number) + u32(self.window) + u32(32768) + s(host) + u32(port) + s("x") + u32(1)

    def direct(self, host, port):
        """The server's number of a channel to there, or why it is refused: (code, text)"""
        self.send(self.direct_open(host, port))
        m = self.wait(91, 92)
        r = Reader(m[5:])
        return r.u32() if m[0] == 91 else (r.u32(), r.text())

    def data(self, channel, data): self.send(b"\x5e" + u32(channel) + s(data))
    def eof(self, channel): self.send(b"\x60" + u32(channel))
    def close_channel(self, channel): self.send(b"\x61" + u32(channel))

    def collect(self):
        """Until the channel's close: output, and the requests (exit-status, exit-signal) as bytes."""
        out, status = b"", {}
        while True:
            m = self.receive()
            if m[0] == 94:
                out += Reader(m[5:]).string()
            elif m[0] == 98:
                r = Reader(m[5:])
                name = r.text()
                r.byte()
                status[name] = r.data[r.at:]
            elif m[0] == 97:
                return out, status

    def ended(self, seconds=20):
        """Reads until the server ends it: (code, text) of its DISCONNECT."""
        self.socket.settimeout(seconds)
        try:
            while True:
                self.receive()
        except Disconnected as d:
            return d.code, d.text

    def close(self): self.socket.close()
