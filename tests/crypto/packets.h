/* clang-format off */
/* Made by tests/crypto/make_packets.py; not to be edited. */
#ifndef TESTS_CRYPTO_PACKETS_H
#define TESTS_CRYPTO_PACKETS_H

#include <stddef.h>
#include <stdint.h>

/* Byte i of the key is 37 i + 11, byte i of a body of n bytes is 7 i + n. */
static const struct {
    uint32_t seq;
    size_t n;
    const char *packet;
} packets[] = {
    { 0u, 8,
          "7fdcd93aa890fbbdbbf8d8aa97d2f6a9f7be0ecf63a2106ab5dd7791" },
    { 1u, 16,
          "05f641521fdae2abad14bfaf63782ab8a2c5e0012199b10cf76a64eb7cd6e1640028d61b" },
    { 3u, 24,
          "84fca38ffd86988ea0088a2f3c4359eea80ded0d547402b51b3c151a8bbac36d69831d5b04a85d31"
          "828979f5" },
    { 255u, 56,
          "c48ab4640025d79aedbeb248a9064c3bff6bddf8d4f4454ddd57fb1e1f797bcbcfe8943b9fcdc993"
          "29b1b836441128c5c15ccf033ce0391d9d1caf6be756a58a9c30eed88344a3a7cbd49677" },
    { 256u, 64,
          "a968417fc82a0adf5b3c4f929d0adeb8ffb29c0378034fb7a643486047c00fdfc109f45bacc6be90"
          "44c8b1fd0250f01ea8196131a4b6d55b079d7cf1d3e1a7f92f0f1aef3a662f1f0b165df734eb23b1"
          "936f867d" },
    { 65536u, 72,
          "83937d12d881900dfc636d696e1b86e2da4fb1d021ff02eeec9ca5006849ec6039b3d11c51522f67"
          "1dd344b5fb1dafa833dad6249df9846f1832f1c6bd6bed9239252306bd21e3412348e62a382805c1"
          "331730c293bf4e6d5eff523b" },
    { 2147483648u, 128,
          "b65a25fb4ead803fed0194d15efdfca44fb54633041ce4083b867a51d1cbb0962df722962ecd32e3"
          "fbeb0849c42cb3208dace91c6facc71ea1d36f2a98fa55fa589ad41b45fa6c6d33e65a11b9110fb3"
          "3711485e46a0315fb9a69de70f375467a73407db72c951eae55d221065013e317f4e36cabd4f7e7c"
          "13913e4064e73beee47935559fcf042bf7c12d3291e0bbf9a8437292" },
    { 4294967295u, 264,
          "5132036e60a7cbd58d89d2a7fdbb906741769eaba9a5008ccb785e1d1a38bf9c163d2b3bca409c1c"
          "46a311b698647050b6de89f6dcbbe20f1f66d264674d111192c32518a6419eace7fb42e87b3dbdca"
          "414622ccab07cfef0504fb843e557876f086441e36ac5327e9058acc959b1672535342e860003f8e"
          "99c17ad7189ce4ece82f7cfcda8fa62b5951c577cb2393b8abde86548a54cf81d21c1b0da26fdd5e"
          "51000389d7d24106186a3e088b62c1b7253c2142e054a25c9b83ff8db5bbe26e0a6aa3c5868c0462"
          "fa2e386142a4b208f5d660c9c952bfbdc78bf143c16c6d43bf0d080372f0afda563fc7e7a2b018b6"
          "c2ef77e8c98b0143025ac5212a36724bc3ceab19b311e1d69e4e10f191513c8f4d1294eef6c60fca"
          "74f1177e" },
};

/* SHA-256 of the packets of 1 to 320 bytes one after another; seq is n. */
static const char packets_1_to_320[] =
          "71162cf6318c82975f108069059cab8a3e0fda044e9ac773831f8bc604e8c75f";

/* SHA-256 of the largest packet, 34992 bytes, of seq 12345. */
static const char packet_34992[] =
          "f2a1559d77ad3c1177839eec1ff41fe2127244a0423c4416f40d415e4905c8a8";

#endif
