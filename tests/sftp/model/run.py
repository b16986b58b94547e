#!/usr/bin/env python3
"""Random SFTP requests to a server, and the same by system calls to another directory (mirror.py): every answer, and both
directories as a whole, have to agree.

    run.py [--user UID] PROGRAM [ARGUMENT…]       PROGRAM speaks SFTP on its standard input and output

Requests are made in batches, of which all are on their way at once, cut anywhere; they are to have the effect that one after
another has. SFTP_MODEL_SEED chooses the sequence (without it there are two: seed 1, and one that is new each time), SFTP_MODEL_STEPS
how long it is. With --user everything is done as that user, who has no rights in particular.
"""
import os, random, resource, select, shutil, socket, stat, struct, subprocess, sys, tempfile, time
sys.dont_write_bytecode = True
from generator import LARGEST_FILE, Generator
from mirror import *
from wire import *

COMPARE_EVERY, RECENT = 600, 120

class Server:
    """The program, in a directory, on pipes or on a socket."""
    def __init__(self, command, directory, through_socket):
        if through_socket:
            ours, theirs = socket.socketpair()
            self.to, self.frm = os.dup(ours.fileno()), ours.detach()
            ends = (theirs, theirs)
        else:
            (there, self.to), (self.frm, here) = os.pipe(), os.pipe()
            ends = (os.fdopen(there, "rb"), os.fdopen(here, "wb"))
        # SIGXFSZ stays ignored: a file that would be too large is an error like others
        self.process = subprocess.Popen(command, stdin=ends[0], stdout=ends[1], cwd=directory, restore_signals=False)
        for end in ends: end.close()
        for fd in (self.to, self.frm): os.set_blocking(fd, False)
        self.received = bytearray()

    def packets(self):
        while len(self.received) >= 4:
            n = 4 + struct.unpack(">I", self.received[:4])[0]
            expect(5 < n <= 4 + 262144, "an answer of that length")
            if len(self.received) < n: return
            yield bytes(self.received[4:n])
            del self.received[:n]

    def exchange(self, out, count, portion, late=False):
        """Sends these bytes in such portions; returns so many answers by their ids. `late`: answers are left alone until
        everything was sent, or the server does not take any more."""
        answers = {}
        while out or len(answers) < count:
            readable, writable, _ = select.select([] if late and out else [self.frm], [self.to] if out else [], [], 0.02 if late else 20)
            if late and not writable:
                late = False
                continue
            expect(readable or writable, f"silence, {count - len(answers)} answers are due")
            if writable: out = out[os.write(self.to, out[:portion()]):]
            if late and not out: time.sleep(0.002)
            if readable:
                got = os.read(self.frm, portion())
                expect(got, "the server is gone")
                self.received += got
                for p in self.packets():
                    number = struct.unpack(">I", p[1:5])[0]
                    expect(number not in answers, "two answers to the same request")
                    answers[number] = p
        return answers

    def stop(self):
        for fd in {self.to, self.frm}: os.close(fd)
        return self.process.wait(20)

# --- answers ---
def recent(t): return abs(t - time.time()) < RECENT

def same_attributes(a, st):
    expect(a.permissions == st.st_mode, f"mode {a.permissions:o}, not {st.st_mode:o}")
    expect((a.uid, a.gid) == (st.st_uid, st.st_gid), f"owner {a.uid}:{a.gid}, not {st.st_uid}:{st.st_gid}")
    expect(stat.S_ISDIR(st.st_mode) or a.size == st.st_size, f"size {a.size}, not {st.st_size}")
    same_times(a.atime, a.mtime, st)

def same_times(atime, mtime, st):
    """A time that was not set is now; one that was set can be now by a read or change since."""
    want = int(st.st_mtime) & 0xffffffff
    expect(mtime == want or recent(mtime) and recent(want), f"mtime {mtime}, not {want}")
    want = int(st.st_atime) & 0xffffffff
    expect(atime == want or recent(atime) or recent(want), f"atime {atime}, not {want}")

def same_longname(line, name, a):
    words = line.split(None, 8)
    expect(line.endswith(name) and line.startswith(stat.filemode(a.permissions).encode()), f"longname {line}")
    expect(len(words) >= 8 and int(words[4]) == a.size, f"longname {line}")

def same_entries(r, handle, number):
    listing = handle.listings[number - 1]
    names = [(r.string(), r.string(), r.attributes()) for _ in range(r.u32())]
    expect(names, "an empty list")
    for name, line, a in names:
        expect(name in listing, f"{name}, which is not there")
        same_attributes(a, listing[name])
        same_longname(line, name, a)
        handle.got.append(name)

def end_of_entries(handle, number):
    """Nothing was left out or came twice, unless there were changes meanwhile."""
    first = set(handle.listings[0])
    if all(set(l) == first for l in handle.listings[:number]):
        expect(sorted(handle.got) == sorted(first), f"the entries {sorted(set(handle.got) ^ first)} came twice or never")

def check(want, answer):
    kind, r = answer[0], Reader(answer)
    r.bytes(5)
    what = want[0]
    if kind == STATUS:
        code = r.u32()
        expect(r.string(), "no text")
        r.string()
        if what == "entries" and code == EOF: end_of_entries(want[1], want[2])
        else: expect(what == "status" and code in want[1], f"status {code}")
    elif what == "handle" and kind == HANDLE: want[1].name = r.string()
    elif what == "data" and kind == DATA:
        data = r.string()
        at = next((i for i, (a, b) in enumerate(zip(data, want[1])) if a != b), min(len(data), len(want[1])))
        expect(data == want[1], f"{len(data)} bytes, which differ at {at}")
    elif what == "attributes" and kind == ATTRS: same_attributes(r.attributes(), want[1])
    elif what == "entries" and kind == NAME: same_entries(r, want[1], want[2])
    elif what == "name" and kind == NAME:
        expect(r.u32() == 1, "more than one name")
        got = r.string()
        expect(got == want[1], f"the name {got}")
        r.string()
        expect(r.u32() == 0, "attributes")
    elif what == "numbers" and kind == EXTENDED_REPLY:
        got = [r.u64() for _ in want[1]]
        expect(all(w in (None, g) for g, w in zip(got, want[1])), f"numbers {got}")
    elif what == "names" and kind == EXTENDED_REPLY:
        for names in want[1]:
            inside = Reader(r.string())
            got = [inside.string() for _ in names]
            expect(got == names and inside.at == len(inside.data), f"names {got}")
    else: raise Mismatch(f"an answer of type {kind}")
    expect(r.at == len(answer), "an answer that is too long")

# --- both directories ---
def extents(fd, size):
    at = 0
    while at < size:
        try: at = os.lseek(fd, at, os.SEEK_DATA)
        except OSError: return # nothing but a hole
        end = os.lseek(fd, at, os.SEEK_HOLE)
        while at < end:
            yield at, min(end - at, 1 << 20)
            at += 1 << 20

def same_content(one, other, size):
    fds = [os.open(p, os.O_RDONLY | os.O_NONBLOCK) for p in (one, other)]
    for fd in fds:
        for at, n in extents(fd, size):
            expect(os.pread(fds[0], n, at) == os.pread(fds[1], n, at), f"{one}: the content at {at}")
    for fd in fds: os.close(fd)

def tried(function, *args):
    try: return function(*args)
    except PermissionError: return None

def same_trees(one, other, rename, links):
    names = [tried(os.listdir, p) for p in (one, other)]
    expect(sorted(names[0] or []) == sorted(names[1] or []), f"{one} has {names[0]}, not {names[1]}")
    for name in names[0] or []:
        a, b = os.path.join(one, name), os.path.join(other, name)
        st, want = tried(os.lstat, a), tried(os.lstat, b)
        expect((st is None) == (want is None), f"{a}: rights")
        if st is None: continue
        try:
            same_attributes(Attributes(15, st.st_size, st.st_uid, st.st_gid, st.st_mode, int(st.st_atime) & 0xffffffff, int(st.st_mtime) & 0xffffffff), want)
            expect(st.st_nlink == want.st_nlink, f"{st.st_nlink} links, not {want.st_nlink}")
            expect(links.setdefault((0, st.st_ino), want.st_ino) == want.st_ino, "a link to another file")
        except Mismatch as e: raise Mismatch(f"{a}: {e}") from None
        if stat.S_ISLNK(st.st_mode): expect(os.readlink(a) == rename(os.readlink(b)), f"{a}: another target")
        if stat.S_ISREG(st.st_mode) and os.access(a, os.R_OK): same_content(a, b, st.st_size)
        if stat.S_ISDIR(st.st_mode): same_trees(a, b, rename, links)

def populate(root):
    os.makedirs(root + b"/many")
    for i in range(400): os.close(os.open(b"%s/many/%d" % (root, i), os.O_CREAT | os.O_WRONLY, 0o644))
    os.mkfifo(root + b"/fifo")
    with open(root + b"/a", "wb") as f: f.write(b"0123456789" * 20000)

# --- one sequence ---
def portions(rng):
    most = rng.choice((20, 1000, 5000, 70000, 1 << 20, 1 << 20, 1 << 20))
    return lambda: rng.randint(1, most) if rng.random() < 0.9 else 1 << 20

def batch(g, server, rng, count, log):
    sent, out = {}, b""
    for number in rng.sample(range(2**32), count):
        kind, fields, want, text = g.request()
        packet = kind + u32(number) + fields
        out += s(packet)
        sent[number] = (want, text)
        log.append(text)
    answers = server.exchange(out, len(sent), portions(rng), rng.random() < 0.4)
    expect(set(answers) == set(sent), "answers to other requests")
    for number, (want, text) in sent.items():
        try: check(want, answers[number])
        except Mismatch as e: raise Mismatch(f"{text}: {e}; wanted {str(want)[:300]}") from None
    g.forget()
    return count

def sequence(command, scratch, seed, steps):
    rng, log, steps_done, compared = random.Random(seed), [], 0, 0
    theirs, ours = scratch + b"/one", scratch + b"/two"
    os.umask(rng.choice((0o022, 0o077, 0)))
    for root in (theirs, ours): populate(root)
    os.chdir(ours)
    server = Server(command, theirs, rng.random() < 0.3)
    g = Generator(rng, Mirror(ours), theirs)
    try:
        hello = server.exchange(s(bytes([INIT]) + u32(3)), 1, portions(rng))
        expect(list(hello) == [3] and hello[3][0] == VERSION, "another version")
        while steps_done < steps:
            steps_done += batch(g, server, rng, rng.choice((1, 1, 1, 2, 5, 20, 60)), log)
            for root in (theirs, ours): os.chmod(root, 0o755) # a link may have led there: it stays of use
            if steps_done - compared >= COMPARE_EVERY or steps_done >= steps:
                same_trees(theirs, ours, g.to_theirs, {})
                compared = steps_done
        expect(server.stop() == 0, "a bad end")
    except (Mismatch, AssertionError, OSError) as e:
        print("\n".join(log[-70:]))
        print(f"SFTP_MODEL_SEED={seed}, step {steps_done}: {e!r}")
        return False
    finally:
        server.process.kill()
        for h in g.m.handles: os.close(h.fd)
        os.chdir("/")
    print(f"seed {seed}: {steps_done} requests, and both directories are the same")
    return True

def main(args):
    user = None
    if args[0] == "--user": user, args = int(args[1]), args[2:]
    scratch = tempfile.mkdtemp(prefix="nano_model.").encode()
    program = shutil.copy(args[0], os.fsdecode(scratch))
    if user is not None:
        os.chown(scratch, user, user)
        os.setgroups([]), os.setgid(user), os.setuid(user)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    steps, seed = int(os.environ.get("SFTP_MODEL_STEPS", 3000)), os.environ.get("SFTP_MODEL_SEED")
    good = True
    try:
        for seed in [int(seed)] if seed else [1, int.from_bytes(os.urandom(4), "big")]:
            good = sequence([program] + args[1:], scratch, seed, steps) and good
            for root in (b"/one", b"/two"): remove_tree(scratch + root)
    finally:
        remove_tree(scratch)
    return 0 if good else 1

def remove_tree(root):
    """Also what nobody may look into."""
    if not os.path.isdir(root): return
    os.chmod(root, 0o700)
    for at, folders, _ in os.walk(root):
        for folder in folders:
            if not os.path.islink(os.path.join(at, folder)): os.chmod(os.path.join(at, folder), 0o700)
    shutil.rmtree(root)

if __name__ == "__main__": sys.exit(main(sys.argv[1:]))
