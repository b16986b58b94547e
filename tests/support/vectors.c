#include "tests/support/vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/bytes.h"
#include "tests/support/test.h"

enum { COMPLAINTS = 10, LINE = 32768 };

static void malformed(const char *file, size_t line)
{
    fail_msg("%s:%zu: not what convert.py writes", file, line);
}

/* The fields get memory of their own each, so that a sanitizer sees who reads past one. */
static bool field_read(struct span *field, const char *hex)
{
    size_t n = strcmp(hex, "-") == 0 ? 0 : strlen(hex) / 2;
    uint8_t *p = malloc(n + !n);
    if (p == NULL)
        return false;
    if (n != 0)
        hex_bytes(p, n, hex);
    *field = span_of(p, n);
    return true;
}

static bool line_read(struct vector *v, char *line, size_t fields)
{
    char *rest = NULL;
    const char *name = strtok_r(line, " \n", &rest), *verdict = strtok_r(NULL, " \n", &rest);
    *v = (struct vector){ .name = name, .valid = verdict != NULL && strcmp(verdict, "valid") == 0 };
    if (verdict == NULL || (!v->valid && strcmp(verdict, "invalid") != 0))
        return false;
    for (size_t i = 0; i < fields; i++) {
        const char *hex = strtok_r(NULL, " \n", &rest);
        if (hex == NULL || !field_read(&v->field[i], hex))
            return false;
    }
    return strtok_r(NULL, " \n", &rest) == NULL;
}

void vectors_check(const char *file, size_t fields, size_t least_valid, size_t least_invalid,
                   bool (*accepts)(const struct vector *v))
{
    static char line[LINE];
    const char *folder = getenv("VECTORS");
    char path[4096];
    size_t seen[2] = { 0 }, wrong = 0, number = 0;
    assert_true(fields <= VECTOR_FIELDS);
    snprintf(path, sizeof path, "%s/%s.txt", folder != NULL ? folder : "build/vectors", file);
    FILE *f = fopen(path, "r");
    if (f == NULL) {
        fprintf(stderr, "%s: not here (make vectors)\n", path);
        skip();
        return;
    }
    while (fgets(line, sizeof line, f) != NULL) {
        struct vector v;
        number++;
        if (!line_read(&v, line, fields))
            malformed(path, number);
        seen[v.valid]++;
        if (accepts(&v) != v.valid && wrong++ < COMPLAINTS)
            fprintf(stderr, "%s: %s is %s\n", file, v.name, v.valid ? "refused" : "accepted");
        for (size_t i = 0; i < fields; i++)
            free((void *)(uintptr_t)v.field[i].p);
    }
    fclose(f);
    fprintf(stderr, "%s: %zu valid, %zu invalid\n", file, seen[true], seen[false]);
    assert_int_equal(wrong, 0);
    assert_in_range(seen[true], least_valid, SIZE_MAX);
    assert_in_range(seen[false], least_invalid, SIZE_MAX);
}
