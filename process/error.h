/* errno as text. strerror() would bring a text for every number there is. */
#ifndef PROCESS_ERROR_H
#define PROCESS_ERROR_H

/* For those that a server's files, sockets and children really meet; "system error" for the rest. */
const char *error_text(int number);

#endif
