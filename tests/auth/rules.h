/* Asking the rule about a line, an applicant or both, for its tests. */
#ifndef TESTS_AUTH_RULES_H
#define TESTS_AUTH_RULES_H

#include "auth/rule.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "tests/auth/certificates.h"
#include "tests/support/test.h"

static const uint64_t now = 1700000000; /* 2023-11-14 22:13:20 UTC */
static struct permits permits;          /* of the last rule */
static const char *why;

static inline struct applicant alice(void)
{
    return (struct applicant){
        .user = "alice", .address = span_text("10.1.2.3"), .token = { true, true }, .now = now
    };
}

/* `line` NULL: a CA that is trusted for all */
static inline bool may(const struct applicant *a, const char *line)
{
    static struct key_options options;
    static char kept[LIMIT_KEYS_LINE]; /* permits point into it */
    if (line != NULL) {
        assert_true(strlen(line) < sizeof kept);
        strcpy(kept, line);
        why = key_options_parse(&options, span_text(kept));
        if (why != NULL)
            fail_msg("%s: %s", line, why);
    }
    memset(&permits, 0xa5, sizeof permits);
    bool yes = login_rule(a, line ? &options : NULL, &permits, &why);
    assert_int_equal(yes, why == NULL);
    return yes;
}

static inline void expect(const struct applicant *a, const char *line, bool yes)
{
    if (may(a, line) != yes)
        fail_msg("'%s': %s", line ? line : "(none)", why ? why : "yes");
}

static inline void expect_permits(bool pty, bool port_forwarding, bool agent_forwarding)
{
    assert_int_equal(permits.pty, pty);
    assert_int_equal(permits.port_forwarding, port_forwarding);
    assert_int_equal(permits.agent_forwarding, agent_forwarding);
}

static inline void expect_command(const char *command)
{
    if (command == NULL)
        assert_null(permits.command.p);
    else
        assert_true(permits.command.p != NULL && span_is(permits.command, command));
}

#endif
