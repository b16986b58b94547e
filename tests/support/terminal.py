#!/usr/bin/env python3
"""Runs a program on a terminal of its own and plays a user.

    terminal.py ROWS COLUMNS PROGRAM [ARGUMENT...] <<END
    wait REGEX        until the output since the last match has it (10 seconds at most)
    send TEXT         with \\n, \\x03 … as Python writes them
    size ROWS COLUMNS
    sleep SECONDS
    hup               close the terminal
    END

Ends with the program's status (128 + n by signal n), 98 when a wait was in vain. The output goes to
standard output, carriage returns removed."""
import fcntl, os, pty, re, select, signal, struct, sys, termios, time


def set_size(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


class Terminal:
    def __init__(self, rows, columns, arguments):
        self.seen = self.all = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            set_size(0, rows, columns)
            os.execvp(arguments[0], arguments)

    def read(self, seconds):
        """False at the end."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        self.seen += data
        self.all += data
        return data != b""

    def wait(self, regex):
        end = time.monotonic() + 10
        while True:
            match = re.search(regex.encode(), self.seen, re.S)
            if match:
                self.seen = self.seen[match.end():]
                return True
            if time.monotonic() > end or not self.read(0.1):
                return re.search(regex.encode(), self.seen, re.S) is not None

    def finish(self):
        end = time.monotonic() + 10
        while self.fd >= 0 and time.monotonic() < end and self.read(0.2):
            pass
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
            time.sleep(0.02)
        os.kill(self.pid, signal.SIGKILL)
        return 97

    def play(self, line):
        verb, _, rest = line.strip().partition(" ")
        if verb == "wait":
            return self.wait(rest)
        if verb == "send":
            os.write(self.fd, rest.encode().decode("unicode_escape").encode("latin-1"))
        elif verb == "size":
            set_size(self.fd, *map(int, rest.split()))
        elif verb == "sleep":
            time.sleep(float(rest))
        elif verb == "hup":
            os.close(self.fd)
            self.fd = -1
        return True


def main():
    t = Terminal(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
    status = 0
    for line in sys.stdin:
        if line.strip() and not t.play(line):
            print("in vain:", line.strip())
            status = 98
            break
    status = t.finish() if status == 0 else (os.kill(t.pid, signal.SIGKILL) or status)
    sys.stdout.write(t.all.decode("utf-8", "replace").replace("\r", ""))
    sys.exit(status)


main()
