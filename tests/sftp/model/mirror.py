"""What SFTP requests are to do, done to another directory by plain system calls. Each function takes a request's fields and
returns the answer that is wanted:

    ("status", {code…})  ("data", bytes)  ("name", path)  ("handle", Handle)  ("attributes", os.stat_result)
    ("entries", Handle, {name: os.stat_result})  ("numbers", […])  ("names", [[…], […]])

or raises OSError, or Refused. Paths begin with @ where they are absolute: that is the directory itself. The process has to be
in it.
"""
import errno, grp, os, pwd

OK, EOF, NO_SUCH_FILE, PERMISSION_DENIED, FAILURE, BAD_MESSAGE, UNSUPPORTED = 0, 1, 2, 3, 4, 5, 8
READ, WRITE, APPEND, CREAT, TRUNC, EXCL = 1, 2, 4, 8, 16, 32
SIZE, UIDGID, PERMISSIONS, ACMODTIME = 1, 2, 4, 8
PATH_MAX, LINKS_MAX, DATA_MAX, HANDLES_MAX = 4096, 40, 261120, 256
INT64_MAX = 2**63 - 1

class Refused(Exception):
    """With a status that is no errno's."""

def code_of(number):
    if number in (errno.ENOENT, errno.ENOTDIR, errno.EBADF, errno.ELOOP): return NO_SUCH_FILE
    if number in (errno.EPERM, errno.EACCES): return PERMISSION_DENIED
    if number in (errno.EINVAL, errno.ENAMETOOLONG): return BAD_MESSAGE
    return FAILURE

def done(code=OK): return ("status", {code})
def signed(n): return n - 2**64 if n > INT64_MAX else n

class Handle:
    """An open file. `name` is the server's, once it has told it."""
    def __init__(self, fd, directory):
        self.fd, self.directory, self.name = fd, directory, None
        self.listings, self.got = [], []

class Attributes:
    """`flags` says which of the others count."""
    def __init__(self, flags=0, size=0, uid=0, gid=0, permissions=0, atime=0, mtime=0):
        self.flags, self.size, self.uid, self.gid = flags, size, uid, gid
        self.permissions, self.atime, self.mtime = permissions, atime, mtime

class Mirror:
    def __init__(self, root):
        self.root, self.handles = root, set()

    # --- fields ---
    def path(self, path):
        path = path.replace(b"@", self.root)
        if len(path) >= PATH_MAX: raise OSError(errno.ENAMETOOLONG, "")
        if b"\0" in path: raise Refused(FAILURE)
        return path or b"."

    def handle(self, h, directory=None):
        """Only one of this kind, where that matters."""
        if h not in self.handles or directory not in (None, h.directory): raise Refused(FAILURE)
        return h.fd

    # --- open files ---
    def opened(self, fd, directory):
        if len(self.handles) == HANDLES_MAX:
            os.close(fd)
            return done(FAILURE)
        h = Handle(fd, directory)
        self.handles.add(h)
        return ("handle", h)

    def open(self, path, pflags, a):
        flags = os.O_RDONLY if not pflags & WRITE else os.O_RDWR if pflags & READ else os.O_WRONLY
        for bit, more in (APPEND, os.O_APPEND), (CREAT, os.O_CREAT), (TRUNC, os.O_TRUNC), (EXCL, os.O_EXCL):
            if pflags & bit: flags |= more
        mode = a.permissions & 0o7777 if a.flags & PERMISSIONS else 0o666
        return self.opened(os.open(self.path(path), flags | os.O_NONBLOCK, mode), False)

    def opendir(self, path):
        return self.opened(os.open(self.path(path), os.O_RDONLY | os.O_DIRECTORY), True)

    def close(self, h):
        os.close(self.handle(h))
        self.handles.discard(h)
        return done()

    def read(self, h, offset, n):
        data = os.pread(self.handle(h, False), min(n, DATA_MAX), signed(offset))
        return ("data", data) if data or n == 0 else done(EOF)

    def put(self, fd, offset, data):
        if offset > INT64_MAX: raise OSError(errno.EINVAL, "")
        os.lseek(fd, offset, os.SEEK_SET)
        while True:
            data = data[os.write(fd, data):]
            if not data: return

    def write(self, h, offset, data):
        self.put(self.handle(h, False), offset, data)
        return done()

    def fsync(self, h):
        os.fsync(self.handle(h))
        return done()

    def copy_data(self, source, at, n, target, to):
        fd, other, n = self.handle(source, False), self.handle(target, False), n or 2**64
        if os.path.samestat(os.fstat(fd), os.fstat(other)): return done(FAILURE)
        while n > 0:
            data = os.pread(fd, min(n, 65536), signed(at))
            if not data: break
            self.put(other, to, data)
            at, to, n = at + len(data), to + len(data), n - len(data)
        return done()

    # --- attributes ---
    def stat(self, path): return ("attributes", os.stat(self.path(path)))
    def lstat(self, path): return ("attributes", os.lstat(self.path(path)))
    def fstat(self, h): return ("attributes", os.fstat(self.handle(h)))

    def set(self, target, a, **follow):
        """Whatever fails, the rest is done; one of the failures is the answer."""
        codes = []
        def attempt(function, *args, **more):
            try: function(*args, **more)
            except OSError as e: codes.append(code_of(e.errno))
        if a.flags & SIZE: attempt(os.truncate, target, signed(a.size))
        if a.flags & PERMISSIONS:
            if follow and os.path.islink(target): codes.append(FAILURE) # no link has any
            else: attempt(os.chmod, target, a.permissions & 0o7777)
        if a.flags & ACMODTIME: attempt(os.utime, target, (a.atime, a.mtime), **follow)
        if a.flags & UIDGID:
            owner = [-1 if n == 2**32 - 1 else n for n in (a.uid, a.gid)]
            attempt(os.chown, target, *owner, **follow)
        return ("status", set(codes) or {OK})

    def setstat(self, path, a): return self.set(self.path(path), a)
    def fsetstat(self, h, a): return self.set(self.handle(h), a)
    def lsetstat(self, path, a):
        path = self.path(path)
        return done(BAD_MESSAGE) if a.flags & SIZE else self.set(path, a, follow_symlinks=False)

    # --- names ---
    def readdir(self, h):
        """All there are; how many of them come in one answer is the server's choice."""
        fd, listing = self.handle(h, True), {}
        if os.fstat(fd).st_nlink == 0: raise OSError(errno.ENOENT, "") # it was removed, which libc keeps to itself
        for name in [os.fsencode(n) for n in os.listdir(fd)] + [b".", b".."]:
            try: listing[name] = os.stat(name, dir_fd=fd, follow_symlinks=False)
            except OSError: pass
        h.listings.append(listing)
        return ("entries", h, len(h.listings))

    def simple(self, function, *paths):
        function(*[self.path(p) for p in paths])
        return done()

    def remove(self, path): return self.simple(os.unlink, path)
    def rmdir(self, path): return self.simple(os.rmdir, path)
    def posix_rename(self, old, new): return self.simple(os.rename, old, new)
    def symlink(self, target, path): return self.simple(os.symlink, target, path)
    def hardlink(self, old, new): return self.simple(lambda o, n: os.link(o, n, follow_symlinks=False), old, new)

    def mkdir(self, path, a):
        return self.simple(lambda p: os.mkdir(p, a.permissions & 0o7777 if a.flags & PERMISSIONS else 0o777), path)

    def rename(self, old, new):
        old, new = self.path(old), self.path(new)
        if all(os.path.lexists(p.rstrip(b"/")) for p in (old, new)): raise OSError(errno.EEXIST, "")
        os.rename(old, new)
        return done()

    def readlink(self, path): return ("name", os.readlink(self.path(path)))

    def walk(self, path):
        """All but the last component have to exist. Where the kernel finds the file, it has to agree."""
        at = b"" if path.startswith(b"/") else self.root
        left, links = path.split(b"/"), 0
        while left:
            name = left.pop(0)
            if name == b"..": at = at[:at.rfind(b"/")] if at else b""
            if name in (b"", b".", b".."): continue
            try: target = os.readlink(at + b"/" + name)
            except OSError as e:
                if e.errno != errno.EINVAL and (e.errno != errno.ENOENT or left): raise
                at += b"/" + name
                continue
            links += 1
            if links > LINKS_MAX: raise OSError(errno.ELOOP, "")
            if len(b"/".join([target] + left)) >= PATH_MAX: raise OSError(errno.ENAMETOOLONG, "")
            left = target.split(b"/") + left
            if target.startswith(b"/"): at = b""
        return at or b"/"

    def resolve(self, path):
        at = self.walk(path)
        try: fd = os.open(path, os.O_PATH)
        except OSError: return ("name", at)
        found = os.fsencode(os.readlink(f"/proc/self/fd/{fd}"))
        os.close(fd)
        assert found == at, f"the model itself is wrong: {path} is {found}, not {at}"
        return ("name", at)

    def realpath(self, path): return self.resolve(self.path(path))

    def home(self, user):
        try: return pwd.getpwnam(os.fsdecode(user)).pw_dir.encode()
        except KeyError: raise OSError(errno.ENOENT, "") from None

    def expand_path(self, path):
        path = self.path(path)
        user, slash, rest = path.partition(b"/")
        if user == b"~": path = b"." + slash + rest
        elif user.startswith(b"~"): path = self.home(user[1:]) + slash + rest
        return self.resolve(path)

    def home_directory(self, user):
        return self.resolve(b"." if user in (b"", b".") else self.home(user))

    # --- the rest ---
    def statvfs(self, path): return self.numbers(os.statvfs(self.path(path)))
    def fstatvfs(self, h): return self.numbers(os.fstatvfs(self.handle(h)))
    def numbers(self, v):
        """None for what others change meanwhile."""
        return ("numbers", [v.f_bsize, v.f_frsize, v.f_blocks, None, None, v.f_files, None, None, v.f_fsid, v.f_flag & 3, v.f_namemax])

    def limits(self): return ("numbers", [262144, DATA_MAX, DATA_MAX, HANDLES_MAX])

    def users_groups(self, users, groups):
        def name(look_up, n):
            try: return look_up(n)[0].encode()
            except KeyError: return b""
        return ("names", [[name(pwd.getpwuid, n) for n in users], [name(grp.getgrgid, n) for n in groups]])
