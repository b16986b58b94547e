/* passwd(5): name:password:uid:gid:gecos:home:shell; group(5): name:password:gid:members. */
#include "process/user.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text.h"
#include "process/lines.h"

enum { GROUPS_MAX = 256 };

/* A line that is not wholly understood is no user. */
static bool parse_user(struct user *u, struct span line)
{
    uint64_t uid, gid;
    bool good = span_copy_text(lines_field(&line), u->name, sizeof u->name) && u->name[0] != 0;
    lines_field(&line); /* password */
    good = text_number(lines_field(&line), UINT32_MAX - 1, &uid) && good;
    good = text_number(lines_field(&line), UINT32_MAX - 1, &gid) && good;
    lines_field(&line); /* gecos */
    good = span_copy_text(lines_field(&line), u->home, sizeof u->home) && good;
    good = span_copy_text(lines_field(&line), u->shell, sizeof u->shell) && good;
    if (!good)
        return false;
    u->uid = (uid_t)uid;
    u->gid = (gid_t)gid;
    if (u->home[0] == 0)
        text_format(u->home, sizeof u->home, "/");
    if (u->shell[0] == 0)
        text_format(u->shell, sizeof u->shell, "/bin/sh"); /* passwd(5) */
    return true;
}

static bool scan(struct user *u, const char *name, uid_t uid)
{
    struct lines l;
    struct span line;
    bool found = false;
    lines_start(&l, open("/etc/passwd", O_RDONLY | O_CLOEXEC));
    while (l.fd >= 0 && !found && lines_next(&l, &line))
        found = parse_user(u, line) && (name ? strcmp(u->name, name) == 0 : u->uid == uid);
    if (l.fd >= 0)
        close(l.fd);
    return found;
}

bool user_find(struct user *u, const char *name)
{
    return scan(u, name, 0);
}

/* What podman writes into /etc/passwd for a uid that the image does not know: that is no name. */
static bool is_numbered(const struct user *u)
{
    uint64_t number;
    return text_number(span_text(u->name), UINT32_MAX, &number) && number == u->uid;
}

bool user_self(struct user *u)
{
    if (scan(u, NULL, geteuid()) && !is_numbered(u))
        return true;
    const char *home = getenv("HOME");
    u->uid = geteuid();
    u->gid = getegid();
    text_format(u->name, sizeof u->name, "%s", u->uid == 0 ? "root" : "user");
    text_format(u->shell, sizeof u->shell, "/bin/sh");
    if (home == NULL || home[0] != '/' || !span_copy_text(span_text(home), u->home, sizeof u->home))
        text_format(u->home, sizeof u->home, "/");
    return false;
}

/* It becomes a part of paths (%u), of the log and of variables. */
bool user_call(struct user *u, const char *name)
{
    const char *p = name;
    while (*p > ' ' && *p != '/' && *p != ':')
        p++;
    return p != name && *p == 0 && span_copy_text(span_text(name), u->name, sizeof u->name);
}

bool user_shell_usual(const struct user *u)
{
    struct lines l;
    struct span line;
    if (access(u->shell, X_OK) != 0)
        return true;
    int fd = open("/etc/shells", O_RDONLY | O_CLOEXEC);
    bool found = fd < 0;
    lines_start(&l, fd);
    while (!found && lines_next(&l, &line))
        found = span_is(line, u->shell);
    if (fd >= 0)
        close(fd);
    return found;
}

bool user_name(uint32_t uid, char *to, size_t room)
{
    struct user u;
    return scan(&u, NULL, uid) && span_copy_text(span_text(u.name), to, room);
}

bool user_home(const char *name, char *to, size_t room)
{
    struct user u;
    return user_find(&u, name) && span_copy_text(span_text(u.home), to, room);
}

static bool is_member(struct span members, const char *name)
{
    return name_list_has(members, span_text(name));
}

struct group {
    struct span name, members; /* within the lines they came from */
    uint64_t gid;
};

/* The next well-formed line of group(5). */
static bool next_group(struct lines *l, struct group *g)
{
    struct span line;
    while (l->fd >= 0 && lines_next(l, &line)) {
        g->name = lines_field(&line);
        lines_field(&line); /* password */
        bool good = text_number(lines_field(&line), UINT32_MAX - 1, &g->gid);
        g->members = lines_field(&line);
        if (good)
            return true;
    }
    return false;
}

/* The one of that name, or number; its name goes to `to`. */
static bool group_scan(const char *name, uint32_t *gid, char *to, size_t room)
{
    struct lines l;
    struct group g;
    bool found = false;
    lines_start(&l, open("/etc/group", O_RDONLY | O_CLOEXEC));
    while (!found && next_group(&l, &g))
        found = name != NULL ? span_is(g.name, name) : g.gid == *gid;
    if (found && name != NULL)
        *gid = (uint32_t)g.gid;
    else
        found = found && span_copy_text(g.name, to, room);
    if (l.fd >= 0)
        close(l.fd);
    return found;
}

bool group_name(uint32_t gid, char *to, size_t room)
{
    return group_scan(NULL, &gid, to, room);
}

bool group_find(const char *name, uint32_t *gid)
{
    return group_scan(name, gid, NULL, 0);
}

static size_t groups_of(const struct user *u, gid_t groups[GROUPS_MAX])
{
    struct lines l;
    struct group g;
    size_t n = 0;
    groups[n++] = u->gid;
    lines_start(&l, open("/etc/group", O_RDONLY | O_CLOEXEC));
    while (n < GROUPS_MAX && next_group(&l, &g))
        if (g.gid != u->gid && is_member(g.members, u->name))
            groups[n++] = (gid_t)g.gid;
    if (l.fd >= 0)
        close(l.fd);
    return n;
}

/* The system calls themselves: libc's functions do the same for every thread, and the machinery for
 * that (1.5 KB) has nothing to do in a process that never has a second one. 32-bit CPUs have calls of
 * this name that take 16-bit numbers; there the others are meant. */
#ifdef SYS_setresuid32
#define CALL(name) SYS_##name##32
#else
#define CALL(name) SYS_##name
#endif

static bool is_all(uid_t uid, gid_t gid)
{
    uid_t u[3];
    gid_t g[3];
    return getresuid(&u[0], &u[1], &u[2]) == 0 && getresgid(&g[0], &g[1], &g[2]) == 0 &&
           u[0] == uid && u[1] == uid && u[2] == uid && g[0] == gid && g[1] == gid && g[2] == gid;
}

bool user_become(const struct user *u)
{
    if (geteuid() != 0)
        return u->uid == geteuid();
    gid_t groups[GROUPS_MAX];
    size_t n = groups_of(u, groups);
    /* Root in a container may have lost the right to choose its groups; those it has take nothing from it. */
    if ((syscall(CALL(setgroups), n, groups) != 0 && u->uid != 0) ||
        syscall(CALL(setresgid), u->gid, u->gid, u->gid) != 0 ||
        syscall(CALL(setresuid), u->uid, u->uid, u->uid) != 0 || !is_all(u->uid, u->gid))
        return false;
    /* There must be no way back. */
    return u->uid == 0 || syscall(CALL(setresuid), 0, 0, 0) != 0;
}
