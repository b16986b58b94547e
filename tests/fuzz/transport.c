/* What a peer sends before there are keys. The first byte says in which portions it comes (0: as one), and how much is taken
 * of what we say. Nobody logs in that way, and nothing is asked. */
#include <string.h>

#include "profile/profile.h"
#include "crypto/host_key.h"
#include "session/session.h"
#include "tests/fuzz/support/check.h"

static struct pool pool;
static struct block blocks[LIMIT_BLOCKS];
static struct host_key keys[HOST_KEYS];

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const uint8_t seed[32] = "the same for every input";
    (void)argc, (void)argv;
    CHECK(crypto_start(NULL, 0));
    CHECK(host_key_from_seed(&keys[0], seed));
    return 0;
}

static void turn(struct session *s, size_t portion)
{
    struct event e;
    CHECK(!session_next(s, &e));
    CHECK(s->phase == PHASE_KEX);
    struct span out = session_send_data(s);
    if (out.n != 0)
        session_send_done(s, portion != 0 && portion < out.n ? portion : out.n);
    session_tick(s, s->now_ms + 1);
    session_rest(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct session s;
    const struct session_config config = {
        .transport = { &profile_algorithms, keys, "SSH-2.0-fuzz", 1 << 30, 3600000 },
        .login_grace_ms = 1000000,
    };
    size_t portion = n != 0 ? data[0] : 0;
    pool_start(&pool, blocks, LIMIT_BLOCKS);
    session_start(&s, &config, &pool, 1000);
    for (size_t i = 1; i < n && session_reason(&s) == REASON_NONE;) {
        uint8_t *at;
        size_t room = session_recv_room(&s, &at), now = n - i;
        if (room == 0) { /* until our side was taken */
            turn(&s, 0);
            room = session_recv_room(&s, &at);
            CHECK(room != 0 || session_reason(&s) != REASON_NONE);
        }
        now = now < room ? now : room;
        if (portion != 0 && now > portion)
            now = portion;
        memcpy(at, data + i, now);
        session_recv_done(&s, now);
        i += now;
        turn(&s, portion);
    }
    session_stop(&s);
    CHECK(pool.n_lent == 0);
    return 0;
}
