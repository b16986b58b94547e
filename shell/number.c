/* $(( )): whole numbers, as C has them, by precedence. */
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "shell/internal.h"

/* From what binds least; `level` tells which bind alike. */
static const struct {
    char text[3], level;
} operators[] = {
    { "||", 0 }, { "&&", 1 }, { "==", 2 }, { "!=", 2 }, { "<=", 3 }, { ">=", 3 }, { "<", 3 },
    { ">", 3 },  { "+", 4 },  { "-", 4 },  { "*", 5 },  { "/", 5 },  { "%", 5 },
};
enum { OPERATORS = sizeof operators / sizeof *operators };

static const char *at;
static int depth;

static int64_t binary(int level);

_Noreturn static void no_number(void)
{
    give_up("not a number that can be computed");
}

static char look(void)
{
    at += strspn(at, " \t\n");
    return *at;
}

static int64_t value_of(const char *text, size_t n)
{
    uint64_t value = 0;
    bool minus = n != 0 && *text == '-';
    if (n != 0 && !text_number(span_of(text + minus, n - minus), INT64_MAX, &value))
        no_number();
    return (int64_t)(minus ? 0 - value : value);
}

static int64_t unary(void)
{
    char c = look();
    size_t n = name_length(at), digits = strspn(at, "0123456789");
    const char *text = at;
    at += n + digits;
    if (digits != 0)
        return value_of(text, digits);
    if (n != 0) {
        text = variable_find(text, n);
        return text != NULL ? value_of(text, strlen(text)) : 0;
    }
    if (c == 0 || ++depth > NESTED)
        no_number();
    at++;
    int64_t value = c == '(' ? binary(0) : unary();
    depth--;
    if (c == '(' && look() == ')')
        at++;
    else if (c == '-')
        value = (int64_t)(0 - (uint64_t)value);
    else if (c == '!')
        value = !value;
    else if (c != '+')
        no_number();
    return value;
}

static int64_t apply(const char *op, int64_t a, int64_t b)
{
    uint64_t x = (uint64_t)a, y = (uint64_t)b;
    bool equals = op[1] == '=';
    switch (*op) {
    case '|':
        return a || b;
    case '&':
        return a && b;
    case '=':
        return a == b;
    case '!':
        return a != b;
    case '<':
        return a < b || (equals && a == b);
    case '>':
        return a > b || (equals && a == b);
    case '+':
        return (int64_t)(x + y);
    case '-':
        return (int64_t)(x - y);
    case '*':
        return (int64_t)(x * y);
    default:
        if (b == 0)
            no_number();
        if (b == -1) /* the least number by that is none */
            return *op == '/' ? (int64_t)(0 - x) : 0;
        return *op == '/' ? a / b : a % b;
    }
}

static int64_t binary(int level)
{
    int64_t left = unary();
    look();
    for (int i = 0; i < OPERATORS; i++) {
        size_t n = strlen(operators[i].text);
        if (operators[i].level < level || strncmp(at, operators[i].text, n) != 0)
            continue;
        at += n;
        left = apply(operators[i].text, left, binary(operators[i].level + 1));
        look();
        i = -1;
    }
    return left;
}

long long number_evaluate(const char *text)
{
    at = text;
    depth = 0;
    int64_t value = binary(0);
    if (*at != 0)
        no_number();
    return value;
}
