#!/usr/bin/env python3
"""Makes of Wycheproof's JSON (C2SP/wycheproof, testvectors_v1) what tests/support/vectors.c reads.

    python3 tests/vectors/convert.py ARCHIVE FOLDER

ARCHIVE is the project's source as a tar file. FOLDER gets a file for each primitive, with a case a
line: where it comes from, `valid` or `invalid`, then the fields in hexadecimal, `-` for an empty one.

A case is left out where our interface cannot express it: a nonce, tag or key of a size that the type
of an argument excludes, or a structure around the numbers (DER) that is not a primitive's business.
What Wycheproof calls acceptable is decided here, one way or the other.
"""
import json
import os
import sys
import tarfile


class Source:
    """The JSON files wanted, by name."""

    def __init__(self, archive):
        self.files = {}
        with tarfile.open(archive, "r|*") as tar:
            for member in tar:
                folder, _, name = member.name.rpartition("/")
                if folder.endswith("/testvectors_v1") and name.endswith("_test.json") and member.isfile():
                    self.files[name[: -len("_test.json")]] = tar.extractfile(member).read()

    def cases(self, name):
        """Every (where from, group, case)."""
        for group in json.loads(self.files[name])["testGroups"]:
            for case in group["tests"]:
                yield f"{name}:{case['tcId']}", group, case


def sizes(case, **wanted):
    """True when each field named has that many bytes."""
    return all(len(case[field]) == 2 * n for field, n in wanted.items())


# --- DER, as strict as it is defined; ValueError otherwise ---------------------------------------------


def der_item(data, tag):
    """The contents of the first item, and what is behind it."""
    if len(data) < 2 or data[0] != tag:
        raise ValueError("another type")
    n, at = data[1], 2
    if n > 127:
        at += n & 127
        n = int.from_bytes(data[2:at], "big")
        if n < 128 or data[2] == 0 or at > len(data):
            raise ValueError("length not minimal")
    if at + n > len(data):
        raise ValueError("too short")
    return data[at : at + n], data[at + n :]


def der_number(data):
    """A number that is not negative, in as few bytes as it needs, and what is behind it."""
    n, rest = der_item(data, 2)
    if not n or n[0] > 127 or (len(n) > 1 and n[0] == 0 and n[1] < 128):
        raise ValueError("not a minimal unsigned number")
    return n.lstrip(b"\0"), rest


def der_signature(data):
    numbers, rest = der_item(data, 0x30)
    r, numbers = der_number(numbers)
    s, numbers = der_number(numbers)
    if rest or numbers:
        raise ValueError("garbage behind")
    return r.hex(), s.hex()


def rsa_private(pkcs8):
    """n, e, d, p, q of a PKCS #8 file."""
    outer, _ = der_item(pkcs8, 0x30)
    _, outer = der_item(outer, 2)
    _, outer = der_item(outer, 0x30)
    key, _ = der_item(outer, 4)
    key, _ = der_item(key, 0x30)
    _, key = der_item(key, 2)
    numbers = []
    for _ in range(5):
        number, key = der_number(key)
        numbers.append(number.hex())
    return numbers


# --- a generator for each file: where from, valid, fields ----------------------------------------------


def x25519(source):
    # "Acceptable" are twists, odd spellings of a point and zero results. RFC 7748 has an answer to the
    # first two; RFC 8731 section 3 forbids the last.
    for name, _, case in source.cases("x25519"):
        if sizes(case, private=32, public=32, shared=32):
            yield name, case["shared"].strip("0") != "", (case["private"], case["public"], case["shared"])


def ed25519(source):
    for name, group, case in source.cases("ed25519"):
        if sizes(case, sig=64):
            yield name, case["result"] == "valid", (group["publicKey"]["pk"], case["msg"], case["sig"])


def aead(source, file, keys):
    for name, _, case in source.cases(file):
        if sizes(case, iv=12, tag=16) and len(case["key"]) // 2 in keys:
            fields = (case[field] for field in ("key", "iv", "aad", "msg", "ct", "tag"))
            yield name, case["result"] == "valid", fields


def hmac(source, file):
    for name, _, case in source.cases(file):
        yield name, case["result"] == "valid", (case["key"], case["msg"], case["tag"])


def mlkem768(source):
    for name, _, case in source.cases("mlkem_768_encaps"):
        if sizes(case, ek=1184, m=32):
            yield name, case["result"] == "valid", (case["ek"], case["m"], case["c"], case["K"])


def p256_points(source):
    # Compressed points are "acceptable"; we want none (RFC 5656 section 3.1 leaves it open).
    for name, _, case in source.cases("ecdh_secp256r1_ecpoint"):
        yield name, case["result"] == "valid", (case["public"],)


def p256_signatures(source):
    for name, group, case in source.cases("ecdsa_secp256r1_sha256_p1363"):
        if sizes(case, sig=64):
            r, s = case["sig"][:64], case["sig"][64:]
            yield name, case["result"] == "valid", (group["publicKey"]["uncompressed"], case["msg"], r, s)
    # Here the numbers may be of any length.
    for name, group, case in source.cases("ecdsa_secp256r1_sha256"):
        try:
            r, s = der_signature(bytes.fromhex(case["sig"]))
        except ValueError:
            assert case["result"] != "valid", name
            continue
        yield name, case["result"] == "valid", (group["publicKey"]["uncompressed"], case["msg"], r, s)


def rsa_signatures(source, sha):
    # "Acceptable" is a DigestInfo without its NULL, which RFC 8017 section 8.2.2 would let us take.
    # No signer of SSH makes one.
    for bits in (2048, 3072, 4096):
        for name, group, case in source.cases(f"rsa_signature_{bits}_sha{sha}"):
            key = group["publicKey"]
            fields = (key["modulus"], key["publicExponent"], case["msg"], case["sig"])
            yield name, case["result"] == "valid", fields


def rsa_signing(source, sha):
    # "Acceptable" are keys whose e is 3.
    for bits in (2048, 3072, 4096):
        for name, group, case in source.cases(f"rsa_pkcs1_{bits}_sig_gen"):
            if group["sha"] == f"SHA-{sha}":
                key = rsa_private(bytes.fromhex(group["privateKeyPkcs8"]))
                yield name, True, (*key, case["msg"], case["sig"])


FILES = {
    "x25519": x25519,
    "ed25519": ed25519,
    "chacha20_poly1305": lambda source: aead(source, "chacha20_poly1305", [32]),
    "aes256_gcm": lambda source: aead(source, "aes_gcm", [32]),
    "aes128_gcm": lambda source: aead(source, "aes_gcm", [16]),
    "hmac_sha256": lambda source: hmac(source, "hmac_sha256"),
    "hmac_sha512": lambda source: hmac(source, "hmac_sha512"),
    "mlkem768": mlkem768,
    "p256_points": p256_points,
    "p256_signatures": p256_signatures,
    "rsa_sha256": lambda source: rsa_signatures(source, 256),
    "rsa_sha512": lambda source: rsa_signatures(source, 512),
    "rsa_sign_sha256": lambda source: rsa_signing(source, 256),
    "rsa_sign_sha512": lambda source: rsa_signing(source, 512),
}


def main(archive, folder):
    source = Source(archive)
    for name, cases in FILES.items():
        lines = []
        for origin, valid, fields in cases(source):
            lines.append(" ".join([origin, "valid" if valid else "invalid", *(f or "-" for f in fields)]))
        with open(os.path.join(folder, name + ".txt"), "w", encoding="ascii") as out:
            out.write("\n".join(lines) + "\n")


if len(sys.argv) != 3:
    sys.exit("usage: convert.py ARCHIVE FOLDER")
main(*sys.argv[1:])
