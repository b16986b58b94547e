/* A range decoder whose bits each have a probability of their own, learnt on the way, and above it the choice between a
 * byte, a repeated distance and a new one. Described in LZMA's specification (7-zip's LZMA SDK, lzma-specification.txt). What kind
 * it is, is known when the program is linked, so that what a kind does not need is left out. */
#include "box/lzma.h"

enum {
    MODEL_BITS = 11, /* of a probability */
    LEARN = 5,
    TO_ZERO = (1 << MODEL_BITS) - (1 << LEARN) + 1,
    TOP = 1 << 24,
    STATES = 12,
    LITERAL_STATES = 7, /* below: the last was a byte */
    LENGTH_LEAST = 2,
    LENGTH_BITS = 8,
    SLOTS = 64, /* of distances */
    SLOTS_MODELLED = 14,
    ALIGN_BITS = 4,
};

static const uint32_t END_MARK = UINT32_MAX; /* a distance */

typedef uint16_t probability; /* of a zero, in 2048ths */

enum { PLACES = 1 << LZMA_PLACE_BITS };

struct lengths {
    probability longer, longest, low[PLACES][8], middle[PLACES][8], high[1 << LENGTH_BITS];
};

struct model {
    probability is_match[STATES][PLACES], is_repeated[STATES], is_second[STATES], is_third[STATES],
        is_fourth[STATES], is_long[STATES][PLACES];
    struct lengths match, repeated;
    probability slot[4][SLOTS], distance[SLOTS_MODELLED - 4 + (1 << 7)], align[1 << ALIGN_BITS];
    probability literal[1 << LZMA_LITERAL_BITS][0x300];
};

struct lzma {
    const uint8_t *in, *end;
    uint32_t range, code;
    bool bad;
    struct span dictionary;
    uint8_t *to;
    size_t n, room;
    struct model m;
};

static void refill(struct lzma *z)
{
    if (z->range >= TOP)
        return;
    if (z->in == z->end) {
        z->bad = true;
        return;
    }
    z->range <<= 8;
    z->code = z->code << 8 | *z->in++;
}

/* Without a branch, which would be guessed wrong at every third bit. */
static unsigned bit(struct lzma *z, probability *p)
{
    refill(z);
    int old = *p;
    uint32_t bound = (z->range >> MODEL_BITS) * (uint32_t)old,
             is_one = 0 - (uint32_t)(z->code >= bound);
    z->range = (bound ^ is_one) - is_one + (z->range & is_one);
    z->code -= bound & is_one;
    *p = (probability)(old - ((old - (int)(~is_one & TO_ZERO)) >> LEARN));
    return 0 - is_one;
}

static unsigned tree(struct lzma *z, probability *p, unsigned bits)
{
    unsigned m = 1;
    for (unsigned i = 0; i < bits; i++)
        m = m << 1 | bit(z, p + m);
    return m - (1u << bits);
}

/* The lowest bit first. */
static unsigned tree_reversed(struct lzma *z, probability *p, unsigned bits)
{
    unsigned m = 1, v = 0;
    for (unsigned i = 0; i < bits; i++) {
        unsigned b = bit(z, p + m);
        m = m << 1 | b;
        v |= b << i;
    }
    return v;
}

static unsigned length(struct lzma *z, struct lengths *l, unsigned place)
{
    if (!bit(z, &l->longer))
        return LENGTH_LEAST + tree(z, l->low[place], 3);
    if (!bit(z, &l->longest))
        return LENGTH_LEAST + 8 + tree(z, l->middle[place], 3);
    return LENGTH_LEAST + 16 + tree(z, l->high, LENGTH_BITS);
}

static uint32_t distance(struct lzma *z, unsigned length)
{
    unsigned kind = length - LENGTH_LEAST < 3 ? length - LENGTH_LEAST : 3;
    unsigned slot = tree(z, z->m.slot[kind], 6);
    if (slot < 4)
        return slot;
    unsigned bits = slot / 2 - 1;
    uint32_t d = (2 | (slot & 1)) << bits;
    if (slot < SLOTS_MODELLED)
        return d + tree_reversed(z, z->m.distance + d - slot, bits);
    for (uint32_t i = bits - ALIGN_BITS; i-- > 0;) {
        refill(z);
        z->range >>= 1;
        if (z->code >= z->range) {
            z->code -= z->range;
            d += (uint32_t)1 << (i + ALIGN_BITS);
        }
    }
    return d + tree_reversed(z, z->m.align, ALIGN_BITS);
}

/* The byte at that distance (0: the last one). */
static uint8_t byte_at(struct lzma *z, uint32_t distance)
{
    if (distance < z->n)
        return z->to[z->n - 1 - distance];
    size_t beyond = distance - z->n + 1;
    if (beyond <= z->dictionary.n)
        return z->dictionary.p[z->dictionary.n - beyond];
    z->bad = true;
    return 0;
}

/* After a match the byte is known not to be the one it would have gone on with. */
static void literal(struct lzma *z, struct lzma_kind kind, unsigned state, uint32_t last)
{
    size_t at = z->n + z->dictionary.n;
    unsigned before = at != 0 ? byte_at(z, 0) : 0, m = 1;
    size_t place = at & ((1u << kind.lp) - 1);
    probability *p = z->m.literal[place << kind.lc | before >> (8 - kind.lc)];
    if (z->n == z->room) {
        z->bad = true;
        return;
    }
    if (state >= LITERAL_STATES) {
        unsigned other = byte_at(z, last);
        for (unsigned expected, b; m < 0x100;) {
            expected = other >> 7 & 1;
            other <<= 1;
            b = bit(z, p + ((1 + expected) << 8) + m);
            m = m << 1 | b;
            if (b != expected)
                break;
        }
    }
    while (m < 0x100)
        m = m << 1 | bit(z, p + m);
    z->to[z->n++] = (uint8_t)m;
}

static void copy(struct lzma *z, uint32_t last, unsigned length)
{
    z->bad |= length > z->room - z->n;
    for (; !z->bad && length != 0; length--) {
        uint8_t b = byte_at(z, last);
        z->to[z->n++] = b;
    }
}

/* Which of the last four distances comes again; it becomes the first. */
static void repeat(struct lzma *z, unsigned state, uint32_t last[4])
{
    unsigned which = !bit(z, &z->m.is_third[state]) ? 1 : !bit(z, &z->m.is_fourth[state]) ? 2 : 3;
    uint32_t d = last[which];
    for (; which != 0; which--)
        last[which] = last[which - 1];
    last[0] = d;
}

/* Until the mark that liblzma puts at the end. What was damaged anywhere does not come to it. */
static void unpack(struct lzma *z, struct lzma_kind kind)
{
    uint32_t last[4] = { 0 };
    unsigned state = 0;
    while (!z->bad) {
        size_t place = (z->n + z->dictionary.n) & ((1u << kind.pb) - 1);
        if (!bit(z, &z->m.is_match[state][place])) {
            literal(z, kind, state, last[0]);
            state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
            continue;
        }
        unsigned n = 0;
        unsigned was_literal = state < LITERAL_STATES;
        if (!bit(z, &z->m.is_repeated[state])) {
            n = length(z, &z->m.match, (unsigned)place);
            for (unsigned i = 3; i != 0; i--)
                last[i] = last[i - 1];
            last[0] = distance(z, n);
            if (last[0] == END_MARK)
                return;
            state = was_literal ? 7 : 10;
        } else if (bit(z, &z->m.is_second[state])) {
            repeat(z, state, last);
        } else if (!bit(z, &z->m.is_long[state][place])) {
            n = 1;
            state = was_literal ? 9 : 11;
        }
        if (n == 0) {
            n = length(z, &z->m.repeated, (unsigned)place);
            state = was_literal ? 8 : 11;
        }
        copy(z, last[0], n);
    }
}

bool lzma_unpack(uint8_t *to, size_t n, struct span packed, struct span dictionary,
                 struct lzma_kind kind)
{
    static struct lzma z;
    z = (struct lzma){ .in = packed.p,
                       .end = packed.p + packed.n,
                       .range = UINT32_MAX,
                       .dictionary = dictionary,
                       .to = to,
                       .room = n };
    probability *all = (probability *)&z.m;
    size_t used = offsetof(struct model, literal) + (sizeof z.m.literal[0] << (kind.lc + kind.lp));
    for (size_t i = 0; i < used / sizeof *all; i++)
        all[i] = 1 << (MODEL_BITS - 1);
    for (unsigned i = 0; i < 5 && z.in < z.end; i++) /* the first is zero */
        z.code = z.code << 8 | *z.in++;
    unpack(&z, kind);
    return !z.bad && z.n == n;
}
