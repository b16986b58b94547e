/* The host keys' files: read, or (an ed25519 one) made once. A new key is written to a temporary file beside it, synced
 * and then given its name, so that the file is either whole or absent whatever happens in between. Of
 * two servers that start at once the first makes the key, and the other takes it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* rename */
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "auth/authorized_keys.h"
#include "auth/certificate.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "process/error.h"
#include "server/internal.h"

enum { FILE_ROOM = 4096 };

static bool default_path(const struct server *s, char path[PATH_ROOM])
{
    const char *directory = s->is_root ? "/etc/nano_ssh_server" : NULL;
    char in_home[PATH_ROOM];
    if (directory == NULL) {
        text_format(in_home, sizeof in_home, "%s/.nano_ssh_server", s->self.home);
        directory = in_home;
    }
    if (mkdir(directory, 0700) != 0 && errno != EEXIST) {
        log_line(&s->log, LOG_ERROR,
                 "cannot make %s for the host key: %s (choose a place: --host-key)", directory,
                 error_text(errno));
        return false;
    }
    text_format(path, PATH_ROOM, "%s/host_key", directory);
    return true;
}

/* 1 loaded, 0 there is no such file, -1 a log line says what is wrong */
static int load(struct server *s, struct host_key *k, const char *path)
{
    uint8_t file[FILE_ROOM];
    struct stat st;
    int fd = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        log_line(&s->log, LOG_ERROR, "cannot read host key %s: %s", path,
                 fd < 0 ? error_text(errno) : "not a regular file");
        if (fd >= 0)
            close(fd);
        return -1;
    }
    ssize_t n = read(fd, file, sizeof file);
    close(fd);
    const char *why = NULL;
    if (st.st_mode & (S_IRWXG | S_IRWXO))
        why = "others may read or write it (chmod 600)";
    else if (n < 0)
        why = "it cannot be read";
    if (why == NULL) {
        enum host_key_error e =
            host_key_parse(k, span_of(file, (size_t)n), s->config->algorithms->host_keys);
        if (e != HOST_KEY_GOOD)
            why = host_key_error_text(e);
    }
    crypto_wipe(file, sizeof file);
    if (why != NULL)
        log_line(&s->log, LOG_ERROR, "host key %s refused: %s", path, why);
    return why == NULL ? 1 : -1;
}

/* The rename itself must survive a power loss too. */
static void sync_directory(const char *path)
{
    char directory[PATH_ROOM];
    text_format(directory, sizeof directory, "%s", path);
    char *slash = strrchr(directory, '/');
    if (slash != NULL)
        slash[slash == directory] = 0;
    int fd = open(slash != NULL ? directory : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

static bool write_whole(int fd, const char *text, size_t n)
{
    while (n != 0) {
        ssize_t done = write(fd, text, n);
        if (done < 0 && errno != EINTR)
            return false;
        if (done > 0) {
            text += done;
            n -= (size_t)done;
        }
    }
    return fsync(fd) == 0;
}

/* Never over a file that came meanwhile (EEXIST); rename() is for file systems without links. */
static bool give_name(const char *temporary, const char *path)
{
    if (link(temporary, path) == 0) {
        unlink(temporary);
        return true;
    }
    return errno != EEXIST && access(path, F_OK) != 0 && rename(temporary, path) == 0;
}

/* The name is random, since a process number can be the same at the next start, as in containers. */
static int open_temporary(char temporary[PATH_ROOM], const char *path)
{
    unsigned number;
    crypto_random(&number, sizeof number);
    text_format(temporary, PATH_ROOM, "%s.%u", path, number);
    return open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
}

/* As load(): 0 when another server was first. */
static int save(const struct server *s, const struct host_key *k, const char *path)
{
    char text[HOST_KEY_FILE_MAX], temporary[PATH_ROOM];
    size_t n = host_key_print(text, k, "nano_ssh_server");
    int fd = open_temporary(temporary, path);
    bool good = fd >= 0 && write_whole(fd, text, n);
    if (fd >= 0)
        good = close(fd) == 0 && good;
    good = good && give_name(temporary, path);
    int e = errno;
    crypto_wipe(text, sizeof text);
    if (good) {
        sync_directory(path);
        log_line(&s->log, LOG_INFO, "Made a new host key: %s", path);
        return 1;
    }
    if (fd >= 0)
        unlink(temporary);
    if (e == EEXIST)
        return 0;
    log_line(&s->log, LOG_ERROR, "cannot write host key %s: %s (choose a place: --host-key)", path,
             error_text(e));
    return -1;
}

/* A missing file is made, as long as that is the first key: nobody names a second one that is not
 * there. */
static bool load_or_make(struct server *s, struct host_key *k, const char *path)
{
    if (strlen(path) > PATH_ROOM - 32) {
        log_line(&s->log, LOG_ERROR, "the host key's path is too long");
        return false;
    }
    int state = load(s, k, path);
    if (state == 0 && k != s->host_keys) {
        log_line(&s->log, LOG_ERROR, "host key %s: no such file", path);
        return false;
    }
    if (state == 0)
        state = host_key_make(k) ? save(s, k, path) : -1;
    if (state == 0)
        state = load(s, k, path);
    return state > 0;
}

static bool only_of_its_type(const struct server *s, const struct host_key *k, const char *path)
{
    for (const struct host_key *other = s->host_keys; other < k; other++)
        if (other->type == k->type) {
            log_line(&s->log, LOG_ERROR, "host key %s: another one of type %s was given", path,
                     k->type->key_name);
            return false;
        }
    return true;
}

const char *key_title(const struct server *s, struct span key_blob)
{
    struct span name = blob_name(key_blob);
    for (const struct user_key_type *const *u = s->config->algorithms->user_keys; *u != NULL; u++)
        if (span_is(name, (*u)->blob_name))
            return (*u)->title;
    return "unknown key type";
}

static void log_key(const struct server *s, const struct host_key *k)
{
    char fingerprint[FINGERPRINT_MAX];
    struct span blob = span_of(k->blob, k->blob_n);
    key_fingerprint(fingerprint, blob);
    log_line(&s->log, LOG_INFO, "Host key %s %s", key_title(s, blob), fingerprint);
}

/* --- host certificates: a line as in a .pub file --- */
static const struct user_key_type *certified_type(const struct server *s, struct span blob)
{
    struct span name = blob_name(blob);
    const struct user_key_type *const *u = s->config->algorithms->user_keys;
    while (*u != NULL && !((*u)->plain != NULL && span_is(name, (*u)->blob_name)))
        u++;
    return *u;
}

/* Gives the certificate to the key that it is for. NULL, or what is wrong. */
static const char *certify(struct server *s, struct span blob)
{
    const struct user_key_type *type = certified_type(s, blob);
    struct certificate c;
    uint8_t plain[HOST_KEY_BLOB_MAX];
    struct writer w = writer_of(plain, sizeof plain);
    if (type == NULL || !certificate_parse(&c, blob, type->fields))
        return "not a certificate of a type that this build has";
    if (c.type != CERTIFICATE_HOST)
        return "a user's certificate (ssh-keygen -h makes those of hosts)";
    if (blob.n > HOST_CERTIFICATE_MAX)
        return "too long";
    certificate_plain_key(&w, &c, type->plain->blob_name);
    for (struct host_key *k = s->host_keys; k < s->host_keys + HOST_KEYS; k++)
        if (!w.bad && k->type != NULL &&
            span_equal(span_of(plain, writer_used(&w)), span_of(k->blob, k->blob_n))) {
            memcpy(k->certificate, blob.p, blob.n);
            k->certificate_n = blob.n;
            if (c.valid_before <= (uint64_t)time(NULL))
                log_line(&s->log, LOG_ERROR, "warning: the host certificate has expired");
            return NULL;
        }
    return "not for one of the host keys";
}

static bool load_certificate(struct server *s, const char *path)
{
    uint8_t file[FILE_ROOM];
    const char *why = "it cannot be read";
    int fd = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, file, sizeof file);
    if (fd < 0)
        why = error_text(errno);
    else
        close(fd);
    if (n >= 0) {
        uint8_t blob[FILE_ROOM];
        const uint8_t *lf = memchr(file, '\n', (size_t)n);
        struct span line = span_of(file, lf != NULL ? (size_t)(lf - file) : (size_t)n);
        keys_word(&line);
        long m = base64_decode(blob, sizeof blob, keys_word(&line));
        why = m < 0 ? "not a certificate" : certify(s, span_of(blob, (size_t)m));
    }
    if (why != NULL)
        log_line(&s->log, LOG_ERROR, "host certificate %s refused: %s", path, why);
    return why == NULL;
}

bool host_key_start(struct server *s)
{
    char place[PATH_ROOM];
    const struct config *c = s->config;
    const char *const *paths = c->host_keys;
    const char *at_default[] = { place };
    int n = c->host_key_n;
    if (n == 0) {
        if (!default_path(s, place))
            return false;
        paths = at_default;
        n = 1;
    }
    for (int i = 0; i < n; i++) {
        struct host_key *k = &s->host_keys[i];
        if (!load_or_make(s, k, paths[i]) || !only_of_its_type(s, k, paths[i]))
            return false;
        log_key(s, k);
    }
    for (int i = 0; i < c->host_certificate_n; i++)
        if (!load_certificate(s, c->host_certificates[i]))
            return false;
    return true;
}
