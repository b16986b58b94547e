/* Which bits of an instruction say what is in each CPU's own manual. A place is counted as the distance is, in bytes or in instructions, without
 * the few bytes by which some CPUs are ahead of themselves: it does not have to be true, only the same every time. What does not fit into
 * the bits that the distance had goes over, and comes back the same way. */
#include <string.h>

#include "box/packing.h"

enum { WORD = 4, HALF = 2 };

static uint32_t little(const uint8_t *p)
{
    return (uint32_t)(p[0] | p[1] << 8 | p[2] << 16) | (uint32_t)p[3] << 24;
}

static void put_little(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
    p[2] = (uint8_t)(v >> 16);
    p[3] = (uint8_t)(v >> 24);
}

static uint32_t big(const uint8_t *p)
{
    return (uint32_t)(p[0] << 16 | p[1] << 8 | p[2]) << 8 | p[3];
}

static void put_big(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

/* `here` more or less, in the bits of a mask that begins with the lowest. */
static uint32_t moved(uint32_t v, uint32_t mask, uint32_t here, bool back)
{
    return (v & ~mask) | ((back ? v - here : v + here) & mask);
}

void places_none(uint8_t *p, uint32_t n, bool back)
{
    (void)p, (void)n, (void)back;
}

/* --- x86_64: a call; or a byte that says "at this distance" behind one that is often an operation with such an operand. A place has
 * its highest byte first. --- */
enum { CALL = 0xe8, OPERAND = 5, PLACE_BYTES = 5 };

static bool is_x86_operand(unsigned before, unsigned byte)
{
    return (byte & 0xc7) == OPERAND &&
           (before >> 4 == 8 || before >> 1 == 0xc6 >> 1 || before == 0xff);
}

static void places_x86(uint8_t *p, uint32_t n, bool back, bool operands)
{
    uint8_t before = 0; /* none, behind a place */
    for (uint32_t i = 0; i + PLACE_BYTES <= n; i++) {
        bool here = p[i] == CALL || (operands && is_x86_operand(before, p[i]));
        before = here ? 0 : p[i];
        if (!here)
            continue;
        if (back)
            put_little(p + i + 1, big(p + i + 1) - i);
        else
            put_big(p + i + 1, little(p + i + 1) + i);
        i += PLACE_BYTES - 1;
    }
}

void places_x86_64(uint8_t *p, uint32_t n, bool back)
{
    places_x86(p, n, back, true);
}

/* Whose operands are at places of their own. */
void places_i386(uint8_t *p, uint32_t n, bool back)
{
    places_x86(p, n, back, false);
}

/* --- ARM: BL --- */
void places_arm(uint8_t *p, uint32_t n, bool back)
{
    for (uint32_t i = 0; i + WORD <= n; i += WORD)
        if (p[i + 3] == 0xeb)
            put_little(p + i, moved(little(p + i), 0xffffff, i / WORD, back));
}

/* --- Thumb-2: BL, of two halves with eleven bits each. Two further bits, which are ones in all programs of less than 4 MB, say that
 * it is one. --- */
void places_thumb(uint8_t *p, uint32_t n, bool back)
{
    for (uint32_t i = 0; i + WORD <= n; i += HALF) {
        uint32_t v = little(p + i);
        if ((v & 0xf800f800) != 0xf800f000)
            continue;
        uint32_t to = moved((v & 0x7ff) << 11 | (v >> 16 & 0x7ff), 0x3fffff, i / HALF, back);
        put_little(p + i, 0xf800f000 | to >> 11 | (to & 0x7ff) << 16);
        i += HALF;
    }
}

/* --- ARM64: BL; ADR and ADRP, whose lowest two bits are elsewhere --- */
void places_arm64(uint8_t *p, uint32_t n, bool back)
{
    for (uint32_t i = 0; i + WORD <= n; i += WORD) {
        uint32_t v = little(p + i);
        if (v >> 26 == 0x25) {
            v = moved(v, 0x3ffffff, i / WORD, back);
        } else if ((v & 0x1f000000) == 0x10000000) {
            uint32_t page = v >> 31 ? 12 : 0;
            uint32_t to = moved((v >> 3 & 0x1ffffc) | (v >> 29 & 3), 0x1fffff, i >> page, back);
            v = (v & 0x9f00001f) | (to & 0x1ffffc) << 3 | (to & 3) << 29;
        }
        put_little(p + i, v);
    }
}

/* --- RISC-V: JAL that notes where it came from, by ra or t0, whose 20 bits are put in order; AUIPC with the instruction that adds the rest --- */
static uint32_t riscv_jump(uint32_t v, uint32_t i, bool back)
{
    if (!back) {
        uint32_t by =
            (v >> 12 & 0xff) << 11 | (v >> 20 & 1) << 10 | (v >> 21 & 0x3ff) | v >> 31 << 19;
        return (v & 0xfff) | (by + i / HALF) << 12;
    }
    uint32_t by = (v >> 12) - i / HALF;
    return (v & 0xfff) | (by >> 11 & 0xff) << 12 | (by >> 10 & 1) << 20 | (by & 0x3ff) << 21 |
           (by >> 19 & 1) << 31;
}

/* Does b take what AUIPC a made? An addition or a load of any width, or a jump. */
static bool riscv_goes_on(uint32_t a, uint32_t b)
{
    uint32_t code = b & 0x7f;
    return (b >> 15 & 31) == (a >> 7 & 31) && (code == 0x13 || code == 0x03 || code == 0x67);
}

void places_riscv(uint8_t *p, uint32_t n, bool back)
{
    for (uint32_t i = 0; i + 2 * WORD <= n; i += HALF) {
        uint32_t a = little(p + i), b = little(p + i + WORD);
        if ((a & 0xfff) == 0x0ef || (a & 0xfff) == 0x2ef) {
            put_little(p + i, riscv_jump(a, i, back));
            i += HALF;
        } else if ((a & 0x7f) == 0x17) {
            /* Alone, it is as long as it is: what is asked of b above must not become another thing in between. */
            i += HALF;
            if (!riscv_goes_on(a, b))
                continue;
            uint32_t at = i - HALF,
                     to = (a & ~0xfffu) + (uint32_t)((int32_t)b >> 20) + (back ? 0 - at : at);
            put_little(p + at, (a & 0xfff) | ((to + 0x800) & ~0xfffu));
            put_little(p + at + WORD, (b & 0xfffff) | to << 20);
            i += WORD;
        }
    }
}

/* --- MIPS: BAL --- */
void places_mips_big(uint8_t *p, uint32_t n, bool back)
{
    for (uint32_t i = 0; i + WORD <= n; i += WORD) {
        uint32_t v = big(p + i);
        if (v >> 16 == 0x0411)
            put_big(p + i, moved(v, 0xffff, i / WORD, back));
    }
}

void places_mips_little(uint8_t *p, uint32_t n, bool back)
{
    for (uint32_t i = 0; i + WORD <= n; i += WORD) {
        uint32_t v = little(p + i);
        if (v >> 16 == 0x0411)
            put_little(p + i, moved(v, 0xffff, i / WORD, back));
    }
}

/* --- PowerPC: bl --- */
void places_powerpc(uint8_t *p, uint32_t n, bool back)
{
    for (uint32_t i = 0; i + WORD <= n; i += WORD) {
        uint32_t v = big(p + i);
        if ((v & 0xfc000003) == 0x48000001)
            put_big(p + i, moved(v, 0x3fffffc, i, back));
    }
}

/* --- z/Architecture: BRASL and LARL, with 32 bits --- */
void places_s390x(uint8_t *p, uint32_t n, bool back)
{
    for (uint32_t i = 0; i + HALF + WORD <= n; i += HALF)
        if (p[i] == 0xc0 && ((p[i + 1] & 15) == 5 || (p[i + 1] & 15) == 0)) {
            put_big(p + i + HALF, moved(big(p + i + HALF), UINT32_MAX, i / HALF, back));
            i += WORD;
        }
}
