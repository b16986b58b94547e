"""AES (FIPS 197), its counter mode (SP 800-38A) and GCM (SP 800-38D). Python's standard library only;
slow, and not constant-time: for tests."""

def doubled(x): return x << 1 ^ (0x11B if x & 128 else 0)

def make_box():
    """x and its inverse go round the field in opposite directions, in powers of 3."""
    box, x, inverse = [0x63] * 256, 1, 1
    while True:
        x ^= doubled(x)
        for shift in (1, 2, 4):
            inverse ^= inverse << shift & 255
        inverse ^= 9 if inverse & 128 else 0
        b = inverse | inverse << 8
        box[x] = 0x63 ^ (b ^ b >> 4 ^ b >> 5 ^ b >> 6 ^ b >> 7) & 255
        if x == 1:
            return box

BOX = make_box()

class Aes:
    def __init__(self, key):
        words, n, constant = [key[i:i + 4] for i in range(0, len(key), 4)], len(key) // 4, 1
        for i in range(n, 4 * (n + 7)):
            w = words[-1]
            if i % n == 0:
                w = bytes(BOX[x] for x in w[1:] + w[:1])
                w = bytes([w[0] ^ constant]) + w[1:]
                constant = doubled(constant)
            elif n > 6 and i % n == 4:
                w = bytes(BOX[x] for x in w)
            words.append(bytes(a ^ b for a, b in zip(words[i - n], w)))
        self.rounds = [b"".join(words[i:i + 4]) for i in range(0, len(words), 4)]

    def block(self, data):
        s = [a ^ b for a, b in zip(data, self.rounds[0])]
        for key in self.rounds[1:]:
            s = [BOX[s[(5 * i) % 16]] for i in range(16)]
            if key is not self.rounds[-1]:
                mixed = []
                for c in range(0, 16, 4):
                    w, every = s[c:c + 4], s[c] ^ s[c + 1] ^ s[c + 2] ^ s[c + 3]
                    mixed += [w[i] ^ every ^ doubled(w[i] ^ w[(i + 1) % 4]) for i in range(4)]
                s = mixed
            s = [a ^ b for a, b in zip(s, key)]
        return bytes(s)

    def ctr(self, counter, data):
        """`counter` is a number of 128 bits."""
        stream = b"".join(self.block((counter + i & (1 << 128) - 1).to_bytes(16, "big"))
                          for i in range((len(data) + 15) // 16))
        return bytes(a ^ b for a, b in zip(data, stream))

    def gcm_tag(self, nonce, ad, sealed):
        h, x = int.from_bytes(self.block(bytes(16)), "big"), 0
        padded = lambda data: data + bytes(-len(data) % 16)
        lengths = (8 * len(ad)).to_bytes(8, "big") + (8 * len(sealed)).to_bytes(8, "big")
        data = padded(ad) + padded(sealed) + lengths
        for i in range(0, len(data), 16):
            x ^= int.from_bytes(data[i:i + 16], "big")
            product, v = 0, h
            for bit in range(127, -1, -1):
                product ^= v if x >> bit & 1 else 0
                v = v >> 1 ^ (0xE1 << 120 if v & 1 else 0)
            x = product
        return self.ctr(int.from_bytes(nonce + b"\0\0\0\1", "big"), x.to_bytes(16, "big"))

    def gcm(self, nonce, data):
        """Encrypts or decrypts, with a nonce of 12 bytes."""
        return self.ctr(int.from_bytes(nonce + b"\0\0\0\2", "big"), data)
