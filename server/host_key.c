/* The host keys' files: read, or (an ed25519 one) made once. A new key is written to a temporary file beside it, synced
 * and then given its name, so that the file is either whole or absent whatever happens in between. Of
 * two servers that start at once the first makes the key, and the other takes it. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h> /* rename */
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "auth/authorized_keys.h"
#include "auth/certificate.h"
#include "base/features.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "process/error.h"
#include "server/internal.h"

enum { FILE_ROOM = 4096 };

/* Not a function: what a build without it has then is nothing. */
#define IS_RELOAD(s) (features.reload && (s)->before != NULL)

static void default_path(const struct server *s, char path[PATH_ROOM])
{
    text_format(path, PATH_ROOM, "%s%s", s->is_root ? "/etc/nano_ssh_server" : s->self.home,
                s->is_root ? "/host_key" : "/.nano_ssh_server/host_key");
}

static const char *directory_of(const char *path, char directory[PATH_ROOM])
{
    text_format(directory, PATH_ROOM, "%s", path);
    char *slash = strrchr(directory, '/');
    if (slash == NULL)
        return ".";
    slash[slash == directory] = 0;
    return directory;
}

/* Its bytes; -1: *why says what is wrong with it. A secret that is mounted for us can be another's file, whose mode is
 * not ours to choose. */
static ssize_t read_file(uint8_t file[FILE_ROOM], int fd, const char **why)
{
    struct stat st;
    ssize_t n = -1;
    if (fd < 0 || fstat(fd, &st) != 0)
        *why = error_text(errno);
    else if (!S_ISREG(st.st_mode))
        *why = "not a regular file";
    else if (st.st_mode & (st.st_uid == geteuid() ? S_IRWXG | S_IRWXO : S_IWGRP | S_IWOTH))
        *why = "others may read or write it (chmod 600)";
    else if ((n = read(fd, file, FILE_ROOM)) < 0)
        *why = "it cannot be read";
    if (fd >= 0)
        close(fd);
    return n;
}

/* No file was named: it is the environment's, or at the default place. */
static bool is_unnamed(const struct server *s)
{
    return s->config->host_key_n == 0;
}

/* 1 loaded, 0 there is no such file, -1 a log line says what is wrong */
static int load(struct server *s, struct host_key *k, const char *path)
{
    uint8_t file[FILE_ROOM];
    const char *why = NULL;
    struct span key = { file, 0 };
    if (features.container && is_unnamed(s) && s->config->host_key_text != NULL) {
        key = span_text(s->config->host_key_text);
        s->key_in_memory = true;
    } else {
        int fd = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0 && !IS_RELOAD(s) &&
            (errno == ENOENT || errno == ENOTDIR || (errno == EACCES && is_unnamed(s))))
            return 0;
        key.n = (size_t)read_file(file, fd, &why);
    }
    if (why == NULL) {
        enum host_key_error e = host_key_parse(k, key, s->config->algorithms->host_keys);
        if (e != HOST_KEY_GOOD)
            why = host_key_error_text(e);
    }
    crypto_wipe(file, sizeof file);
    if (why != NULL)
        log_line(&s->log, LOG_ERROR, "host key %s refused: %s", path, why);
    return why == NULL ? 1 : -1;
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

/* Always the same name, so that power losses do not fill the directory: who has its lock knows that what is there
 * is a dead server's. Another one that starts at the same time takes a name by chance, and waits for nobody. */
static int open_temporary(char temporary[PATH_ROOM], const char *path, int directory)
{
    unsigned number = 0;
    if (flock(directory, LOCK_EX | LOCK_NB) != 0)
        crypto_random(&number, sizeof number);
    text_format(temporary, PATH_ROOM, "%s.%u.new", path, number);
    if (number == 0)
        unlink(temporary);
    return open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}

/* As load(): 0 when another server was first, -1 with errno. */
static int save(const struct server *s, const struct host_key *k, const char *path)
{
    char text[HOST_KEY_FILE_MAX], temporary[PATH_ROOM];
    size_t n = host_key_print(text, k, "nano_ssh_server");
    int directory = open(directory_of(path, temporary), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd = open_temporary(temporary, path, directory);
    bool good = fd >= 0 && write_whole(fd, text, n);
    if (fd >= 0)
        good = close(fd) == 0 && good;
    good = good && give_name(temporary, path);
    int e = errno;
    crypto_wipe(text, sizeof text);
    if (!good && fd >= 0)
        unlink(temporary);
    fsync(directory); /* the name itself must survive a power loss, too */
    close(directory);
    if (good)
        log_line(&s->log, LOG_INFO, "Made a new host key: %s", path);
    errno = e;
    return good ? 1 : e == EEXIST ? 0 : -1;
}

/* A missing file is made, as long as that is the first key: nobody names a second one that is not
 * there. The default place may be on a disk that cannot be written, as in a container: then the key goes with the
 * process. */
static bool load_or_make(struct server *s, struct host_key *k, const char *path)
{
    char directory[PATH_ROOM];
    bool unnamed = is_unnamed(s);
    if (strlen(path) > PATH_ROOM - 32) {
        log_line(&s->log, LOG_ERROR, "the host key's path is too long");
        return false;
    }
    if (IS_RELOAD(s) && s->key_in_memory) {
        *k = s->before->keys[0];
        k->certificate_n = 0;
        return true;
    }
    int state = load(s, k, path);
    if (state != 0)
        return state > 0;
    if (k != s->identity->keys) {
        log_line(&s->log, LOG_ERROR, "host key %s: no such file", path);
        return false;
    }
    state = -1;
    if (host_key_make(k) &&
        (!unnamed || mkdir(directory_of(path, directory), 0700) == 0 || errno == EEXIST))
        state = save(s, k, path);
    if (state == 0 && (state = load(s, k, path)) != 0)
        return state > 0;
    s->key_in_memory = state <= 0; /* 0: a symbolic link that leads nowhere */
    if (state <= 0)                /* A full disk is loud: somebody must make room. */
        log_line(&s->log, unnamed && errno != ENOSPC ? LOG_INFO : LOG_ERROR,
                 "cannot write host key %s: %s%s", path, error_text(errno),
                 !unnamed ? ""
                 : features.container
                     ? "; it is in memory and changes at each start (see NANO_SSH_HOST_KEY)"
                     : "; it is in memory and changes at each start");
    return state > 0 || unnamed;
}

static bool only_of_its_type(const struct server *s, const struct host_key *k, const char *path)
{
    for (const struct host_key *other = s->identity->keys; other < k; other++)
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

/* Those that have changed; another certificate is a change, too. */
static void say_keys(struct server *s)
{
    const size_t public = sizeof(struct host_key) - offsetof(struct host_key, blob);
    bool any = false;
    if (IS_RELOAD(s))
        s->log.prefix = "Reloaded: ";
    for (int i = 0; i < HOST_KEYS; i++) {
        const struct host_key *k = &s->identity->keys[i];
        if (k->type == NULL ||
            (IS_RELOAD(s) && memcmp(k->blob, s->before->keys[i].blob, public) == 0))
            continue;
        log_key(s, k);
        any = true;
    }
    if (!any)
        log_line(&s->log, LOG_INFO, "the same host keys");
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
    for (struct host_key *k = s->identity->keys; k < s->identity->keys + HOST_KEYS; k++)
        if (!w.bad && k->type != NULL &&
            span_equal(span_of(plain, writer_used(&w)), span_of(k->blob, k->blob_n))) {
            memcpy(k->certificate, blob.p, blob.n);
            k->certificate_n = blob.n;
            bool expired = c.valid_before <= (uint64_t)time(NULL);
            if (expired && IS_RELOAD(s))
                return "it has expired";
            if (expired)
                log_line(&s->log, LOG_ERROR, "warning: the host certificate has expired");
            return NULL;
        }
    return "not for one of the host keys";
}

static bool load_certificate(struct server *s, const char *path)
{
    uint8_t file[FILE_ROOM];
    const char *why = NULL;
    int fd = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, file, sizeof file);
    if (n < 0)
        why = error_text(errno);
    if (fd >= 0)
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
    char *text = features.container ? c->host_key_text : NULL;
    int n = 0;
    default_path(s, place);
    if (features.container && text != NULL && c->host_key_n == 0)
        text_format(place, sizeof place, "NANO_SSH_HOST_KEY");
    for (char *p = text; p != NULL && *p != 0; p++) /* not every tool can have lines in a value */
        if (p[0] == '\\' && p[1] == 'n')
            p[0] = p[1] = '\n';
    do {
        const char *path = c->host_key_n != 0 ? c->host_keys[n] : place;
        struct host_key *k = &s->identity->keys[n];
        if (!load_or_make(s, k, path) || !only_of_its_type(s, k, path))
            return false;
        if (!features.reload)
            log_key(s, k);
    } while (++n < c->host_key_n);
    if (text != NULL) /* it is not to stay in the environment */
        crypto_wipe(text, strlen(text));
    for (int i = 0; features.certificates && i < c->host_certificate_n; i++)
        if (!load_certificate(s, c->host_certificates[i]))
            return false;
    if (features.reload)
        say_keys(s);
    return true;
}
