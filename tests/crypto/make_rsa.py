#!/usr/bin/env python3
"""Prints the RSA signature that crypto/key_rsa.c verifies at the start: a fresh 2048-bit key, made and
used in plain Python (RFC 8017 sections 3, 8.2 and 9.2) and then forgotten.

    python3 tests/crypto/make_rsa.py
"""
import hashlib
import secrets


def is_prime(n):
    d, s = n - 1, 0
    while d % 2 == 0:
        d, s = d // 2, s + 1
    for _ in range(40):  # Miller and Rabin's
        x = pow(secrets.randbelow(n - 3) + 2, d, n)
        if x in (1, n - 1):
            continue
        for _ in range(s - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def prime():
    while True:
        p = secrets.randbits(1024) | 3 << 1022 | 1
        if p % 65537 != 1 and is_prime(p):
            return p


def show(name, number):
    data = number.to_bytes(256, "big")
    print(f"static const uint8_t {name}[] = {{ {', '.join(f'0x{b:02x}' for b in data)} }};")


def main():
    p, q = prime(), prime()
    n, d = p * q, pow(65537, -1, (p - 1) * (q - 1))
    info = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(b"sample").digest()
    padded = b"\0\1" + b"\xff" * (256 - 3 - len(info)) + b"\0" + info
    show("n", n)
    show("signature", pow(int.from_bytes(padded, "big"), d, n))


main()
