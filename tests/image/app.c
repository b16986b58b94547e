/* The program of a container, for tests of a server beside it: says what it is told to, waits, leaves orphans. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void on_term(int signal)
{
    (void)signal;
    static const char text[] = "app: TERM\n";
    (void)!write(1, text, sizeof text - 1);
    _exit(3);
}

/* An orphan that ends after its parent, over whom whoever is PID 1 has to watch. */
static void leave_orphan(void)
{
    if (fork() == 0) {
        if (fork() == 0) {
            usleep(200000);
            _exit(0);
        }
        _exit(0);
    }
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "say") == 0) { /* TEXT STATUS */
        puts(argv[2]);
        fprintf(stderr, "app: %s\n", argv[2]);
        return atoi(argv[3]);
    }
    signal(SIGTERM, on_term);
    puts("app: waiting");
    fflush(stdout);
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "orphan") == 0)
            leave_orphan();
    for (;;)
        pause();
}
