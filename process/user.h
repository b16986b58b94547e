/* Users as /etc/passwd and /etc/group have them, and becoming one. The files are read directly: what
 * libc offers brings stdio and a name service along. */
#ifndef PROCESS_USER_H
#define PROCESS_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/limits.h"

struct user {
    char name[LIMIT_USER + 1];
    uid_t uid;
    gid_t gid;
    char home[256];
    char shell[256];
};

bool user_find(struct user *u, const char *name);

/* The user this process runs as. false: /etc/passwd does not know it; then it is "root" or "user", with $HOME or "/"
 * and /bin/sh. */
bool user_self(struct user *u);

/* Gives it another name. false: that cannot be one. */
bool user_call(struct user *u, const char *name);

/* May this shell be got around? Not one that is there but not in /etc/shells (nologin, git-shell): such
 * a program is to decide what its users do. */
bool user_shell_usual(const struct user *u);

/* Names of numbers, and homes of names; false where there is none, or it does not fit. */
bool user_name(uint32_t uid, char *to, size_t room);
bool group_name(uint32_t gid, char *to, size_t room);
bool user_home(const char *name, char *to, size_t room);
bool group_find(const char *name, uint32_t *gid);

/* Groups, gid, uid, for good; as another than root only to itself. false: nothing may be done. */
bool user_become(const struct user *u);

#endif
