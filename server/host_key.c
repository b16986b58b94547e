/* The host key's file: read, or made once. A new key is written to a temporary file beside it, synced
 * and then given its name, so that the file is either whole or absent whatever happens in between. Of
 * two servers that start at once the first makes the key, and the other takes it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* rename */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "process/error.h"
#include "server/internal.h"

enum { PATH_ROOM = 512, FILE_ROOM = 4096 };

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
static int load(struct server *s, const char *path)
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
        enum host_key_error e = host_key_parse(s->host_key, span_of(file, (size_t)n));
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
static int save(const struct server *s, const char *path)
{
    char text[HOST_KEY_FILE_MAX], temporary[PATH_ROOM];
    size_t n = host_key_print(text, s->host_key, "nano_ssh_server");
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

bool host_key_start(struct server *s)
{
    char place[PATH_ROOM], fingerprint[FINGERPRINT_MAX];
    const char *path = s->config->host_key;
    if (path == NULL) {
        if (!default_path(s, place))
            return false;
        path = place;
    }
    if (strlen(path) > PATH_ROOM - 32) {
        log_line(&s->log, LOG_ERROR, "the host key's path is too long");
        return false;
    }
    int state = load(s, path);
    if (state == 0)
        state = host_key_make(s->host_key) ? save(s, path) : -1;
    if (state == 0)
        state = load(s, path);
    if (state <= 0)
        return false;
    key_fingerprint(fingerprint, span_of(s->host_key->blob, s->host_key->blob_n));
    log_line(&s->log, LOG_INFO, "Host key ED25519 %s", fingerprint);
    return true;
}
