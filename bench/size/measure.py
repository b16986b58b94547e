#!/usr/bin/env python3
"""What a server costs while it runs, as one line of four numbers with tabs between: PSS, start, login, bulk.

    bench/size/measure.py BINARY KIND        KIND: nano, tinyssh, dropbear, sshd

BINARY may be several words (LOADER BINARY). The server runs on a free port of 127.0.0.1 with a host key and
an authorized key of its own in a folder that is gone at the end, as is every process. As root it has a
mount namespace of its own, where the user's home is in that folder and the shell is /bin/sh; TinySSH and Dropbear,
which trust no file of keys but ~/.ssh/authorized_keys, need that. What does not apply is -.

  pss    KB: proportional set size of the process that listens, two seconds after a login. TinySSH waits for
         nobody: that is tcpserver, which starts it for each connection.
  start  ms: from exec to the first byte that reaches a client which tries to connect all the time; the
         median. For TinySSH that of tcpserver and tinysshd.
  login  ms of CPU: a complete login with an ed25519 key (curve25519-sha256, chacha20-poly1305), `true`, and the
         end. Servers that did many and few are told apart by what the kernel says at their end (wait4) of
         them and of all whom they waited for; what /bin/sh needs for `true` alone is taken off.
  bulk   MB for each second of CPU: downloads of zeros with chacha20-poly1305, the median; the CPU time is that of the
         parent of the program that writes them, which is the process that encrypts them."""
import argparse, atexit, base64, ctypes, os, shlex, shutil, signal, socket, statistics, struct, sys, tempfile, time

libc = ctypes.CDLL(None, use_errno=True)
PR_SET_CHILD_SUBREAPER, CLONE_NEWNS, MS_BIND, MS_REC, MS_PRIVATE = 36, 0x20000, 0x1000, 0x4000, 1 << 18
EXIT_USAGE = 2
BULKS = 3
HOME = "/media"  # there everywhere, and nobody but root may write to what is above it, which TinySSH asks for


class Problem(Exception):
    pass


# --- processes: all that come from here are waited for here, those too whose parents are gone -------------------
class Children:
    def __init__(self):
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self.ended, self.stray = {}, 0.0  # pid: (status, CPU seconds); and of those that nobody here started

    def start(self, words, out, err):
        files = [(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0)]
        for to, path in ((1, out), (2, err)):
            files.append((os.POSIX_SPAWN_OPEN, to, path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        try:
            pid = os.posix_spawnp(words[0], words, environment(), file_actions=files)
        except OSError as e:
            raise Problem("cannot run %s: %s" % (words[0], e.strerror)) from e
        self.ended[pid] = None
        return pid

    def collect(self):
        """Without waiting; says whether there are any left."""
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            cpu = usage.ru_utime + usage.ru_stime
            if pid in self.ended:
                self.ended[pid] = (os.waitstatus_to_exitcode(status), cpu)
            else:
                self.stray += cpu

    def status(self, pid):
        self.collect()
        return self.ended[pid] and self.ended[pid][0]

    def wait(self, pid, seconds):
        """Its status, or none when it took too long, and it is no more."""
        soon = time.monotonic() + seconds
        while self.status(pid) is None:
            if time.monotonic() > soon:
                os.kill(pid, signal.SIGKILL)
                while self.status(pid) is None:
                    time.sleep(0.001)
                return None
            time.sleep(0.0005)
        return self.ended[pid][0]

    def finish(self):
        """Ends them all, and theirs as they come here."""
        soon = time.monotonic() + 5
        while self.collect() and time.monotonic() < soon:
            for pid in children_of(os.getpid()):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.002)


def children_of(parent):
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/%s/stat" % name) as f:
                    fields = f.read().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == parent and fields[0] != "Z":
                yield int(name)


def environment():
    """Little: what the measured programs find there should be the same everywhere."""
    return {"PATH": os.environ.get("PATH", "/bin") + ":/usr/sbin:/sbin", "LC_ALL": "C"}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def last_line(path):
    try:
        with open(path, errors="replace") as f:
            return ([line.strip() for line in f if line.strip()] or ["it said nothing"])[-1]
    except OSError:
        return "it said nothing"


# --- the folder: keys in everybody's form, and a user ----------------------------------------------------------
class Folder:
    def __init__(self, children):
        self.path = tempfile.mkdtemp(prefix="nano_measure.")
        atexit.register(shutil.rmtree, self.path, True)
        os.chmod(self.path, 0o755)  # who looks keys up is another user
        self.children, self.user, self.own_home = children, user_name(), False
        os.makedirs(self.file("home/.ssh"))
        os.mkdir(self.file("tinyssh"), 0o700)
        for name in ("id", "host_key"):
            words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "measure", "-f", self.file(name)]
            if children.wait(children.start(words, os.devnull, self.file("said")), 20) != 0:
                raise Problem("ssh-keygen: " + last_line(self.file("said")))
        shutil.copy(self.file("id.pub"), self.file("home/.ssh/authorized_keys"))
        os.chmod(self.file("home/.ssh"), 0o700)
        os.chmod(self.file("home/.ssh/authorized_keys"), 0o600)
        self.other_forms()
        if os.geteuid() == 0:
            self.enter_home()

    def file(self, name):
        return os.path.join(self.path, name)

    def write(self, name, data):
        with open(self.file(name), "wb") as f:
            f.write(data)
        os.chmod(self.file(name), 0o600)

    def other_forms(self):
        """The host key for Dropbear, and for TinySSH."""
        with open(self.file("host_key")) as f:
            blob = base64.b64decode("".join(line for line in f if line[0] != "-"))
        at = blob.index(b"ssh-ed25519", blob.index(b"ssh-ed25519") + 1) + 11 + 4
        public, secret = blob[at:at + 32], blob[at + 36:at + 100]  # the secret half has the public one behind it
        name = struct.pack(">I", 11) + b"ssh-ed25519"
        self.write("dropbear_key", name + struct.pack(">I", 64) + secret)
        self.write("tinyssh/.ed25519.sk", secret)
        self.write("tinyssh/ed25519.pk", public)

    def enter_home(self):
        """Another /etc with this user's home and shell in it, and no lock on the account, for this process and
        all that come from it; where the kernel allows it. All of /etc: a file of it that is mounted
        over is bare again as soon as somebody, in a namespace of theirs, adds a user."""
        if libc.unshare(CLONE_NEWNS) != 0 or libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None) != 0:
            return
        try:
            shutil.copytree("/etc", self.file("etc"), symlinks=True, ignore=shutil.ignore_patterns("certs", "java*"))
        except shutil.Error:
            pass  # what is gone in the meantime, or is no file
        mine = "%s:x:%d:%d::%s:/bin/sh\n" % (self.user, os.getuid(), os.getgid(), HOME)
        with open("/etc/passwd") as f:
            others = [line for line in f if not line.startswith(self.user + ":")]
        self.write("etc/passwd", (mine + "".join(others)).encode())
        self.write("etc/shadow", ("%s:*:19000:0:99999:7:::\n" % self.user).encode())
        os.chmod(self.file("etc/passwd"), 0o644)
        bound = [libc.mount(self.file(name).encode(), over.encode(), None, MS_BIND, None)
                 for name, over in (("home", HOME), ("etc", "/etc"))]
        self.own_home = bound == [0, 0]


def user_name():
    with open("/etc/passwd") as f:
        for line in f:
            if line.split(":")[2:3] == [str(os.getuid())]:
                return line.split(":")[0]
    return "root" if os.getuid() == 0 else "user"


# --- the servers ---------------------------------------------------------------------------------------------
def nano(folder, words, port):
    return words + ["-q", "-p", "127.0.0.1:%d" % port, "-r", folder.file("host_key"),
                    "-a", folder.file("home/.ssh/authorized_keys")]


def hello(folder, words, port):
    return words + ["-p", str(port), "-a", folder.file("home/.ssh/authorized_keys")]


def needs_home(folder):
    if not folder.own_home:
        raise Problem("this needs root and a mount namespace: it trusts no file of keys but one in the user's home")


def tinyssh(folder, words, port):
    needs_home(folder)
    if not shutil.which("tcpserver"):
        raise Problem("tcpserver is missing (Debian: ucspi-tcp), which starts TinySSH for each connection")
    return ["tcpserver", "-HRDl0", "127.0.0.1", str(port)] + words + [folder.file("tinyssh")]


def dropbear(folder, words, port):
    needs_home(folder)
    return words + ["-F", "-E", "-p", "127.0.0.1:%d" % port, "-r", folder.file("dropbear_key"),
                    "-P", folder.file("pid")]


def sshd(folder, words, port):
    lines = ["Port %d" % port, "ListenAddress 127.0.0.1", "HostKey " + folder.file("host_key"),
             "AuthorizedKeysFile " + folder.file("home/.ssh/authorized_keys"), "StrictModes no", "UsePAM no",
             "PermitRootLogin yes", "PidFile none", "PrintMotd no", "PrintLastLog no", "LogLevel ERROR",
             "Subsystem sftp internal-sftp"]
    # A package that is unpacked, but not installed, has the programs of a connection beside it.
    beside = os.path.join(os.path.dirname(os.path.abspath(words[-1])), "../lib/openssh")
    for program, option in (("sshd-session", "SshdSessionPath"), ("sshd-auth", "SshdAuthPath")):
        path = os.path.normpath(os.path.join(beside, program))
        if os.path.exists(path):
            lines.append("%s %s" % (option, path))
    folder.write("sshd_config", ("\n".join(lines) + "\n").encode())
    if not os.path.isdir("/run/sshd") and os.geteuid() == 0:
        os.mkdir("/run/sshd", 0o755)
        atexit.register(os.rmdir, "/run/sshd")
    return words[:-1] + [os.path.abspath(words[-1]), "-D", "-e", "-f", folder.file("sshd_config")]


KINDS = {"nano": nano, "tinyssh": tinyssh, "dropbear": dropbear, "sshd": sshd}


class Server:
    """One that runs; `started` is how long it took, in ms."""

    def __init__(self, folder, words, kind):
        self.folder, self.children, self.port = folder, folder.children, free_port()
        self.stray = self.children.stray
        command = KINDS[kind](folder, words, self.port)
        began = time.perf_counter()
        self.pid = self.children.start(command, os.devnull, folder.file("log"))
        self.started = (self.first_byte(began + 10) - began) * 1000

    def first_byte(self, soon):
        while time.perf_counter() < soon:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 5) as s:
                    if s.recv(1):
                        return time.perf_counter()
            except (ConnectionRefusedError, ConnectionResetError):
                pass
            except OSError as e:
                raise Problem("no answer from it: %s" % e) from e
            status = self.children.status(self.pid)
            if status is not None:
                raise Ended(status, last_line(self.folder.file("log")))
            time.sleep(0.0001)
        raise Problem("it does not listen, or ends every connection: " + last_line(self.folder.file("log")))

    def ssh(self, command, seconds=30):
        """What it printed; an unsuccessful end is a problem unless the server answers everything with one text."""
        out, err, folder = self.folder.file("out"), self.folder.file("err"), self.folder
        words = ["ssh", "-F", "none", "-p", str(self.port), "-i", folder.file("id"), "-l", folder.user]
        for option in ("BatchMode=yes", "UserKnownHostsFile=/dev/null", "StrictHostKeyChecking=no", "LogLevel=ERROR",
                       "IdentitiesOnly=yes", "IdentityAgent=none", "Ciphers=chacha20-poly1305@openssh.com",
                       "KexAlgorithms=curve25519-sha256,curve25519-sha256@libssh.org", "HostKeyAlgorithms=ssh-ed25519"):
            words += ["-o", option]
        status = self.children.wait(self.children.start(words + ["127.0.0.1", command], out, err), seconds)
        if status is None:
            raise Problem("a login took longer than %d s" % seconds)
        if status != 0 and not os.path.getsize(out):
            raise Problem("a login failed: %s; the server: %s" % (last_line(err), last_line(folder.file("log"))))
        return out

    def pss(self):
        try:
            with open("/proc/%d/smaps_rollup" % self.pid) as f:
                return next(line.split()[1] for line in f if line.startswith("Pss:"))
        except (OSError, StopIteration):
            return "-"

    def stop(self):
        """CPU seconds of its whole life, and of whom it started."""
        at_rest = time.monotonic() + 5  # who is still on the way out would not be counted
        while list(children_of(self.pid)) and time.monotonic() < at_rest:
            time.sleep(0.005)
        os.kill(self.pid, signal.SIGTERM)
        self.children.wait(self.pid, 10)
        time.sleep(0.01)
        self.children.collect()
        return self.children.ended[self.pid][1] + self.children.stray - self.stray


class Ended(Problem):
    def __init__(self, status, said):
        super().__init__("it ended with status %d before it listened: %s" % (status, said))
        self.status = status


# --- what is measured ----------------------------------------------------------------------------------------
def program_cost(folder, times):
    """CPU seconds of /bin/sh -c true, or of the shell that the user has."""
    shell = "/bin/sh" if folder.own_home else os.environ.get("SHELL", "/bin/sh")
    cpu = 0.0
    for _ in range(times):
        pid = folder.children.start([shell, "-c", "true"], os.devnull, os.devnull)
        folder.children.wait(pid, 20)
        cpu += folder.children.ended[pid][1]
    return cpu / times


def cpu_of(folder, words, kind, logins):
    server = Server(folder, words, kind)
    for _ in range(logins):
        server.ssh("true")
    return server.stop()


def login_cost(folder, words, kind, logins, runs_programs):
    """Its median of some rounds, each with two servers, of which one did so many more logins."""
    rounds = 3 if logins >= 9 else 1
    each = max(1, logins // rounds)
    costs = []
    for _ in range(rounds):
        few = cpu_of(folder, words, kind, 1)
        many = cpu_of(folder, words, kind, 1 + each)
        costs.append((many - few) / each - (program_cost(folder, each) if runs_programs else 0))
    return statistics.median(costs) * 1000


def bulk_speed(folder, server, size):
    """The median of some downloads."""
    speeds = []
    for turn in range(BULKS):
        times = folder.file("times%d" % turn)
        clock = "cat /proc/$PPID/schedstat >>%s" % shlex.quote(times)
        # The rest of it is on its way when `head` is done.
        out = server.ssh("%s; head -c %d /dev/zero; sleep 0.2; %s" % (clock, size, clock), 240)
        if os.path.getsize(out) != size:
            raise Problem("of %d bytes %d came" % (size, os.path.getsize(out)))
        with open(times) as f:
            before, after = [int(line.split()[0]) for line in f]
        speeds.append(size / 1e6 / ((after - before) / 1e9))
    return statistics.median(speeds)


def alone(folder, words):
    """A copy of the program that nobody else has mapped."""
    copy = folder.file("server")
    try:
        shutil.copy(shutil.which(words[-1]) or words[-1], copy)
        os.chmod(copy, 0o755)
        return words[:-1] + [copy]
    except OSError as e:
        raise Problem("cannot read %s: %s" % (words[-1], e.strerror)) from e


def measure(words, kind, logins, size, starts):
    folder = Folder(Children())
    atexit.register(folder.children.finish)
    if kind != "sshd":
        words = alone(folder, words)
    try:
        server = Server(folder, words, kind)
    except Ended as e:
        if kind != "nano" or e.status != EXIT_USAGE:
            raise
        KINDS["nano"] = hello  # which knows fewer options, and has no host key but in memory
        server = Server(folder, words, kind)
    with open(server.ssh("echo this is run")) as f:
        runs_programs = f.read() == "this is run\n"
    time.sleep(2)
    pss = server.pss()
    bulk = "%.0f" % bulk_speed(folder, server, size) if runs_programs else "-"
    server.stop()
    times = []
    for _ in range(starts):
        server = Server(folder, words, kind)
        times.append(server.started)
        server.stop()
    login = login_cost(folder, words, kind, logins, runs_programs)
    return "%s\t%.1f\t%.2f\t%s" % (pss, statistics.median(times), login, bulk)


def ended(number, frame):
    raise Problem("it took too long" if number == signal.SIGALRM else "interrupted")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", metavar="BINARY")
    parser.add_argument("kind", metavar="KIND", choices=KINDS)
    parser.add_argument("--logins", type=int, default=21, help="so many logins are measured (21)")
    parser.add_argument("--bulk", type=int, default=200, metavar="MB", help="so much is downloaded, in three goes (200)")
    parser.add_argument("--starts", type=int, default=9, help="it is started so many times for `start` (9)")
    o = parser.parse_args()
    for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, ended)
    signal.alarm(300)
    try:
        print(measure(shlex.split(o.binary), o.kind, o.logins, o.bulk * 1000000 // BULKS, o.starts))
    except Problem as e:
        sys.exit("measure: %s: %s" % (o.binary, e))


if __name__ == "__main__":
    main()
