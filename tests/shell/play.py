"""Plays somebody at a terminal: play.py PROGRAM, which is started as a login shell.

Standard input has one line each:  send TEXT · wait TEXT · hang-up (closes the terminal) · gone PID-FILE (that process ends) ·
front (something else than the program is in front).
TEXT knows \\n, \\xNN and the like. Ends with the program's status; 99 when something was waited for in vain."""
import os
import pty
import select
import sys
import time

PATIENCE = 20
program = sys.argv[1]
child, terminal = pty.fork()
if child == 0:
    os.execv(program, ["-" + os.path.basename(program)])
seen = b""


def fail(text):
    print(f"in vain: {text}; there was {seen!r}")
    sys.exit(99)


def wait(text):
    global seen
    end = time.monotonic() + PATIENCE
    while text not in seen:
        if not select.select([terminal], [], [], max(0, end - time.monotonic()))[0]:
            fail(f"wait {text!r}")
        try:
            seen += os.read(terminal, 65536)
        except OSError:
            fail(f"wait {text!r} (it has ended)")
    seen = seen[seen.index(text) + len(text) :]


def gone(file):
    with open(file, encoding="ascii") as f:
        pid = int(f.read())
    for _ in range(PATIENCE * 50):
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii") as f:
                if f.read().rsplit(")", 1)[1].split()[0] == "Z":
                    return
        except OSError:
            return
        time.sleep(0.02)
    fail(f"gone {pid}")


def running(file):
    for _ in range(PATIENCE * 50):
        if os.path.exists(file) and os.path.getsize(file) > 0:
            return
        time.sleep(0.02)
    fail(f"file {file}")


def front():
    for _ in range(PATIENCE * 50):
        if os.tcgetpgrp(terminal) != child:
            return
        time.sleep(0.02)
    fail("front")


for line in sys.stdin:
    verb, _, rest = line.rstrip("\n").partition(" ")
    text = rest.encode().decode("unicode_escape").encode("latin-1")
    if verb == "send":
        os.write(terminal, text)
    elif verb == "wait":
        wait(text)
    elif verb == "file":
        running(rest)
    elif verb == "gone":
        gone(rest)
    elif verb == "front":
        front()
    elif verb == "hang-up":
        os.close(terminal)
status = os.waitpid(child, 0)[1]
sys.exit(128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))
