#!/usr/bin/env python3
"""Prints the known answers of the start-up self-test (crypto/known.h), from plain Python.

Nothing but hashlib and hmac is used: AES, GCM, ChaCha20, Poly1305, X25519, Ed25519 and ML-KEM are written
here from FIPS 197, SP 800-38D, RFC 8439 (with OpenSSH's nonces), RFC 7748, RFC 8032 and FIPS 203, slowly.

    python3 tests/crypto/make_known.py          a line of C for each row
"""
import hashlib
import hmac
import struct

from make_packets import chacha20, poly1305


def known_input(n, salt):
    return bytes((i * i + 29 * i + salt) & 0x77 for i in range(n))


def show(name, data):
    digest = hashlib.sha256(data).digest()[:8]
    print(f"{name:24} {{ {', '.join(f'0x{b:02x}' for b in digest)} }}")


# --- AES, FIPS 197 ---
def xtime(a):
    return (a << 1 ^ (0x11B if a & 0x80 else 0)) & 0xFF


def gf8(a, b):
    r = 0
    while b:
        r ^= a if b & 1 else 0
        a, b = xtime(a), b >> 1
    return r


def sbox_of(x):
    inverse = next((y for y in range(256) if gf8(x, y) == 1), 0)
    r = 0x63
    for i in range(5):
        r ^= (inverse << i | inverse >> (8 - i)) & 0xFF
    return r


SBOX = [sbox_of(x) for x in range(256)]


def aes_schedule(key):
    nk = len(key) // 4
    w = [list(key[4 * i : 4 * i + 4]) for i in range(nk)]
    rcon = 1
    for i in range(nk, 4 * (nk + 7)):
        t = w[-1]
        if i % nk == 0:
            t = [SBOX[b] for b in t[1:] + t[:1]]
            t[0] ^= rcon
            rcon = xtime(rcon)
        elif nk > 6 and i % nk == 4:
            t = [SBOX[b] for b in t]
        w.append([a ^ b for a, b in zip(w[i - nk], t)])
    return [sum(w[4 * r : 4 * r + 4], []) for r in range(nk + 7)]


def aes_block(rounds, block):
    s = [a ^ b for a, b in zip(block, rounds[0])]
    for r in range(1, len(rounds)):
        s = [SBOX[s[(i + 4 * (i % 4)) % 16]] for i in range(16)]
        if r != len(rounds) - 1:
            s = [
                gf8(s[i], 2) ^ gf8(s[4 * (i // 4) + (i + 1) % 4], 3)
                ^ s[4 * (i // 4) + (i + 2) % 4] ^ s[4 * (i // 4) + (i + 3) % 4]
                for i in range(16)
            ]  # fmt: skip
        s = [a ^ b for a, b in zip(s, rounds[r])]
    return bytes(s)


def aes_ctr(key, counter, data):
    rounds, out, n = aes_schedule(key), b"", int.from_bytes(counter, "big")
    for i in range(0, len(data), 16):
        stream = aes_block(rounds, (n % 2**128).to_bytes(16, "big"))
        out += bytes(a ^ b for a, b in zip(data[i : i + 16], stream))
        n += 1
    return out


# --- GCM, SP 800-38D ---
def gf128(x, y):
    z = 0
    for i in range(128):
        if y >> (127 - i) & 1:
            z ^= x
        x = x >> 1 ^ (0xE1 << 120 if x & 1 else 0)
    return z


def gcm_seal(key, nonce, ad, data):
    h = int.from_bytes(aes_block(aes_schedule(key), bytes(16)), "big")
    sealed = aes_ctr(key, nonce + struct.pack(">I", 2), data)
    y = 0
    padded = ad + bytes(-len(ad) % 16) + sealed + bytes(-len(sealed) % 16)
    padded += struct.pack(">QQ", 8 * len(ad), 8 * len(sealed))
    for i in range(0, len(padded), 16):
        y = gf128(y ^ int.from_bytes(padded[i : i + 16], "big"), h)
    return sealed + aes_ctr(key, nonce + struct.pack(">I", 1), y.to_bytes(16, "big"))


# --- Curve25519: RFC 7748, RFC 8032 ---
P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
L = 2**252 + 27742317777372353535851937790883648493


def x25519(secret, point):
    k = int.from_bytes(secret, "little") & ~7 & (2**255 - 1) | 2**254
    x1 = int.from_bytes(point, "little") % 2**255
    x2, z2, x3, z3 = 1, 0, x1, 1
    for t in range(254, -1, -1):
        if k >> t & 1:
            x2, z2, x3, z3 = x3, z3, x2, z2
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % P, b * b % P, d * a % P, c * b % P
        e = aa - bb
        x3, z3 = (da + cb) ** 2 % P, x1 * (da - cb) ** 2 % P
        x2, z2 = aa * bb % P, e * (aa + 121665 * e) % P
        if k >> t & 1:
            x2, z2, x3, z3 = x3, z3, x2, z2
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


def ed_add(p, q):
    x1, y1, x2, y2 = *p, *q
    t = D * x1 * x2 * y1 * y2
    x = (x1 * y2 + x2 * y1) * pow(1 + t, -1, P) % P
    return x, (y1 * y2 + x1 * x2) * pow(1 - t, -1, P) % P


def ed_times(k, p):
    r = (0, 1)
    while k:
        r = ed_add(r, p) if k & 1 else r
        p, k = ed_add(p, p), k >> 1
    return r


def ed_bytes(p):
    return (p[1] | (p[0] & 1) << 255).to_bytes(32, "little")


def ed25519_sign(seed, message):
    y = 4 * pow(5, -1, P) % P
    x = pow((y * y - 1) * pow(D * y * y + 1, -1, P), (P + 3) // 8, P)
    if (x * x * (D * y * y + 1) - (y * y - 1)) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    base = (x if x % 2 == 0 else P - x, y)
    h = hashlib.sha512(seed).digest()
    a = int.from_bytes(h[:32], "little") & ~7 & (2**255 - 1) & ~(1 << 255) | 2**254
    public = ed_bytes(ed_times(a, base))
    r = int.from_bytes(hashlib.sha512(h[32:] + message).digest(), "little") % L
    big_r = ed_bytes(ed_times(r, base))
    k = int.from_bytes(hashlib.sha512(big_r + public + message).digest(), "little") % L
    return big_r + ((r + k * a) % L).to_bytes(32, "little")


# --- ML-KEM-768, FIPS 203 ---
Q, K = 3329, 3
REVERSED = [int(f"{i:07b}"[::-1], 2) for i in range(128)]
ZETAS = [pow(17, r, Q) for r in REVERSED]
GAMMAS = [pow(17, 2 * r + 1, Q) for r in REVERSED]


def ntt(f):
    f, i, length = f[:], 1, 128
    while length >= 2:
        for start in range(0, 256, 2 * length):
            for j in range(start, start + length):
                t = ZETAS[i] * f[j + length] % Q
                f[j + length], f[j] = (f[j] - t) % Q, (f[j] + t) % Q
            i += 1
        length //= 2
    return f


def ntt_inverse(f):
    f, i, length = f[:], 127, 2
    while length <= 128:
        for start in range(0, 256, 2 * length):
            for j in range(start, start + length):
                t = f[j]
                f[j] = (t + f[j + length]) % Q
                f[j + length] = ZETAS[i] * (f[j + length] - t) % Q
            i -= 1
        length *= 2
    return [x * 3303 % Q for x in f]


def ntt_multiply(f, g):
    h = []
    for i in range(128):
        a0, a1, b0, b1 = f[2 * i], f[2 * i + 1], g[2 * i], g[2 * i + 1]
        h += [(a0 * b0 + a1 * b1 * GAMMAS[i]) % Q, (a0 * b1 + a1 * b0) % Q]
    return h


def sample_ntt(seed):
    stream, out, i = hashlib.shake_128(seed).digest(4096), [], 0
    while len(out) < 256:
        c = stream[i : i + 3]
        i += 3
        for d in (c[0] + 256 * (c[1] % 16), c[1] // 16 + 16 * c[2]):
            if d < Q and len(out) < 256:
                out.append(d)
    return out


def sample_cbd(seed, n):
    bits = int.from_bytes(hashlib.shake_256(seed + bytes([n])).digest(128), "little")
    value = lambda i: (bits >> i & 1) + (bits >> i + 1 & 1)  # noqa: E731
    return [(value(4 * i) - value(4 * i + 2)) % Q for i in range(256)]


def pack(values, d):
    return sum(v << d * i for i, v in enumerate(values)).to_bytes(32 * d, "little")


def unpack(data, d):
    n = int.from_bytes(data, "little")
    return [n >> d * i & 2**d - 1 for i in range(256)]


def compress(values, d):
    return [((x << d) + Q // 2) // Q % 2**d for x in values]


def add(*polynomials):
    return [sum(x) % Q for x in zip(*polynomials)]


def mlkem768_encapsulate(key, coins):
    secret_and_r = hashlib.sha3_512(coins + hashlib.sha3_256(key).digest()).digest()
    secret, r = secret_and_r[:32], secret_and_r[32:]
    t = [unpack(key[384 * i : 384 * i + 384], 12) for i in range(K)]
    rho = key[384 * K :]
    y = [ntt(sample_cbd(r, i)) for i in range(K)]
    e1 = [sample_cbd(r, K + i) for i in range(K)]
    c = b""
    for i in range(K):  # row i of the transposed matrix: A[j][i] is seeded with i, j
        column = [ntt_multiply(sample_ntt(rho + bytes([i, j])), y[j]) for j in range(K)]
        c += pack(compress(add(ntt_inverse(add(*column)), e1[i]), 10), 10)
    mu = [(bit * Q + 1) // 2 for bit in unpack(coins, 1)]
    v = add(ntt_inverse(add(*[ntt_multiply(t[j], y[j]) for j in range(K)])), sample_cbd(r, 2 * K), mu)
    return c + pack(compress(v, 4), 4) + secret


# --- the rows ---
SEQ, DATA = 5, 64
KEY, IV, MAC_KEY = (known_input(64, salt) for salt in range(3))


def packet(length_outside):
    n = DATA if length_outside else DATA - 4
    return struct.pack(">I", n), known_input(4 + n, 3)[4:]


def chachapoly():
    length, data = packet(True)
    nonce, main, header = struct.pack(">Q", SEQ), KEY[:32], KEY[32:]
    sealed = chacha20(header, nonce, 0, length) + chacha20(main, nonce, 1, data)
    return sealed + poly1305(chacha20(main, nonce, 0, bytes(32)), sealed)


def gcm(key_n):
    length, data = packet(True)
    return length + gcm_seal(KEY[:key_n], IV[:12], length, data)


def ctr(key_n, digest, etm):
    length, data = packet(etm)
    size, number = digest().digest_size, struct.pack(">I", SEQ)
    sealed = length + aes_ctr(KEY[:key_n], IV[:16], data) if etm else aes_ctr(KEY[:key_n], IV[:16], length + data)
    return sealed + hmac.new(MAC_KEY[:size], number + (sealed if etm else length + data), digest).digest()


def main():
    show("curve25519-sha256", x25519(known_input(32, 2), x25519(known_input(32, 1), bytes([9]) + bytes(31))))
    show("mlkem768x25519-sha256", mlkem768_encapsulate(known_input(1184, 4), known_input(32, 5)))
    show("ssh-ed25519", ed25519_sign(known_input(32, 1), known_input(64, 2)))
    show("chacha20-poly1305", chachapoly())
    for key_n in (32, 16):
        show(f"aes{8 * key_n}-gcm", gcm(key_n))
    for key_n in (32, 16):
        for name, digest, etm in (
            ("etm256", hashlib.sha256, True), ("etm512", hashlib.sha512, True), ("mac256", hashlib.sha256, False),
        ):  # fmt: skip
            show(f"aes{8 * key_n}-ctr {name}", ctr(key_n, digest, etm))


if __name__ == "__main__":
    main()
