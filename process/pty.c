#include "process/pty.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/text.h"

enum { TTY_GROUP_MODE = 0620, OP_ISPEED = 128, OP_OSPEED = 129, OP_LAST = 159 };
enum { CC, IN, LOCAL, OUT, CONTROL };

/* RFC 4254 section 8 (42: RFC 8160). What Linux does not have is left out and so ignored. */
static const struct {
    uint8_t op, kind;
#ifdef __powerpc__ /* where all bits have other places */
    uint32_t value;
#else
    uint16_t value;
#endif
} modes[] = {
    { 1, CC, VINTR },        { 2, CC, VQUIT },        { 3, CC, VERASE },     { 4, CC, VKILL },
    { 5, CC, VEOF },         { 6, CC, VEOL },         { 7, CC, VEOL2 },      { 8, CC, VSTART },
    { 9, CC, VSTOP },        { 10, CC, VSUSP },       { 12, CC, VREPRINT },  { 13, CC, VWERASE },
    { 14, CC, VLNEXT },      { 18, CC, VDISCARD },    { 30, IN, IGNPAR },    { 31, IN, PARMRK },
    { 32, IN, INPCK },       { 33, IN, ISTRIP },      { 34, IN, INLCR },     { 35, IN, IGNCR },
    { 36, IN, ICRNL },       { 37, IN, IUCLC },       { 38, IN, IXON },      { 39, IN, IXANY },
    { 40, IN, IXOFF },       { 41, IN, IMAXBEL },     { 42, IN, IUTF8 },     { 50, LOCAL, ISIG },
    { 51, LOCAL, ICANON },   { 52, LOCAL, XCASE },    { 53, LOCAL, ECHO },   { 54, LOCAL, ECHOE },
    { 55, LOCAL, ECHOK },    { 56, LOCAL, ECHONL },   { 57, LOCAL, NOFLSH }, { 58, LOCAL, TOSTOP },
    { 59, LOCAL, IEXTEN },   { 60, LOCAL, ECHOCTL },  { 61, LOCAL, ECHOKE }, { 62, LOCAL, PENDIN },
    { 70, OUT, OPOST },      { 71, OUT, OLCUC },      { 72, OUT, ONLCR },    { 73, OUT, OCRNL },
    { 74, OUT, ONOCR },      { 75, OUT, ONLRET },     { 90, CONTROL, CS7 },  { 91, CONTROL, CS8 },
    { 92, CONTROL, PARENB }, { 93, CONTROL, PARODD },
};

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

/* That of the mounted devpts first, since it goes with /dev/pts; often only root may open it. A slave is had without
 * its name from Linux 4.13 on, which spares a /dev/pts that is not there or another's. */
bool pty_open(struct pty *p, const struct user *u)
{
    enum { HOW = O_RDWR | O_NOCTTY | O_CLOEXEC };
    int unlock = 0, number;
    p->slave = -1;
    text_format(p->name, sizeof p->name, "/dev/ptmx");
    p->master = open("/dev/pts/ptmx", HOW | O_NONBLOCK);
    if (p->master < 0)
        p->master = open(p->name, HOW | O_NONBLOCK);
    if (p->master >= 0 && ioctl(p->master, TIOCSPTLCK, &unlock) == 0 &&
        ioctl(p->master, TIOCGPTN, &number) == 0) {
        text_format(p->name, sizeof p->name, "/dev/pts/%d", number);
        p->slave = ioctl(p->master, TIOCGPTPEER, HOW);
        if (p->slave < 0)
            p->slave = open(p->name, HOW);
    }
    /* Only root may hand the terminal over, which anybody else owns already; last, since then it is another's. */
    bool good = p->slave >= 0 && (geteuid() != 0 || (fchmod(p->slave, TTY_GROUP_MODE) == 0 &&
                                                     fchown(p->slave, u->uid, (gid_t)-1) == 0));
    p->error = errno;
    if (!good) {
        close(p->slave);
        close(p->master);
        p->slave = p->master = -1;
    }
    return good;
}

static void set_mode(struct termios *t, uint8_t op, uint32_t value)
{
    tcflag_t *const flags[] = {
        [IN] = &t->c_iflag, [LOCAL] = &t->c_lflag, [OUT] = &t->c_oflag, [CONTROL] = &t->c_cflag
    };
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        if (modes[i].op != op)
            continue;
        tcflag_t bits = modes[i].value;
        if (modes[i].kind == CC)
            t->c_cc[bits] = value == 255 ? _POSIX_VDISABLE : (cc_t)value;
        else if (modes[i].kind == CONTROL && (bits == CS7 || bits == CS8) && value != 0)
            *flags[CONTROL] = (*flags[CONTROL] & ~(tcflag_t)CSIZE) | bits;
        else if (modes[i].kind != CONTROL || (bits != CS7 && bits != CS8))
            *flags[modes[i].kind] =
                value ? *flags[modes[i].kind] | bits : *flags[modes[i].kind] & ~bits;
    }
}

void pty_modes(int fd, struct span encoded)
{
    struct termios t;
    struct reader r = reader_of(encoded);
    if (tcgetattr(fd, &t) != 0)
        return;
    for (;;) {
        uint8_t op = get_byte(&r);
        if (op == 0 || op > OP_LAST)
            break; /* TTY_OP_END, or "undefined; cause parsing to stop" */
        uint32_t value = get_u32(&r);
        if (r.bad)
            break;
        if (op != OP_ISPEED && op != OP_OSPEED) /* a pseudo-terminal has no line speed */
            set_mode(&t, op, value);
    }
    tcsetattr(fd, TCSANOW, &t);
}

void pty_resize(int fd, const struct pty_size *s)
{
    struct winsize w = { .ws_row = (unsigned short)s->rows,
                         .ws_col = (unsigned short)s->columns,
                         .ws_xpixel = (unsigned short)s->width,
                         .ws_ypixel = (unsigned short)s->height };
    ioctl(fd, TIOCSWINSZ, &w); /* tells the foreground group by SIGWINCH */
}
