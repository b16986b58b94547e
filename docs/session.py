#!/usr/bin/env python3
"""Draws docs/session.svg from a real session: starts the server that make built, logs in with ssh on a
terminal, types a few commands, and sets what both sides printed as text.

    python3 docs/session.py build/nano_ssh_server docs/session.svg

Or docs/shell.svg from what a pane of tmux shows (capture-pane -e), here after keys for the built-in shell:

    tmux -L picture -f /dev/null new-session -d -x 100 -y 24 "exec build/nano_ssh_server nano-sh -i"
    tmux -L picture send-keys 'ls -l docs/se' Tab Tab Tab Enter
    tmux -L picture capture-pane -e -p | python3 docs/session.py --pane 'the built-in shell' docs/shell.svg
    tmux -L picture kill-server
"""
import html
import os
import pty
import re
import select
import socket
import subprocess
import sys
import tempfile
import time

COMMANDS = ["uname -sm", "tty", "echo $TERM $SSH_CONNECTION", "exit"]
LINE, SIDE, WIDTH = 18, 16, 1000


def read_until(fd, mark, seconds=10):
    data = b""
    end = time.time() + seconds
    while mark not in data and time.time() < end:
        if select.select([fd], [], [], 0.2)[0]:
            try:
                data += os.read(fd, 4096)
            except OSError:
                break
    return data


def session(server, folder):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder + "/id"], check=True)
    os.chmod(folder + "/id.pub", 0o600)
    log = subprocess.Popen([server, "-p", f"127.0.0.1:{port}", "-r", folder + "/host_key", "-a", folder + "/id.pub"],
                           stderr=subprocess.PIPE)
    time.sleep(0.3)
    user = subprocess.check_output(["id", "-un"], text=True).strip()
    pid, fd = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.execvp("ssh", ["ssh", "-F", "none", "-tt", "-p", str(port), "-i", folder + "/id", "-o", "LogLevel=ERROR",
                          "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                          f"{user}@127.0.0.1", "PS1='$ ' exec sh -i"])
    shown = read_until(fd, b"$ ")
    for command in COMMANDS:
        os.write(fd, command.encode() + b"\n")
        shown += read_until(fd, b"$ " if command != "exit" else b"\0", 3)
    os.waitpid(pid, 0)
    log.terminate()
    text = log.stderr.read().decode()
    return port, user, shown.decode(errors="replace"), text


def tidy(text, port):
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text).replace("\r", "")
    text = text.replace(str(port), "2222")
    return [line for line in text.split("\n") if line.strip()]


COLOURS = "#6e7681 #ff7b72 #7ee787 #f2cc60 #79c0ff #d2a8ff #a5d6ff #e6edf3".split()


def colours(line):
    """The line with what it says of colours (SGR) as SVG; of all else, its text."""
    out, style = "", ""
    for text, codes in re.findall(r"([^\x1b]*)(?:\x1b\[([0-9;]*)m|\x1b[^m]*m?|$)", line):
        if text:
            out += f'<tspan style="{style}">{html.escape(text)}</tspan>' if style else html.escape(text)
        for code in (int(c or 0) for c in codes.split(";")) if codes or text != line else ():
            if code == 0:
                style = ""
            elif code == 1:
                style += "font-weight:bold;"
            elif 30 <= code % 60 <= 37:
                style += f"fill:{COLOURS[code % 10]};"
    return out


def pane(title, lines, y):
    out = [f'<text x="{SIDE}" y="{y}" class="title">{html.escape(title)}</text>']
    for line in lines:
        y += LINE
        out.append(f'<text x="{SIDE}" y="{y}" xml:space="preserve">{colours(line)}</text>')
    return out, y


def draw(target, elements, y):
    height = y + 20
    style = ("text{font:13px ui-monospace,Menlo,Consolas,monospace;fill:#e6edf3}"
             ".title{fill:#7ee787;font-weight:bold}")
    with open(target, "w", encoding="utf-8") as f:
        f.write(f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
                f'viewBox="0 0 {WIDTH} {height}"><style>{style}</style>'
                f'<rect width="{WIDTH}" height="{height}" rx="8" fill="#0d1117"/>\n')
        f.write("\n".join(elements))
        f.write("\n</svg>\n")


def main():
    if sys.argv[1] == "--pane":
        title, target = sys.argv[2:4]
        draw(target, *pane(title, sys.stdin.read().rstrip().split("\n"), 28))
        return
    server, target = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as folder:
        port, user, shown, log = session(server, folder)
        said = tidy(log.replace(folder, "/etc/nano_ssh_server"), port)
    command = f"$ ssh -p 2222 {user}@127.0.0.1"
    top, y = pane("client", [command] + [line[:124] for line in tidy(shown, port)], 28)
    bottom, y = pane("server", ["$ nano_ssh_server -p 127.0.0.1:2222"] + [line[:124] for line in said], y + 2 * LINE)
    draw(target, top + bottom, y)


main()
