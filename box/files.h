/* What serves files: SFTP, and the far side of scp's old protocol. */
#ifndef BOX_FILES_H
#define BOX_FILES_H

/* As argv[0] says; its exit status, or -1: that is not served here. `internal-sftp -d`: the names of a symbolic link come in the
 * draft's order. */
int serve_files(char **argv);

#endif
