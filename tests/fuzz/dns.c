/* A name server's message, as it comes from the net. The first byte chooses what was asked. */
#include <stdlib.h>
#include <string.h>

#include "network/dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const char *const names[] = { "a", "host.example", "A.b-c.xn--d" };
    struct dns_query q;
    struct resolved found = { .n = 0 };
    if (n == 0 ||
        !dns_query(&q, span_text(names[data[0] % 3]), span_text(data[0] & 0x80 ? "test" : "")))
        return 0;
    /* An id and a question that fit, so that the records behind them are reached. */
    dns_query_for(&q, data[0] >> 4 & 1);
    size_t head = data[0] & 0x40 ? q.n : 0;
    uint8_t *message = malloc(head + n); /* its end is where a sanitizer sees it */
    if (message == NULL)
        return 0;
    memcpy(message, q.p, head);
    memcpy(message + head, data + 1, n - 1);
    if (head != 0 && n > 5) {
        message[2] = 0x80 | (data[1] & 7);
        memcpy(message + 3, data + 2, 1);
        memcpy(message + 6, data + 3, 2);
    }
    for (int i = 0; i < 3; i++)
        dns_answer(&q, span_of(message, head + n - 1), &found);
    if (found.n > RESOLVE_MAX)
        abort();
    free(message);
    return 0;
}
