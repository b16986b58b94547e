#include "applets/out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "applets/applet.h"
#include "base/text.h"

enum { ROOM = 32 * 1024, FORMAT_ROOM = 8 * 1024, COLUMNS_USUAL = 80, ROWS_USUAL = 24 };

static char buffer[ROOM];
static size_t used;
static int failed; /* errno of the first write that failed */

static bool put(const char *p, size_t n)
{
    while (n != 0 && failed == 0) {
        ssize_t done = write(STDOUT_FILENO, p, n);
        if (done >= 0) {
            p += done;
            n -= (size_t)done;
        } else if (errno != EINTR) {
            failed = errno;
        }
    }
    return failed == 0;
}

bool out_flush(void)
{
    bool good = put(buffer, used);
    used = 0;
    if (!good)
        errno = failed;
    return good;
}

bool out_end(void)
{
    bool good = out_flush();
    failed = 0;
    return good;
}

bool out_failed(void)
{
    return failed != 0;
}

bool out_to(const char *name)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0) {
        applet_failed(name);
        return false;
    }
    return true;
}

void out_bytes(const void *p, size_t n)
{
    if (n > ROOM - used) {
        put(buffer, used);
        used = 0;
    }
    if (n > ROOM) {
        put(p, n);
        return;
    }
    memcpy(buffer + used, p, n);
    used += n;
}

void out_text(const char *text)
{
    out_bytes(text, strlen(text));
}

void out_char(char c)
{
    out_bytes(&c, 1);
}

void out_span(struct span s)
{
    out_bytes(s.p, s.n);
}

void out_format(const char *format, ...)
{
    va_list list;
    if (ROOM - used < FORMAT_ROOM) {
        put(buffer, used);
        used = 0;
    }
    va_start(list, format);
    used += text_vformat(buffer + used, FORMAT_ROOM, format, list);
    va_end(list);
}

static struct winsize window;

bool out_terminal(void)
{
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0;
}

unsigned out_columns(void)
{
    return out_terminal() && window.ws_col != 0 ? window.ws_col : COLUMNS_USUAL;
}

unsigned out_rows(void)
{
    return out_terminal() && window.ws_row != 0 ? window.ws_row : ROWS_USUAL;
}

void out_safe(struct span s)
{
    uint8_t before = 0;
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i];
        bool control =
            (c < ' ' && c != '\t') || c == 127 || (before == 0xc2 && c >= 0x80 && c < 0xa0);
        char shown = (char)c;
        if (control)
            shown = '?';
        out_char(shown);
        before = c; /* the controls beyond ASCII begin with 0xc2 in UTF-8 */
    }
}

size_t out_character(const char *text)
{
    size_t n = text_character(text);
    if (n != 0) {
        out_bytes(text, n);
        return n;
    }
    out_char('?');
    return 1;
}

void out_name(const char *name)
{
    if (!out_terminal())
        out_text(name);
    else
        while (*name != 0)
            name += out_character(name);
}
