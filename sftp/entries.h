/* A directory's entries as the kernel hands them out (getdents64(2)). */
#ifndef SFTP_ENTRIES_H
#define SFTP_ENTRIES_H

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>

struct entry {
    uint64_t inode;
    int64_t next;
    uint16_t length; /* of this one, to the next */
    uint8_t type;
    char name[];
};

/* The number of bytes, 0 at the end, -1 with errno. The room is aligned as struct entry is. */
int entries_read(int fd, void *to, size_t room);

#endif
