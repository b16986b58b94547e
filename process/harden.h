/* What the process does for its own safety at its very start. */
#ifndef PROCESS_HARDEN_H
#define PROCESS_HARDEN_H

/* Makes the relocated data read-only: musl leaves that to the program in static executables. */
void harden_relro(void);

/* That, and lets neither a core dump nor another process of the same user show this one's memory. */
void harden_start(void);

#endif
