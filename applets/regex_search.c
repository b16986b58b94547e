#include <string.h>

#include "applets/regex_op.h"

/* Where one is in the program, in the order of preference, and for each where its groups are. */
struct threads {
    unsigned n;
    const struct regex_op *op[OPS];
    size_t at[OPS * SLOTS];
};
static size_t visited[OPS], visit; /* by the list that is being made */

/* The search that is on. */
static const struct regex *program;
static struct span text;
static bool anywhere; /* assertions hold */

static bool is_word(size_t pos)
{
    unsigned c = pos < text.n ? text.p[pos] : 0;
    return c == '_' || c - '0' < 10 || (c | 32) - 'a' < 26;
}

/* Past the end as well, and before the beginning. */
static bool is_end(size_t pos)
{
    return pos >= text.n || (program->lines && text.p[pos] == '\n');
}

static void follow(struct threads *to, const struct regex_op *o, size_t pos, size_t *at)
{
    while (visited[o - regex_ops] != visit) {
        visited[o - regex_ops] = visit;
        const struct regex_op *next = o + 1;
        size_t *slot = at + o->x, before;
        switch (o->kind) {
        case SPLIT:
            follow(to, next, pos, at);
            /* fall through */
        case JUMP:
            next = o + o->x;
            break;
        case SAVE:
            before = *slot;
            *slot = pos;
            follow(to, next, pos, at);
            *slot = before;
            return;
        case ASSERT:
            if (!anywhere && (o->x >> (is_end(pos - 1) + is_end(pos) * 2 + is_word(pos - 1) * 4 +
                                       is_word(pos) * 8) &
                              1) == 0)
                return;
            break;
        default:
            to->op[to->n] = o;
            memcpy(to->at + to->n++ * (size_t)program->slots, at, program->slots * sizeof *at);
            return;
        }
        o = next;
    }
}

/* A byte further: who can take it goes on; who is at the end of the program has found something. */
static void step(const struct threads *now, struct threads *next, size_t pos, size_t *best)
{
    visit++;
    next->n = 0;
    for (unsigned i = 0; i < now->n; i++) {
        size_t *at = (size_t *)now->at + i * (size_t)program->slots;
        const struct regex_op *o = now->op[i];
        if (best[0] < at[0])
            continue;
        if (o->kind == MATCH && (best[0] > at[0] || best[1] < pos)) {
            memcpy(best, at, program->slots * sizeof *at);
            best[1] = pos;
        } else if (o->kind == SET && pos < text.n && regex_sets[o->x][text.p[pos]]) {
            follow(next, o + 1, pos + 1, at);
        }
    }
}

static struct threads lists[2];

/* The longest one; sets with nearly everything in them end it. */
static void find_run(struct regex *r)
{
    unsigned n = 0;
    for (const struct regex_op *o = r->op; o->kind != MATCH;) {
        n = o->kind == SET && !regex_sets[o->x][1] ? n + 1 : 0;
        if (n > r->run_n) {
            r->run_n = n;
            r->run = o + 1 - n;
        }
        if (o->kind != SPLIT) {
            o++;
            continue;
        }
        o += o->x; /* over what may be missing; of alternatives, over all */
        if (o[-1].kind == JUMP && o[-1].x > 0)
            o += o[-1].x - 1;
    }
}

/* Where it is from there on; SIZE_MAX: nowhere. */
static size_t run_at(size_t pos)
{
    unsigned n = program->run_n, k;
    for (; pos + n <= text.n; pos++) {
        for (k = 0; k < n && regex_sets[program->run[k].x][text.p[pos + k]];)
            k++;
        if (k == n)
            return pos;
    }
    return SIZE_MAX;
}

bool regex_find(const struct regex *r, struct span in, size_t from, size_t *at)
{
    static size_t start[SLOTS];
    struct threads *now = lists, *next = lists + 1, *other;
    program = r;
    text = in;
    visit++;
    now->n = 0;
    memset(start, 0xff, sizeof start);
    memset(at, 0xff, r->slots * sizeof *at);
    for (size_t pos = from, run = from;; pos++) {
        bool open = at[0] == SIZE_MAX; /* else what begins here is not leftmost */
        if (open && now->n == 0 && pos >= run) {
            run = run_at(pos);
            if (run == SIZE_MAX)
                return false;
            size_t line = run++;
            while (line > pos && in.p[line - 1] != '\n')
                line--;
            pos = r->lines ? line : pos;
        }
        while (open && now->n == 0 && pos < in.n && !r->first[in.p[pos]])
            pos++;
        if (open && (pos == in.n || r->first[in.p[pos]])) {
            start[0] = pos;
            follow(now, r->op, pos, start);
        }
        step(now, next, pos, at);
        if (pos == in.n || (now->n == 0 && !open))
            return at[0] != SIZE_MAX;
        other = now;
        now = next;
        next = other;
    }
}

/* A match begins with what a search from the program's start on would ask for. */
void regex_find_first(struct regex *r)
{
    static size_t at[SLOTS];
    program = r;
    find_run(r);
    visit++;
    anywhere = true;
    lists->n = 0;
    follow(lists, r->op, 0, at);
    anywhere = false;
    for (unsigned i = 0; i < lists->n; i++)
        for (unsigned c = 0; c < BYTES; c++)
            r->first[c] |= lists->op[i]->kind == MATCH || regex_sets[lists->op[i]->x][c];
}
