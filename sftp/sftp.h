/* The SFTP server, version 3 (draft-ietf-secsh-filexfer-02), with OpenSSH's extensions. */
#ifndef SFTP_SFTP_H
#define SFTP_SFTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What it asks of whoever knows. Each may be NULL: then there are numbers, no homes, and texts that only
 * tell the kinds of errors apart. */
struct sftp_config {
    bool (*user_name)(uint32_t uid, char *to, size_t room);
    bool (*group_name)(uint32_t gid, char *to, size_t room);
    bool (*user_home)(const char *user, char *to, size_t room);
    const char *(*error_text)(int number); /* of errno */
    bool linkpath_first;                   /* in SYMLINK, as the draft has it; OpenSSH does not */
};

/* Serves the client until `in` ends. For a process of its own that already is the user: what it may do
 * is what the kernel lets it, its umask counts, and names begin at its working directory, which is also
 * what ~ stands for. Both descriptors block. 0: all went well; 1: the client broke the protocol, or is
 * gone. Needs no heap. */
int sftp_main(int in, int out, const struct sftp_config *config);

#endif
