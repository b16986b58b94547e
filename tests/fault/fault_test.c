/* Every return code of the provider's library is looked at: whichever call of it fails while the server
 * is at work, the connection ends or the login is refused, nothing leaves unsealed, nothing is taken
 * that was not authentic, and all memory comes back. One call fails in each run; the client's share of
 * the work (it has the same library) is never touched. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypto/host_key.h"
#include "profile/profile.h"
#include "tests/crypto/test_keys.h"
#include "tests/fault/fault.h"
#include "tests/support/pair.h"

enum { FAULTS_MAX = 128 };

/* --- the calls --- */
static enum { WATCH_NOTHING, WATCH_SERVER, WATCH_ALL } watch;
static struct {
    size_t which;
    unsigned call; /* 0: none is to fail */
    bool done;
    bool excused; /* see below */
} planned;

/* A failure need not be seen where the function had to say no, nor where it is made good: while the
 * last key is forgotten, which is tried again. */
static bool excuse;

void __real_chacha20_poly1305_forget(void);
void __wrap_chacha20_poly1305_forget(void);
void __wrap_chacha20_poly1305_forget(void)
{
    bool before = excuse;
    excuse = true;
    __real_chacha20_poly1305_forget();
    excuse = before;
}

bool fault_due(size_t which)
{
    if (watch == WATCH_NOTHING || (watch == WATCH_SERVER && !fake_turn))
        return false;
    faults[which].calls++;
    faults[which].ever++;
    if (planned.call == 0 || planned.which != which || planned.call != faults[which].calls)
        return false;
    planned.done = true;
    planned.excused = excuse;
    return true;
}

static void plan(size_t which, unsigned call)
{
    planned.which = which;
    planned.call = call;
    planned.done = planned.excused = false;
    for (struct fault *f = faults; f->name != NULL; f++)
        f->calls = 0;
}

/* Of many calls some: the first, the last, and others between them. */
static unsigned next_call(unsigned call, unsigned calls)
{
    enum { EACH = 100, BETWEEN = 50 };
    if (call < EACH || call + 3 >= calls)
        return call + 1;
    unsigned next = call + 1 + calls / BETWEEN;
    return next < calls - 3 ? next : calls - 3;
}

/* A scenario: true when all went as it should. Returns how many failures went unnoticed. */
static unsigned fail_each_call(const char *name, bool (*scenario)(size_t), size_t variant)
{
    unsigned unnoticed = 0;
    plan(0, 0);
    if (!scenario(variant))
        fail_msg("%s fails by itself", name);
    unsigned calls[FAULTS_MAX] = { 0 };
    for (size_t i = 0; faults[i].name != NULL && i < COUNT(calls); i++)
        calls[i] = faults[i].calls;
    for (size_t i = 0; faults[i].name != NULL && i < COUNT(calls); i++) {
        unsigned tried = 0;
        for (unsigned call = 1; call <= calls[i]; call = next_call(call, calls[i])) {
            plan(i, call);
            bool well = scenario(variant);
            if (!planned.done)
                fail_msg("%s: call %u of %s did not come again", name, call, faults[i].name);
            well = well && !planned.excused;
            if (well)
                print_message("%s: nobody minds that call %u of %u of %s failed\n", name, call,
                              calls[i], faults[i].name);
            unnoticed += well;
            tried++;
        }
        if (tried != 0)
            print_message("%s: %s: %u of %u calls failed\n", name, faults[i].name, tried, calls[i]);
    }
    plan(0, 0);
    return unnoticed;
}

/* --- the list --- */
static void test_list(void **state)
{
    (void)state;
    for (size_t i = 0; fault_unlisted[i] != NULL; i++)
        print_message("the provider calls %s: add it to the list\n", fault_unlisted[i]);
    for (size_t i = 0; fault_uncalled[i] != NULL; i++)
        print_message("the provider does not call %s: take it off the list\n", fault_uncalled[i]);
    assert_null(fault_unlisted[0]);
    assert_null(fault_uncalled[0]);
}

/* --- starting --- */
/* In a process of its own, since some libraries start only once; with memory where it wants some. The
 * calls it made are told through a page that both have. */
static bool start(size_t variant)
{
    static uint8_t *memory;
    struct fault *told = mmap(NULL, sizeof *told * FAULTS_MAX, PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    size_t n = crypto_memory(4), count = 0;
    int status = 0;
    (void)variant;
    assert_ptr_not_equal(told, MAP_FAILED);
    if (memory == NULL && n != 0)
        assert_int_equal(posix_memalign((void **)&memory, 4096, n), 0);
    while (faults[count].name != NULL)
        count++;
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGSEGV, SIG_DFL); /* which cmocka would have go on with the next test */
        watch = WATCH_ALL;
        bool well = crypto_start(memory, n);
        memcpy(told, faults, count * sizeof *told);
        told[FAULTS_MAX - 1].calls = planned.done;
        _exit(well ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status))
        fail_msg("a failure of %s ends it with signal %d", faults[planned.which].name,
                 WTERMSIG(status));
    memcpy(faults, told, count * sizeof *told);
    planned.done = told[FAULTS_MAX - 1].calls != 0;
    munmap(told, sizeof *told * FAULTS_MAX);
    return WEXITSTATUS(status) == 0;
}

static void test_start(void **state)
{
    (void)state;
    assert_int_equal(fail_each_call("crypto_start", start, 0), 0);
    assert_true(crypto_start(NULL, 0));
}

/* --- a whole session --- */
static const char marker[] = "what must never be seen on the wire";

struct talk {
    struct pair *p;
    struct bytes tap;  /* all that the server sent, as it was sent */
    struct bytes sent; /* channel data for the program … */
    struct bytes got;  /* … and what came back */
    bool accepted, over;
};

/* Everything that came. Nothing may follow a DISCONNECT, and no data come before a login. */
static bool settle(struct talk *t, uint8_t awaited)
{
    bool came = false;
    pair_run(t->p);
    while (pair_waiting(t->p) != 0) {
        struct reader r = pair_pop(t->p);
        uint8_t type = t->p->current.p[0];
        assert_false(t->over);
        t->over = type == MSG_DISCONNECT;
        t->accepted = t->accepted || type == MSG_USERAUTH_SUCCESS;
        if (type == MSG_CHANNEL_DATA) {
            assert_true(t->accepted);
            get_u32(&r);
            struct span data = get_string(&r);
            bytes_add(&t->got, data.p, data.n);
        }
        came = came || type == awaited;
    }
    return came && t->p->client.broken == NULL &&
           session_reason(&t->p->fake.session) == REASON_NONE;
}

static bool login(struct talk *t)
{
    struct client *c = &t->p->client;
    const struct host_key *key = &t->p->fake.user_key;
    client_service(c, "ssh-userauth");
    if (!settle(t, MSG_SERVICE_ACCEPT))
        return false;
    client_publickey(c, "tester", key, true, FORGE_SIGNATURE);
    excuse = true;
    bool refused = settle(t, MSG_USERAUTH_FAILURE);
    excuse = false;
    if (!refused)
        return false;
    client_publickey(c, "tester", key, false, FORGE_NOTHING);
    if (!settle(t, MSG_USERAUTH_PK_OK))
        return false;
    client_publickey(c, "tester", key, true, FORGE_NOTHING);
    return settle(t, MSG_USERAUTH_SUCCESS);
}

static bool echo(struct talk *t, size_t times)
{
    for (size_t i = 0; i < times; i++) {
        uint8_t piece[3000];
        for (size_t at = 0; at < sizeof piece; at++)
            piece[at] = (uint8_t)marker[at % (sizeof marker - 1)];
        piece[0] = (uint8_t)i;
        bytes_add(&t->sent, piece, sizeof piece);
        client_data(&t->p->client, 0, span_of(piece, sizeof piece));
        if (!settle(t, MSG_CHANNEL_DATA))
            return false;
    }
    return bytes_used(&t->got) == bytes_used(&t->sent);
}

/* New keys by the next method and cipher, which the client asks for; then once more, by the clock. */
static bool rekey(struct talk *t, const char *kex, const struct cipher *cipher)
{
    struct client *c = &t->p->client;
    c->options.kex = kex;
    c->options.cipher_in = c->options.cipher_out = cipher->name;
    c->options.mac = cipher->mac != NULL ? cipher->mac : "";
    client_send_kexinit(c);
    if (!settle(t, MSG_NEWKEYS) || c->exchanges != 2 || !echo(t, 2))
        return false;
    t->p->fake.now_ms += 1000;
    fake_turn = true;
    fake_tick(&t->p->fake);
    fake_turn = false;
    return settle(t, MSG_NEWKEYS) && c->exchanges == 3 && echo(t, 2);
}

static bool talk(struct talk *t, const char *kex, const struct cipher *cipher)
{
    struct client *c = &t->p->client;
    client_send_ident(c);
    client_send_kexinit(c);
    if (!settle(t, MSG_NEWKEYS) || !login(t))
        return false;
    client_open(c, 7, 0x7fffffff, 32768);
    if (!settle(t, MSG_CHANNEL_OPEN_CONFIRMATION))
        return false;
    client_exec(c, 0, "echo");
    if (!settle(t, MSG_CHANNEL_SUCCESS) || !echo(t, 3) || !rekey(t, kex, cipher))
        return false;
    client_channel(c, MSG_CHANNEL_EOF, 0);
    return settle(t, MSG_CHANNEL_CLOSE);
}

static bool is_beginning(const struct bytes *of, const struct bytes *b)
{
    return bytes_used(b) <= bytes_used(of) &&
           (bytes_used(b) == 0 || memcmp(bytes_front(of), bytes_front(b), bytes_used(b)) == 0);
}

/* However it went. */
static void check_safe(struct talk *t, bool well)
{
    struct session *s = &t->p->fake.session;
    uint8_t *at;
    bool ended = session_reason(s) != REASON_NONE;
    if (!well && !ended && t->accepted)
        fail_msg("a failure of %s, and the session goes on", faults[planned.which].name);
    assert_true(!t->accepted || s->phase == PHASE_OPEN);
    if (t->p->client.broken != NULL)
        fail_msg("what the client got is no protocol any more: %s", t->p->client.broken);
    if (ended)
        assert_int_equal(session_recv_room(s, &at) + session_write_room(s, 0, false, &at), 0);
    assert_null(memmem(t->tap.p, t->tap.tail, marker, sizeof marker - 1));
    assert_true(is_beginning(&t->sent, &t->got));
    assert_true(is_beginning(&t->sent, &t->p->fake.channels[0].taken));
}

/* The rows that this CPU can do, taken in turn. */
static const struct cipher *cipher_number(size_t i)
{
    const struct cipher *const *c = profile_algorithms.ciphers;
    for (;; c = c[1] != NULL ? c + 1 : profile_algorithms.ciphers)
        if (((*c)->here == NULL || (*c)->here()) && i-- == 0)
            return *c;
}

static const struct kex *kex_number(size_t i)
{
    size_t n = 0;
    while (profile_algorithms.kex[n] != NULL)
        n++;
    return profile_algorithms.kex[i % n];
}

static bool session(size_t variant)
{
    const struct cipher *cipher = cipher_number(variant);
    struct pair_options o = pair_defaults();
    struct talk t = { 0 };
    o.fake.algorithms = &profile_algorithms;
    o.fake.rekey_ms = 1000;
    o.client.kex = kex_number(variant)->name;
    o.client.cipher_in = o.client.cipher_out = cipher->name;
    o.client.mac = cipher->mac != NULL ? cipher->mac : "";
    t.p = pair_start(&o);
    t.p->tolerant = true;
    t.p->tap = &t.tap;
    watch = WATCH_SERVER;
    bool well = talk(&t, kex_number(variant + 1)->name, cipher_number(variant + 1));
    check_safe(&t, well);
    watch = WATCH_NOTHING;
    bytes_stop(&t.tap);
    bytes_stop(&t.sent);
    bytes_stop(&t.got);
    pair_stop(t.p);
    return well;
}

static void test_sessions(void **state)
{
    (void)state;
    size_t rows = 1;
    for (const struct cipher *const *c = profile_algorithms.ciphers; *c != NULL; c++)
        rows += (*c)->here == NULL || (*c)->here();
    for (size_t variant = 0; variant < rows; variant++) {
        char name[200];
        snprintf(name, sizeof name, "%s with %s", kex_number(variant)->name,
                 cipher_number(variant)->name);
        assert_int_equal(fail_each_call(name, session, variant), 0);
    }
}

/* --- host keys --- */
static bool made(void)
{
    struct host_key k = { 0 };
    bool well = host_key_make(&k);
    host_key_stop(&k);
    return well;
}

/* Signed by every algorithm of the key's type, and found good by the user key row of that name. */
static bool signs(const struct host_key *k)
{
    bool well = true;
    for (const struct host_key_type *const *h = profile_algorithms.host_keys; *h != NULL; h++) {
        if (strcmp((*h)->key_name, k->type->key_name) != 0 || (*h)->certified)
            continue;
        uint8_t blob[SIGNATURE_BLOB_MAX];
        struct writer w = writer_of(blob, sizeof blob);
        struct span message = span_text("message");
        struct presence token;
        bool is_good = (*h)->sign(&w, k, message);
        for (const struct user_key_type *const *u = profile_algorithms.user_keys; *u != NULL; u++)
            if (is_good && strcmp((*u)->name, (*h)->name) == 0)
                is_good = (*u)->verify(span_of(k->blob, k->blob_n), span_of(blob, writer_used(&w)),
                                       message, &token);
        well = well && is_good;
    }
    return well;
}

static const char *const key_files[] = { file_ed25519, file_ecdsa, file_rsa };

static bool host_key(size_t variant)
{
    struct host_key k = { 0 };
    watch = WATCH_ALL;
    bool well = made() && host_key_parse(&k, span_text(key_files[variant]),
                                         profile_algorithms.host_keys) == HOST_KEY_GOOD;
    assert_true(well || k.type == NULL);
    well = well && signs(&k);
    watch = WATCH_NOTHING;
    host_key_stop(&k);
    return well;
}

static void test_host_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(key_files); i++) {
        struct host_key k = { 0 };
        enum host_key_error e =
            host_key_parse(&k, span_text(key_files[i]), profile_algorithms.host_keys);
        host_key_stop(&k);
        if (e != HOST_KEY_TYPE) /* this build knows such keys */
            assert_int_equal(fail_each_call("host key", host_key, i), 0);
    }
}

/* --- the self-test --- */
/* What must be refused is refused just as well by a function that fails; but no function may fail
 * always and not be seen. */
static void test_self_test(void **state)
{
    (void)state;
    for (size_t i = 0; faults[i].name != NULL; i++) {
        unsigned calls = 1, noticed = 0;
        for (unsigned call = 1; call <= calls; call++) {
            plan(i, call);
            watch = WATCH_ALL;
            noticed += self_test(&profile_algorithms) != NULL;
            watch = WATCH_NOTHING;
            if (call == 1 && faults[i].calls == 0)
                noticed = 1; /* it has no part in this build's algorithms */
            calls = faults[i].calls;
        }
        if (noticed == 0)
            fail_msg("the self-test does not mind that %s fails", faults[i].name);
    }
    plan(0, 0);
    assert_null(self_test(&profile_algorithms));
}

/* --- all of them --- */
static void test_all_were_called(void **state)
{
    (void)state;
    for (const struct fault *f = faults; f->name != NULL; f++)
        if (f->ever == 0 && (aes_gcm_here() || strstr(f->name, "gcm") == NULL))
            fail_msg("no scenario calls %s", f->name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list),      cmocka_unit_test(test_start),
        cmocka_unit_test(test_sessions),  cmocka_unit_test(test_host_keys),
        cmocka_unit_test(test_self_test), cmocka_unit_test(test_all_were_called),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
