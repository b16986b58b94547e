"""Random requests, each of which is put to the mirror as well. Never two dots where something is changed: nobody shall get
out of the directory."""
import os
from mirror import *
from wire import *

LARGEST_FILE = 6 << 30 # a limit of the processes

class Generator:
    """Each `r_…` makes one: its type, its fields, and what is asked of the mirror."""
    def __init__(self, rng, mirror, theirs):
        self.rng, self.m, self.theirs, self.handles = rng, mirror, theirs, []
        self.closing = rng.choice((1, 4, 8)) # how often: with few, the handles run out
        own = (os.getuid(), os.getgid())
        self.owners = [own, own, (0, 0), (1, 65534), (2**32 - 1, own[1]), (own[0], 2**32 - 1)]
        # how often, then what
        self.kinds = [(9, self.r_open), (self.closing, self.r_close), (12, self.r_read), (10, self.r_write), (8, self.r_stat),
                      (3, self.r_fstat), (6, self.r_setstat), (3, self.r_fsetstat), (2, self.r_opendir), (5, self.r_readdir),
                      (4, self.r_remove), (4, self.r_mkdir), (3, self.r_rmdir), (4, self.r_realpath), (4, self.r_two), (3, self.r_readlink),
                      (3, self.r_symlink), (6, self.r_extended), (3, self.r_copy), (1, self.r_unknown)]

    def path(self, dots=False):
        """Few names, so that they meet; some lie below files, links or nothing. With .. only where nothing is changed:
        nobody shall get out of the directory."""
        odd = (b"many", b"fifo", b"\xff\xfe", b"with space", b"n" * 255, b"n" * 256)
        parts = [self.rng.choice(odd if self.rng.random() < 0.06 else (b"a", b"b", b"c", b"d")) for _ in range(self.rng.choice((1, 1, 1, 2, 2, 3)))]
        what = self.rng.random()
        if what < 0.04: parts.insert(self.rng.randrange(len(parts) + 1), b".")
        elif what < 0.07: parts[-1] += b"/"
        elif what < 0.09: parts.insert(1, b"")
        elif what < 0.2: parts.insert(0, b"@")
        elif what < 0.21: parts = [b"many", b"%d" % self.rng.randrange(400)]
        elif what < 0.22: return self.rng.choice((b"", b".", b"@", b"a\0b", b"x/" * 3000))
        elif dots and what < 0.4: parts.insert(self.rng.randrange(1, len(parts) + 1), b"..")
        return b"/".join(parts)

    def p(self, path): return s(path.replace(b"@", self.theirs))

    def changed_path(self):
        """Never the directory itself, nor what keeps it from being empty."""
        path = self.path()
        return b"a" if path.strip(b"/") in (b"", b".", b"@", b"many", b"@/many", b"./many") or b"//" in path else path

    def handle(self):
        """Mostly one that is open; its server's name has to be known."""
        named = [h for h in self.handles if h.name]
        if self.rng.random() < 0.02 or not named: return Handle(-1, False), self.rng.randbytes(self.rng.choice((0, 4, 8, 8, 200)))
        open_ones = [h for h in named if h in self.m.handles]
        h = self.rng.choice(open_ones if open_ones and self.rng.random() < 0.95 else named)
        return h, h.name

    def offset(self):
        what = self.rng.random()
        if what < 0.5: return self.rng.randrange(70000)
        if what < 0.9: return self.rng.randrange(400000)
        if what < 0.97: return (1 << 32) + self.rng.randrange(-50000, 50000)
        return self.rng.choice((LARGEST_FILE - 100, LARGEST_FILE, 2**62, 2**63 - 1, 2**63, 2**64 - 1))

    def attributes(self):
        flags = self.rng.choice((0, SIZE, SIZE, PERMISSIONS, PERMISSIONS, ACMODTIME, ACMODTIME, UIDGID, self.rng.randrange(16)))
        uid, gid = self.rng.choice(self.owners)
        mode = self.rng.randrange(0o10000) | (0o700 if self.rng.random() < 0.9 else 0)
        times = [self.rng.choice((0, 1, 10**9, self.rng.randrange(2**31), 2**32 - 1)) for _ in range(2)]
        return Attributes(flags, self.offset(), uid, gid, mode | self.rng.choice((0, 0o100000)), *times)

    def r_open(self):
        path, pflags = self.changed_path(), self.rng.choice((1, 2, 3, 0x1a, 0xb, 0x0e, self.rng.randrange(64), self.rng.randrange(2**32)))
        a = self.attributes()
        return OPEN, self.p(path) + u32(pflags) + attributes(a), self.m.open, path, pflags, a

    def by_handle(self, kind, function, *more, fields=b""):
        h, name = self.handle()
        return (kind, s(name) + fields, function, h) + more

    def r_close(self): return self.by_handle(CLOSE, self.m.close)
    def r_fstat(self): return self.by_handle(FSTAT, self.m.fstat)
    def r_readdir(self):
        h = self.rng.choice([h for h in self.handles if h.directory and h.name][-3:] or [Handle(-1, True)])
        return READDIR, s(h.name or b"none"), self.m.readdir, h

    def r_read(self):
        offset = self.offset()
        n = self.rng.choice((0, 1, 100, 4096, 16384, 32768, 65536, DATA_MAX, 2**32 - 1, self.rng.randrange(100000)))
        return self.by_handle(READ_, self.m.read, offset, n, fields=u64(offset) + u32(n))

    def r_write(self):
        data = self.rng.randbytes(self.rng.choice((0, 1, 100, 5000, self.rng.randrange(40000), self.rng.randrange(200000))))
        offset = self.offset()
        return self.by_handle(WRITE_, self.m.write, offset, data, fields=u64(offset) + s(data))

    def r_stat(self):
        path = self.path(dots=True)
        kind, function = self.rng.choice(((STAT, self.m.stat), (LSTAT, self.m.lstat)))
        return kind, self.p(path), function, path

    def r_setstat(self):
        path = self.path()
        a = self.attributes()
        return SETSTAT, self.p(path) + attributes(a), self.m.setstat, path, a

    def r_fsetstat(self):
        a = self.attributes()
        return self.by_handle(FSETSTAT, self.m.fsetstat, a, fields=attributes(a))

    def by_path(self, kind, function, path, fields=b""): return kind, self.p(path) + fields, function, path
    def r_opendir(self): return self.by_path(OPENDIR, self.m.opendir, self.rng.choice((b".", b"many", self.path())))
    def r_remove(self): return self.by_path(REMOVE, self.m.remove, self.changed_path())
    def r_rmdir(self): return self.by_path(RMDIR, self.m.rmdir, self.changed_path())
    def r_readlink(self): return self.by_path(READLINK, self.m.readlink, self.path())
    def r_realpath(self): return self.by_path(REALPATH, self.m.realpath, self.path(dots=True))
    def r_mkdir(self):
        path, a = self.changed_path(), self.attributes()
        return MKDIR, self.p(path) + attributes(a), self.m.mkdir, path, a

    def r_symlink(self):
        target, path = self.path(), self.changed_path()
        return SYMLINK, self.p(target) + self.p(path), self.m.symlink, target, path

    def r_two(self):
        old, new = self.changed_path(), self.changed_path()
        kind, name, function = self.rng.choice(((RENAME, b"", self.m.rename), (EXTENDED, s(b"hardlink@openssh.com"), self.m.hardlink),
                                                (EXTENDED, s(b"posix-rename@openssh.com"), self.m.posix_rename)))
        return kind, name + self.p(old) + self.p(new), function, old, new

    def r_copy(self):
        (one, name), (other, other_name) = self.handle(), self.handle()
        at, to, n = self.offset(), self.offset(), self.rng.choice((0, 1, self.rng.randrange(300000)))
        if n == 0 and one in self.m.handles and os.fstat(one.fd).st_size - at > 1 << 20: n = 70000 # holes are written out
        fields = s(b"copy-data") + s(name) + u64(at) + u64(n) + s(other_name) + u64(to)
        return EXTENDED, fields, self.m.copy_data, one, at, n, other, to

    def r_extended(self):
        what, path = self.rng.randrange(8), self.path()
        if what == 0: return EXTENDED, s(b"statvfs@openssh.com") + self.p(path), self.m.statvfs, path
        if what == 1: return EXTENDED, s(b"limits@openssh.com"), self.m.limits
        if what == 2:
            a = self.attributes()
            return EXTENDED, s(b"lsetstat@openssh.com") + self.p(path) + attributes(a), self.m.lsetstat, path, a
        if what == 3:
            path = self.rng.choice((b"~", b"~/", b"~/" + path, b"~root", b"~root/a", b"~nobody/../x", b"~no-such-user", self.path(dots=True)))
            return EXTENDED, s(b"expand-path@openssh.com") + self.p(path), self.m.expand_path, path
        if what == 4:
            user = self.rng.choice((b"", b"root", b"nobody", b"no-such-user"))
            return EXTENDED, s(b"home-directory") + s(user), self.m.home_directory, user
        if what == 5:
            ids = [[self.rng.choice((0, 1, 65534, os.getuid(), 12345678, 2**32 - 2)) for _ in range(self.rng.randrange(20))] for _ in range(2)]
            fields = [s(b"".join(map(u32, i))) for i in ids]
            return EXTENDED, s(b"users-groups-by-id@openssh.com") + b"".join(fields), self.m.users_groups, *ids
        name, function = self.rng.choice(((b"fsync@openssh.com", self.m.fsync), (b"fstatvfs@openssh.com", self.m.fstatvfs)))
        h, handle_name = self.handle()
        return EXTENDED, s(name) + s(handle_name), function, h

    def r_unknown(self):
        kind = self.rng.choice((0, 2, 21, 99, 101, 255, EXTENDED))
        return kind, s(b"unknown@nowhere") + self.rng.randbytes(20), lambda: done(UNSUPPORTED)

    def request(self):
        """Its bytes but for the id, what is wanted, and a text for people."""
        kind, fields, function, *args = self.rng.choices([k for _, k in self.kinds], [n for n, _ in self.kinds])[0]()
        name = getattr(function, "__name__", "?")
        shown = [(f"handle {a.fd}" if isinstance(a, Handle) else f"{len(a)} bytes" if isinstance(a, bytes) and len(a) > 300
                  else vars(a) if isinstance(a, Attributes) else a) for a in args]
        if self.rng.random() < 0.015 and name != "<lambda>":
            fields, want = fields[:self.rng.randrange(len(fields))], done(BAD_MESSAGE)
            name = "a part of " + name
        else:
            try: want = function(*args)
            except Refused as e: want = done(e.args[0])
            except OSError as e: want = done(code_of(e.errno))
        if want[0] == "name": want = ("name", self.to_theirs(want[1]))
        if want[0] == "handle": self.handles.append(want[1])
        return bytes([kind]), fields, want, f"{name} {shown}"

    def to_theirs(self, path):
        return self.theirs + path[len(self.m.root):] if path.startswith(self.m.root) else path

    def forget(self):
        """All but a few of the closed handles, each of which stays wrong."""
        closed = [h for h in self.handles if h not in self.m.handles]
        self.handles = [h for h in self.handles if h in self.m.handles] + closed[-20:]
