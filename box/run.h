/* What the box does, in whichever process. */
#ifndef BOX_RUN_H
#define BOX_RUN_H

/* As argv[0] says; its exit status. */
int box_run(char **argv);

#endif
