/* crypt(3) is called once, whoever asks: with the user's own hash or, where there is none to go by, with
 * another one whose outcome is ignored. What comes before it costs the same for all: the whole file is
 * read, and a password that cannot be right is cut to one that takes its time. */
#include "process/password.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "process/lines.h"
#include "process/trust.h"

enum { PASSWORD_MAX = 256, HASH_ROOM = 128, KIND_MAX = 8, DAY = 86400 };

static const char fallback[] = "$6$nano_ssh_server$"; /* a setting without a hash */

int password_open(const char *path, char *why, size_t room)
{
    struct user self = { .uid = geteuid() };
    struct stat st;
    int fd = trust_open(path, &self, why, room);
    if (fd < 0) {
        if (why[0] == 0)
            text_format(why, room, "cannot open %s: there is no such file", path);
        return -1;
    }
    if (fstat(fd, &st) == 0 && (st.st_mode & S_IROTH) == 0)
        return fd;
    text_format(why, room, "bad ownership or modes for file %s: everybody may read it", path);
    close(fd);
    return -1;
}

/* What every crypt(3) this is built with can check. DES and yescrypt are not among it. */
static bool kind_known(const char *hash)
{
    static const char kinds[][5] = { "$6$", "$5$", "$2a$", "$2b$", "$2y$", "$1$" };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strncmp(hash, kinds[i], strlen(kinds[i])) == 0)
            return true;
    return false;
}

/* The fields behind the hash: last change, minimum, maximum, warning, inactive, expiry, in days. An
 * empty one, or none, is no limit. NULL: nothing is in the way. */
static const char *out_of_date(struct span fields)
{
    enum { CHANGED, MAXIMUM = 2, EXPIRY = 5, FIELDS };
    const uint64_t none = UINT64_MAX / 2; /* two of them can be added */
    uint64_t day[FIELDS], today = (uint64_t)time(NULL) / DAY;
    for (size_t i = 0; i < FIELDS; i++) {
        struct span field = lines_field(&fields);
        day[i] = none;
        if (field.n != 0 && !text_number(field, UINT32_MAX, &day[i]))
            return "a number is malformed";
    }
    if (day[EXPIRY] <= today)
        return "the account has expired";
    if (day[CHANGED] == 0 || day[CHANGED] + day[MAXIMUM] < today)
        return "the password has expired";
    return NULL;
}

/* "$y$", and of anything that bears no name no byte: it may be a password somebody forgot to hash. */
static struct span kind_of(struct span hash)
{
    const uint8_t *end =
        hash.n > 1 && hash.p[0] == '$' ? memchr(hash.p + 1, '$', hash.n - 1) : NULL;
    if (end == NULL || end - hash.p >= KIND_MAX)
        return span_text("DES?");
    return span_of(hash.p, (size_t)(end - hash.p) + 1);
}

struct place {
    const char *path;
    unsigned number;
    char *why;
    size_t room;
};

/* May this line's user be let in by it? Otherwise says why not. */
static bool line_good(const struct place *at, struct span hash, bool usable, struct span fields)
{
    const char *what = NULL;
    if (hash.n == 0 || hash.p[0] == '!' || hash.p[0] == '*')
        what = "no password is set, or it is locked";
    else if (usable)
        what = out_of_date(fields);
    else {
        struct span kind = kind_of(hash);
        text_format(at->why, at->room,
                    "%s:%u: a hash of this kind (%.*s) cannot be checked here; "
                    "`openssl passwd -6` makes one that can",
                    at->path, at->number, (int)kind.n, (const char *)kind.p);
        return false;
    }
    if (what != NULL)
        text_format(at->why, at->room, "%s:%u: %s", at->path, at->number, what);
    return what == NULL;
}

/* Chooses what to compute with. true: `setting` is the user's own hash, and may let in. */
static bool find_hash(struct place *at, const char *user, bool known, char setting[HASH_ROOM])
{
    struct lines l;
    struct span line;
    char text[HASH_ROOM];
    bool seen = false, good = false;
    setting[0] = 0;
    lines_start(&l, password_open(at->path, at->why, at->room));
    while (l.fd >= 0 && lines_next(&l, &line)) {
        struct span name = lines_field(&line), hash = lines_field(&line);
        bool usable = span_copy_text(hash, text, sizeof text) && kind_known(text);
        bool own = false;
        if (known && !seen && span_is(name, user)) {
            at->number = l.number;
            seen = true;
            good = own = line_good(at, hash, usable, line);
        }
        if (own || (usable && !good && setting[0] == 0))
            memcpy(setting, text, HASH_ROOM);
    }
    if (l.fd >= 0) {
        close(l.fd);
        if (known && !seen)
            text_format(at->why, at->room, "%s has no line for this user", at->path);
    }
    if (setting[0] == 0)
        memcpy(setting, fallback, sizeof fallback);
    explicit_bzero(&l, sizeof l);
    explicit_bzero(text, sizeof text);
    return good;
}

static bool same(const char *a, const char *b)
{
    size_t n = strlen(a);
    unsigned char differs = strlen(b) != n;
    for (size_t i = 0; i < n && b[i] != 0; i++)
        differs |= (unsigned char)(a[i] ^ b[i]);
    return differs == 0;
}

bool password_check(const char *path, const char *user, bool known, struct span password, char *why,
                    size_t room)
{
    struct place at = { path, 0, why, room };
    char setting[HASH_ROOM], text[PASSWORD_MAX + 1];
    why[0] = 0;
    bool good = find_hash(&at, user, known, setting);
    /* The part that crypt(3) takes; if that is not the whole it is computed all the same, in vain. */
    size_t n = password.n <= PASSWORD_MAX ? password.n : PASSWORD_MAX;
    if (n != 0)
        memcpy(text, password.p, n);
    text[n] = 0;
    good = strlen(text) == password.n && good;
    char *result = crypt(text, setting);
    bool computed = result != NULL && result[0] == '$';
    if (!computed) /* what only looked like a hash took no time */
        result = crypt(text, fallback);
    good = computed && same(result, setting) && good;
    if (result != NULL && result[0] == '$') /* not a constant that says it failed */
        explicit_bzero(result, strlen(result));
    explicit_bzero(text, sizeof text);
    explicit_bzero(setting, sizeof setting);
    return good;
}
