#!/usr/bin/env python3
"""What only the other side of a terminal sees: edit_pty.py TEST DRIVER. Ends with 0, or says what was wrong."""
import os, pty, select, sys, termios, time


class Terminal:
    def __init__(self, *arguments):
        self.seen = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvp(arguments[0], arguments)
        self.mode = None

    def send(self, data):
        os.write(self.fd, data)

    def wait(self, wanted):
        end = time.monotonic() + 10
        while wanted not in self.seen:
            if time.monotonic() > end:
                sys.exit(f"waited for {wanted!r}, there was {self.seen!r}")
            if select.select([self.fd], [], [], 0.1)[0]:
                self.seen += os.read(self.fd, 65536)
        before, _, self.seen = self.seen.partition(wanted)
        return before

    def flags(self):
        return termios.tcgetattr(self.fd)

    def status(self):
        end = time.monotonic() + 10
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.01)
        os.kill(self.pid, 9)
        sys.exit("it does not end")


def check(what, *said):
    if not what:
        sys.exit(f"wrong: {said!r}")


def mode(driver):
    """Raw while a line is edited, afterwards as before."""
    t = Terminal("sh", "-c", 'stty -ixon; stty -a; exec "$0"', driver)
    before = t.flags()
    t.wait(b"# ")
    before, raw = t.flags(), t.flags()
    check(not raw[3] & (termios.ICANON | termios.ECHO | termios.ISIG))
    t.send(b"read\r")
    t.wait(b"\n")
    end = time.monotonic() + 10
    while not t.flags()[3] & termios.ICANON:
        check(time.monotonic() < end, "still raw")
    usual = t.flags()
    check(usual[3] & termios.ECHO and usual[3] & termios.ISIG and not usual[0] & termios.IXON)
    check(usual[:3] == before[:3], usual, before)
    t.send(b"x\n")
    t.wait(b"{x}")
    t.wait(b"# ")
    t.send(b"\x04")
    t.wait(b"[end]")
    check(t.status() == 0)
    if t.fd >= 0:
        try:
            check(t.flags() == usual)
        except termios.error:
            pass


def ahead(driver):
    """What is typed ahead is there for a program, and for the next line."""
    t = Terminal(driver)
    t.wait(b"# ")
    t.send(b"read\rfor it\r")
    t.wait(b"{for it}")
    t.send(b"one\rtwo\rthree\r")
    for word in b"one", b"two", b"three":
        t.wait(b"[" + word + b"]")


def escape(driver):
    """A sequence may come in parts; ESC alone is one."""
    t = Terminal(driver)
    t.wait(b"# ")
    for part in b"ab\x1b", b"[", b"D":
        t.send(part)
        time.sleep(0.02)
    t.send(b"X\r")
    t.wait(b"[aXb]")
    t.send(b"ab\x1b")
    time.sleep(0.3)
    t.send(b"[D\r")
    t.wait(b"[ab[D]")


def gone(driver):
    """The terminal is gone, and nobody dies of it."""
    t = Terminal("sh", "-c", 'trap "" HUP; exec "$0"', driver)
    t.wait(b"# ")
    t.send(b"half a li")
    t.wait(b"half a li")
    os.close(t.fd)
    check(t.status() == 0)


def nonblock(driver):
    t = Terminal(driver)
    t.wait(b"# ")
    t.send(b"nonblock\r")
    t.wait(b"\n")
    t.wait(b"# ")
    t.send(b"still here\r")
    t.wait(b"[still here]")
    os.kill(t.pid, 28)  # SIGWINCH
    t.send(b"here\r")
    t.wait(b"[here]")


def once(driver):
    """A row is drawn by one write, and what comes at once is drawn once."""
    t = Terminal(driver)
    t.wait(b"# ")
    t.send(b"x" * 200)
    t.wait(b"\x1b[74G")
    shown = t.wait(b"\r") if b"\r" in t.seen else b""
    check(shown.count(b"\x1b[K") <= 3, shown)
    t.send(b"\r")
    shown = t.wait(b"]")
    check(b"# " + b"x" * 200 + b"\x1b[K" in shown, shown)


globals()[sys.argv[1]](sys.argv[2])
