/* What a client sends to sftp_main(). The first byte: 0, the rest is the stream as it is; else it is packets, each behind
 * two bytes of length, which come to the server framed as they should be, INIT first.
 *
 * Each whole request has one reply with its id, as long as there is room for replies. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sftp/internal.h"
#include "tests/fuzz/support/confine.h"

enum { STREAM_MAX = 1 << 18 };

static uint8_t stream[STREAM_MAX], replies[CONFINE_MOST];

static size_t make_stream(const uint8_t *data, size_t n)
{
    static const uint8_t init[] = { 0, 0, 0, 5, FXP_INIT, 0, 0, 0, 3 };
    struct writer w = writer_of(stream, sizeof stream);
    if (n == 0 || data[0] == 0) {
        put_bytes(&w, data + (n != 0), n != 0 ? n - 1 : 0);
    } else {
        put_bytes(&w, init, sizeof init);
        for (size_t i = 1; i + 2 < n;) {
            size_t length = (size_t)data[i] << 8 | data[i + 1];
            i += 2;
            length = length < n - i ? length : n - i;
            put_string(&w, span_of(data + i, length));
            i += length;
        }
    }
    return w.bad ? 0 : writer_used(&w);
}

static bool whole(struct reader *r, struct span *packet)
{
    *packet = get_string(r);
    return !r->bad && packet->n >= 5 && packet->n <= PACKET_MAX;
}

static void check_replies(size_t n_stream, size_t n_replies)
{
    struct reader in = reader_of(span_of(stream, n_stream));
    struct reader out = reader_of(span_of(replies, n_replies));
    struct span request, reply;
    bool started = false;
    while (whole(&in, &request)) {
        bool init = request.p[0] == FXP_INIT;
        started = started || init;
        if (!started)
            break;
        confine_check(whole(&out, &reply), "each request has a whole reply");
        confine_check(init == (reply.p[0] == FXP_VERSION), "VERSION for INIT");
        confine_check(init || reply.p[0] >= FXP_STATUS, "no requests for a client");
        confine_check(load_u32(reply.p + 1) == (init ? 3 : load_u32(request.p + 1)), "its id");
    }
    confine_check(get_done(&out), "nothing else is said");
}

static void run(const uint8_t *data, size_t n)
{
    static const struct sftp_config config;
    size_t n_stream = make_stream(data, n);
    int in = confine_file(stream, n_stream), out = confine_file(NULL, 0);
    int returned = sftp_main(in, out, &config);
    confine_check(returned == 0 || returned == 1, "0 or 1");
    ssize_t n_replies = pread(out, replies, sizeof replies, 0);
    if (n_replies < CONFINE_MOST)
        check_replies(n_stream, (size_t)n_replies);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    confine_start(run);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    confine_run(data, n);
    return 0;
}
