#!/usr/bin/env python3
"""Draws docs/session.svg from a real session: starts the server that make built, logs in with ssh on a
terminal, types a few commands, and sets what both sides printed as text.

    python3 docs/session.py build/nano_ssh_server docs/session.svg
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


def pane(title, lines, y):
    out = [f'<text x="{SIDE}" y="{y}" class="title">{html.escape(title)}</text>']
    for line in lines:
        y += LINE
        out.append(f'<text x="{SIDE}" y="{y}" xml:space="preserve">{html.escape(line[:124])}</text>')
    return out, y


def main():
    server, target = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as folder:
        port, user, shown, log = session(server, folder)
        said = tidy(log.replace(folder, "/etc/nano_ssh_server"), port)
    command = f"$ ssh -p 2222 {user}@127.0.0.1"
    top, y = pane("client", [command] + tidy(shown, port), 28)
    bottom, y = pane("server", ["$ nano_ssh_server -p 127.0.0.1:2222"] + said, y + 2 * LINE)
    height = y + 20
    style = ("text{font:13px ui-monospace,Menlo,Consolas,monospace;fill:#e6edf3}"
             ".title{fill:#7ee787;font-weight:bold}")
    with open(target, "w", encoding="utf-8") as f:
        f.write(f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
                f'viewBox="0 0 {WIDTH} {height}"><style>{style}</style>'
                f'<rect width="{WIDTH}" height="{height}" rx="8" fill="#0d1117"/>\n')
        f.write("\n".join(top + bottom))
        f.write("\n</svg>\n")


main()
