"""ML-KEM-768, written from FIPS 203 (the numbers of its algorithms are at the functions). Python's
standard library only; slow, and not constant-time: for tests.

    ek, dk = keygen(d, z); c, k = encaps(ek, m); k = decaps(dk, c)
"""
import hashlib

Q, K, ETA, DU, DV = 3329, 3, 2, 10, 4

def reversed_bits(i): return int(format(i, "07b")[::-1], 2)
ZETAS = [pow(17, reversed_bits(i), Q) for i in range(128)]
GAMMAS = [pow(17, 2 * reversed_bits(i) + 1, Q) for i in range(128)]

def g(data):
    h = hashlib.sha3_512(data).digest()
    return h[:32], h[32:]

def h(data): return hashlib.sha3_256(data).digest()
def j(data): return hashlib.shake_256(data).digest(32)

def encode(d, f):  # 5
    return sum(x << d * i for i, x in enumerate(f)).to_bytes(32 * d, "little")

def decode(d, data):  # 6
    n = int.from_bytes(data, "little")
    return [(n >> d * i & (1 << d) - 1) % (Q if d == 12 else 1 << d) for i in range(256)]

def compress(d, f): return [((x << d) + Q // 2) // Q % (1 << d) for x in f]
def decompress(d, f): return [(x * Q + (1 << d - 1)) >> d for x in f]

def sample_ntt(seed):  # 7
    stream, f = hashlib.shake_128(seed).digest(168 * 10), []
    for i in range(0, len(stream), 3):
        a, b, c = stream[i:i + 3]
        f += [x for x in (a + 256 * (b % 16), b // 16 + 16 * c) if x < Q]
    assert len(f) >= 256
    return f[:256]

def sample_cbd(seed, nonce):  # 8
    n = int.from_bytes(hashlib.shake_256(seed + bytes([nonce])).digest(64 * ETA), "little")
    bit = lambda i: n >> i & 1
    return [(bit(4 * i) + bit(4 * i + 1) - bit(4 * i + 2) - bit(4 * i + 3)) % Q for i in range(256)]

def ntt(f):  # 9
    f, i, n = f[:], 1, 128
    while n >= 2:
        for start in range(0, 256, 2 * n):
            for k in range(start, start + n):
                t = ZETAS[i] * f[k + n] % Q
                f[k + n], f[k] = (f[k] - t) % Q, (f[k] + t) % Q
            i += 1
        n //= 2
    return f

def ntt_inverse(f):  # 10
    f, i, n = f[:], 127, 2
    while n <= 128:
        for start in range(0, 256, 2 * n):
            for k in range(start, start + n):
                t = f[k]
                f[k], f[k + n] = (t + f[k + n]) % Q, ZETAS[i] * (f[k + n] - t) % Q
            i -= 1
        n *= 2
    return [x * 3303 % Q for x in f]

def times(f, k):  # 11
    r = []
    for i in range(128):
        a, b, c, d = f[2 * i], f[2 * i + 1], k[2 * i], k[2 * i + 1]
        r += [(a * c + b * d * GAMMAS[i]) % Q, (a * d + b * c) % Q]
    return r

def add(f, k): return [(x + y) % Q for x, y in zip(f, k)]
def sub(f, k): return [(x - y) % Q for x, y in zip(f, k)]

def dot(u, v):
    r = [0] * 256
    for f, k in zip(u, v):
        r = add(r, times(f, k))
    return r

def matrix(rho): return [[sample_ntt(rho + bytes([col, row])) for col in range(K)] for row in range(K)]
def parts(data, n): return [data[i:i + n] for i in range(0, len(data), n)]

def keygen(d, z):  # 13, 16
    rho, sigma = g(d + bytes([K]))
    a = matrix(rho)
    s = [ntt(sample_cbd(sigma, i)) for i in range(K)]
    e = [ntt(sample_cbd(sigma, K + i)) for i in range(K)]
    t = [add(dot(row, s), e[i]) for i, row in enumerate(a)]
    ek = b"".join(encode(12, f) for f in t) + rho
    return ek, b"".join(encode(12, f) for f in s) + ek + h(ek) + z

def encrypt(ek, m, r):  # 14
    t, a = [decode(12, f) for f in parts(ek[:-32], 384)], matrix(ek[-32:])
    y = [ntt(sample_cbd(r, i)) for i in range(K)]
    u = [add(ntt_inverse(dot([a[k][i] for k in range(K)], y)), sample_cbd(r, K + i)) for i in range(K)]
    v = add(add(ntt_inverse(dot(t, y)), sample_cbd(r, 2 * K)), decompress(1, decode(1, m)))
    return b"".join(encode(DU, compress(DU, f)) for f in u) + encode(DV, compress(DV, v))

def encaps(ek, m):  # 17, without the check of section 7.2
    k, r = g(m + h(ek))
    return encrypt(ek, m, r), k

def decaps(dk, c):  # 15, 18
    s, ek, hash_of_ek, z = dk[:384 * K], dk[384 * K:-64], dk[-64:-32], dk[-32:]
    u = [ntt(decompress(DU, decode(DU, f))) for f in parts(c[:32 * DU * K], 32 * DU)]
    v = decompress(DV, decode(DV, c[32 * DU * K:]))
    w = sub(v, ntt_inverse(dot([decode(12, f) for f in parts(s, 384)], u)))
    m = encode(1, compress(1, w))
    k, r = g(m + hash_of_ek)
    return k if encrypt(ek, m, r) == c else j(z + c)
