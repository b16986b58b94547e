#!/usr/bin/env python3
"""What each server can do: a line per feature, a column per server, tab separated. Asked of the running
program wherever that is possible; what is not is in TOLD, with where it is from.

    bench/size/matrix.py <LIST      a line for each: NAME KIND BINARY UNSTRIPPED-BINARY, with tabs between"""
import atexit, os, re, shlex, shutil, socket, struct, subprocess, sys, time
import measure
from measure import Children, Folder, Problem, Server

# Statements: by the kind of server, and where they are from.
TOLD = {
    "separation before login": {  # who parses what a stranger sends
        "nano": "no; a child looks keys up as the user",  # docs/design.md, "Who may log in"
        "tinyssh": "no",  # its README: one process, inetd style; main_tinysshd.c drops rights after login
        "dropbear": "no",  # its svr-auth.c: setresuid() once a login succeeded
        "sshd": "sshd-auth, unprivileged, chroot, seccomp",  # sshd(8), sshd-auth.c
    },
    "runs without root": {
        "nano": "yes",  # nano_ssh_server(8)
        "tinyssh": "yes, that user only",  # tinysshd(8): setuid() is skipped for the same user
        "dropbear": "yes, that user only",  # dropbear(8)
        "sshd": "yes, that user only",  # sshd(8)
    },
    "from inetd": {
        "nano": "-i", "tinyssh": "always", "dropbear": "-i", "sshd": "-i",  # the manual page of each
    },
    "by itself": {"nano": "yes", "tinyssh": "no", "dropbear": "yes", "sshd": "yes"},  # likewise
}
HELLO_TOLD = {"separation before login": "no", "from inetd": "no", "runs without root": "yes, that user only"}


def name_lists(port):
    """Those of a KEXINIT, in RFC 4253's order"""
    with socket.create_connection(("127.0.0.1", port), 10) as s:
        s.sendall(b"SSH-2.0-matrix\r\n")
        f = s.makefile("rb")
        while not f.readline().startswith(b"SSH-"):
            pass
        length, = struct.unpack(">I", f.read(4))
        packet = f.read(length)
    at, lists = 1 + 1 + 16, []
    for _ in range(10):
        n, = struct.unpack(">I", packet[at:at + 4])
        lists.append(packet[at + 4:at + 4 + n].decode())
        at += 4 + n
    return lists


class Asked:
    """One server that runs, and a client that tries things"""

    def __init__(self, folder, server):
        self.folder, self.server = folder, server

    def run(self, words, seconds=15):
        out, err = self.folder.file("asked"), self.folder.file("asked.err")
        status = self.folder.children.wait(self.folder.children.start(words, out, err), seconds)
        with open(out, "rb") as f, open(err, errors="replace") as g:
            return status, f.read(), g.read()

    def ssh(self, *words, program="ssh", key="id", options=(), before=()):
        args = list(before) + [program, "-F", "none", "-o", "Port=%d" % self.server.port, "-o", "User=" + self.folder.user]
        for option in tuple(options) + ("BatchMode=yes", "UserKnownHostsFile=/dev/null", "StrictHostKeyChecking=no", "LogLevel=ERROR",
                       "IdentitiesOnly=yes", "ControlPath=none", "ForwardX11=no", "ConnectTimeout=10",
                       "IdentityFile=" + self.folder.file(key)):
            args += ["-o", option]
        return self.run(args + list(words))

    def here(self, *words, **more):
        return self.ssh("127.0.0.1", *words, **more)


def yes(it):
    return "yes" if it else "no"


# --- what the running server is asked, by one function for each line or few lines ----------------------------------
def algorithms(a):
    kex, host_keys, cipher, _, mac, _, compression, _, _, _ = name_lists(a.server.port)
    methods = [m for m in kex.split(",") if not re.match(r"ext-info|kex-strict|kexguess", m)]
    quantum = [m for m in methods if re.match(r"mlkem|sntrup", m)]
    return {
        "key exchange": " ".join(methods),
        "post-quantum": " ".join(quantum) or "no",
        "host keys": " ".join(host_keys.split(",")),
        "ciphers": " ".join(cipher.split(",")),
        "MACs": " ".join(mac.split(",")) if re.search(r"ctr|cbc", cipher) else "- (AEAD ciphers only)",
        "compression": yes(compression != "none"),
        "strict kex": yes("kex-strict-s" in kex),
    }


def user_keys(a):
    accepted = [kind for kind in KEYS if a.here("true", key=kind)[0] == 0 or a.here("true", key=kind)[1]]
    certificate = a.here("true", key="certified")
    if b"sk-ssh-ed25519" in a.bytes:  # a trial would need a token
        accepted.append("sk-ed25519")
    return {"user keys": " ".join(accepted), "user certificates": yes(certificate[0] == 0)}


def methods(a):
    said = a.here("true", options=["PreferredAuthentications=none"])[2]
    found = re.search(r"Permission denied \((.*?)\)", said)
    return {"password": yes(found and "password" in found.group(1))}


def programs(a):
    status, out, err = a.here("echo this is run")
    if not out:
        raise Problem("a login failed (%s): %s" % (status, err))
    a.runs = out == b"this is run\n"
    return {"commands": "yes" if a.runs else "one answer to all",
            "terminal": yes(a.ssh("-tt", "127.0.0.1", "test -t 0 && echo terminal",
                                  before=WITH_INPUT)[1].startswith(b"terminal")),
            "exit status": yes(a.here("exit 7")[0] == 7) if a.runs else "-"}


def files(a):
    batch, got, there = a.folder.file("batch"), a.folder.file("got"), a.folder.file("id.pub")
    said = {}
    for feature, program, words in (("SFTP", "sftp", ["-b", batch, "127.0.0.1"]),
                                    ("scp", a.folder.file("scp"), ["-O", "127.0.0.1:" + there, got])):
        a.folder.write("batch", ("get %s %s\n" % (there, got)).encode())
        a.ssh(*words, program=program)
        said[feature] = yes(os.path.exists(got) and os.path.getsize(got) > 0)
        if os.path.exists(got):
            os.remove(got)
    if a.kind == "dropbear" and said["SFTP"] == "no" and b"sftp-server" in a.bytes or a.kind == "tinyssh":
        said["SFTP"] = "starts another program"
    return said


def forwards(a):
    port = str(a.server.port)
    there = a.folder.file("there.sock")
    said = {
        "forward to TCP": a.ssh("-W", "127.0.0.1:" + port, "127.0.0.1")[1].startswith(b"SSH-"),
        "forward from TCP": "Allocated port" in a.ssh("-R", "0:127.0.0.1:" + port, "127.0.0.1", "true",
                                                      options=["LogLevel=INFO"])[2],
        "forward from unix sockets": a.ssh("-R", there + ":127.0.0.1:" + port, "127.0.0.1",
                                           "test -S %s && echo there" % there)[1] == b"there\n",
        "forward to unix sockets": unix_forward(a),
        "forward the agent": a.ssh("-A", "127.0.0.1", "test -S \"$SSH_AUTH_SOCK\" && echo agent")[1] == b"agent\n",
    }
    return {feature: yes(it) for feature, it in said.items()}


def unix_forward(a):
    """-L from here to a socket there, on which something answers"""
    answering, local = a.folder.file("answering.sock"), a.folder.file("local.sock")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(answering)
        listener.listen(4)
        listener.settimeout(3)
        client = subprocess.Popen(
            ["ssh", "-F", "none", "-N", "-o", "BatchMode=yes", "-o", "UserKnownHostsFile=/dev/null", "-o",
             "StrictHostKeyChecking=no", "-o", "LogLevel=QUIET", "-i", a.folder.file("id"), "-l", a.folder.user,
             "-p", str(a.server.port), "-L", local + ":" + answering, "127.0.0.1"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            for _ in range(300):
                if os.path.exists(local):
                    break
                time.sleep(0.01)
            with socket.socket(socket.AF_UNIX) as s:
                s.connect(local)
                listener.accept()[0].close()
            return True
        except OSError:
            return False
        finally:
            client.kill()
            client.wait()
            for path in (answering, local):
                if os.path.exists(path):
                    os.remove(path)


def descendants(pid):
    for child in measure.children_of(pid):
        yield child
        yield from descendants(child)


def processes(a):
    """Those of the server that run as long as a connection does, beside the listening one and its programs"""
    client = a.folder.children.start(
        ["ssh", "-F", "none", "-N", "-o", "BatchMode=yes", "-o", "UserKnownHostsFile=/dev/null", "-o",
         "StrictHostKeyChecking=no", "-o", "ControlMaster=yes", "-o", "ControlPath=" + a.folder.file("shared"),
         "-i", a.folder.file("id"), "-l", a.folder.user, "-p", str(a.server.port), "127.0.0.1"], os.devnull, os.devnull)
    for _ in range(1000):
        if os.path.exists(a.folder.file("shared")):
            break
        time.sleep(0.01)
    time.sleep(0.5)  # who only looks something up is gone by then
    number = len(list(descendants(a.server.pid)))
    os.kill(client, 15)
    a.folder.children.wait(client, 5)
    return {"processes for a connection": str(number)}


def rekeying(a):
    if not a.runs:
        return {"rekeying": "-"}
    status, out, _ = a.ssh("127.0.0.1", "head -c 3000000 /dev/zero", options=["RekeyLimit=1M"])
    return {"rekeying": yes(status == 0 and len(out) == 3000000)}


def own_shell(a):
    """Whether there is one where /etc/passwd names a file that is not there"""
    if not a.folder.own_home:
        return {"shell built in": "?"}
    with open("/etc/passwd", "r+") as f:
        before = f.read()
        f.seek(0)
        f.truncate()
        f.write(before.replace(":/bin/sh\n", ":/nonexistent/sh\n", 1))
    out = a.here("echo a; echo b | cat")[1]
    with open("/etc/passwd", "w") as f:
        f.write(before)
    return {"shell built in": yes(out == b"a\nb\n")}


# --- what the file is asked ----------------------------------------------------------------------------------------
def hardening(paths):
    """Of all its files: what the least hardened of them has"""
    said = {"position independent": True, "RELRO and BIND_NOW": True, "stack protector": True, "stack not executable": True}
    for path in paths:
        elf = subprocess.run(["readelf", "-hlWd", path], capture_output=True, text=True, check=False).stdout
        names = subprocess.run("nm %s; nm -D %s" % (shlex.quote(path), shlex.quote(path)), shell=True, text=True,
                               capture_output=True, check=False).stdout
        linked = "INTERP" in elf
        said["position independent"] &= bool(re.search(r"Type:\s+DYN", elf))
        # A static program has nothing to bind later.
        said["RELRO and BIND_NOW"] &= "GNU_RELRO" in elf and (not linked or bool(re.search(r"BIND_NOW|Flags:.* NOW", elf)))
        said["stack protector"] &= "__stack_chk_fail" in names
        said["stack not executable"] &= bool(re.search(r"GNU_STACK.* RW ", elf))
    return {feature: yes(it) for feature, it in said.items()}


# --- one server ----------------------------------------------------------------------------------------------------
WITH_INPUT = ("sh", "-c", "sleep 2 | \"$@\"", "sh")  # Dropbear's terminal is gone when its input ends
KEYS = ("ed25519", "ecdsa", "rsa")
QUESTIONS = (algorithms, user_keys, methods, programs, files, forwards, processes, rekeying, own_shell)


def prepare(folder):
    """Keys of every kind that may log in, and one that has a certificate; the machine's scp only for the client"""
    make = lambda *words: subprocess.run(("ssh-keygen", "-q") + words, check=True, stdin=subprocess.DEVNULL)
    file = folder.file
    for kind in KEYS + ("ca", "certified"):
        make("-t", kind if kind in KEYS else "ed25519", "-N", "", "-f", file(kind))
    make("-s", file("ca"), "-I", "matrix", "-n", folder.user, file("certified.pub"))
    with open(file("home/.ssh/authorized_keys"), "a") as keys:
        for kind in KEYS:
            keys.write(open(file(kind + ".pub")).read())
        keys.write("cert-authority " + open(file("ca.pub")).read())
    shutil.copy("/usr/bin/scp", file("scp"))
    for name, kind in (("host_rsa", "rsa"), ("host_ecdsa", "ecdsa")):
        make("-t", kind, "-N", "", "-f", file(name))
    folder.write("nothing", b"")
    if folder.own_home:
        measure.libc.mount(file("nothing").encode(), b"/usr/bin/scp", None, measure.MS_BIND, None)


def everything(kind):
    """The way to start it, with what it does only when asked to"""
    start = measure.KINDS[kind]

    def started(folder, words, port):
        command = start(folder, words, port)
        if kind == "nano" and start is not measure.hello:
            folder.write("hashes", b"%s:$6$abcdefgh$%s\n" % (folder.user.encode(), b"." * 86))
            command += ["--password-hash-file", folder.file("hashes"), "-c", folder.file("ca.pub")]
        if kind == "dropbear":
            command += ["-R"]  # host keys of every type, made when they are asked for
        if kind == "sshd":
            with open(folder.file("sshd_config"), "a") as f:
                f.write("HostKey %s\nHostKey %s\n" % (folder.file("host_rsa"), folder.file("host_ecdsa")))
        return command

    return started


def ask(kind, binary, unstripped):
    children = Children()
    folder = Folder(children)
    atexit.register(children.finish)
    prepare(folder)
    plain, words = measure.KINDS[kind], shlex.split(binary)
    agent = children.start(["ssh-agent", "-D", "-a", folder.file("agent")], os.devnull, os.devnull)
    measure.environment = lambda: dict(os.environ, SSH_AUTH_SOCK=folder.file("agent"), LC_ALL="C")
    starts = [everything(kind), plain] + ([measure.hello] if kind == "nano" else [])
    for start in starts:  # the fewer options, the smaller the build
        measure.KINDS[kind] = start
        if start is measure.hello:  # which takes no file with other keys in it
            with open(folder.file("home/.ssh/authorized_keys"), "w") as f:
                f.write(open(folder.file("id.pub")).read() + open(folder.file("ed25519.pub")).read())
        try:
            server = Server(folder, words, kind)
            break
        except measure.Ended as e:
            problem = e
    else:
        raise problem
    a = Asked(folder, server)
    a.kind, a.bytes = kind, b"".join(open(path, "rb").read() for path in unstripped)
    said = hardening(unstripped)
    for question in QUESTIONS:
        said.update(question(a))
    for feature, by_kind in TOLD.items():
        told = by_kind[kind]
        said[feature] = HELLO_TOLD.get(feature, told) if start is measure.hello else told
    return said


def main():
    names, columns = [], []
    for line in sys.stdin:
        name, kind, binary, unstripped = line.rstrip("\n").split("\t")
        # A process for each, because each has a mount namespace of its own.
        done = subprocess.run([sys.executable, "-B", __file__, "--one", kind, binary, unstripped], text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=300, check=False)
        if done.returncode != 0:
            sys.exit("matrix: %s cannot be asked" % name)
        names.append(name)
        columns.append(dict(line.split("\t", 1) for line in done.stdout.splitlines()))
    print("\t".join(["feature"] + names))
    for feature in ORDER:
        print("\t".join([feature] + [column[feature] for column in columns]))


ORDER = ("key exchange", "post-quantum", "strict kex", "rekeying", "host keys", "ciphers", "MACs", "compression",
         "user keys", "user certificates", "password", "commands", "terminal", "exit status", "shell built in", "SFTP", "scp",
         "forward to TCP", "forward from TCP", "forward to unix sockets", "forward from unix sockets", "forward the agent",
         "position independent", "RELRO and BIND_NOW", "stack protector", "stack not executable",
         "separation before login", "runs without root", "processes for a connection", "by itself", "from inetd")

if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        try:
            for feature, said in ask(sys.argv[2], sys.argv[3], sys.argv[4].split()).items():
                print("%s\t%s" % (feature, said))
        except Problem as e:
            sys.exit("matrix: %s: %s" % (sys.argv[3], e))
    else:
        main()
