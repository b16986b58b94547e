#!/usr/bin/env python3
"""Makes packets.h: known answers for chacha20-poly1305@openssh.com.

ChaCha20 (D. J. Bernstein's original: 64-bit counter, 64-bit nonce), Poly1305 and the packet format of
OpenSSH's PROTOCOL.chacha20poly1305 are written here from their descriptions, in plain Python and
without any library, so that nothing is shared with what is tested.

    python3 tests/crypto/make_packets.py > tests/crypto/packets.h
"""
import hashlib
import struct


def rotate(v, n):
    return (v << n | v >> (32 - n)) & 0xFFFFFFFF


def quarter(s, a, b, c, d):
    for x, y, z, n in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        s[x] = (s[x] + s[y]) & 0xFFFFFFFF
        s[z] = rotate(s[z] ^ s[x], n)


def block(key, nonce, counter):
    start = list(
        struct.unpack("<4I", b"expand 32-byte k")
        + struct.unpack("<8I", key)
        + struct.unpack("<2I", struct.pack("<Q", counter))
        + struct.unpack("<2I", nonce)
    )
    s = start[:]
    for _ in range(10):
        for i in range(4):
            quarter(s, i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter(s, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return struct.pack("<16I", *[(x + y) & 0xFFFFFFFF for x, y in zip(s, start)])


def chacha20(key, nonce, counter, data):
    stream = b"".join(block(key, nonce, counter + i) for i in range((len(data) + 63) // 64))
    return bytes(a ^ b for a, b in zip(data, stream))


def poly1305(key, data):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    s = int.from_bytes(key[16:], "little")
    a = 0
    for i in range(0, len(data), 16):
        a = (a + int.from_bytes(data[i : i + 16] + b"\1", "little")) * r % (2**130 - 5)
    return ((a + s) % 2**128).to_bytes(16, "little")


def seal(key, seq, body):
    """The 64-byte key is K_2 (payload), then K_1 (length)."""
    nonce = struct.pack(">Q", seq)
    length = chacha20(key[32:], nonce, 0, struct.pack(">I", len(body)))
    sealed = length + chacha20(key[:32], nonce, 1, body)
    return sealed + poly1305(block(key[:32], nonce, 0)[:32], sealed)


def body_of(n):
    return bytes((7 * i + n) & 255 for i in range(n))


def quoted(data):
    text = data.hex()
    lines = [text[i : i + 80] for i in range(0, len(text), 80)]
    return "\n          ".join(f'"{line}"' for line in lines)


def self_test():
    zero = block(bytes(32), bytes(8), 0).hex()
    assert zero.startswith("76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7")
    key = bytes.fromhex("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b")
    tag = poly1305(key, b"Cryptographic Forum Research Group")
    assert tag.hex() == "a8061dc1305136c6c22b8baf0c0127a9"


def main():
    self_test()
    key = bytes((i * 37 + 11) & 255 for i in range(64))
    print("/* clang-format off */")
    print("/* Made by tests/crypto/make_packets.py; not to be edited. */")
    print("#ifndef TESTS_CRYPTO_PACKETS_H\n#define TESTS_CRYPTO_PACKETS_H\n")
    print("#include <stddef.h>\n#include <stdint.h>\n")
    print("/* Byte i of the key is 37 i + 11, byte i of a body of n bytes is 7 i + n. */")
    print("static const struct {\n    uint32_t seq;\n    size_t n;\n    const char *packet;\n} packets[] = {")
    for seq, n in ((0, 8), (1, 16), (3, 24), (255, 56), (256, 64), (65536, 72), (2**31, 128), (2**32 - 1, 264)):
        print(f"    {{ {seq}u, {n},\n          {quoted(seal(key, seq, body_of(n)))} }},")
    print("};\n")
    every = hashlib.sha256(b"".join(seal(key, n, body_of(n)) for n in range(1, 321))).digest()
    print("/* SHA-256 of the packets of 1 to 320 bytes one after another; seq is n. */")
    print(f"static const char packets_1_to_320[] =\n          {quoted(every)};\n")
    longest = hashlib.sha256(seal(key, 12345, body_of(34992))).digest()
    print("/* SHA-256 of the largest packet, 34992 bytes, of seq 12345. */")
    print(f"static const char packet_34992[] =\n          {quoted(longest)};\n")
    print("#endif")


if __name__ == "__main__":
    main()
