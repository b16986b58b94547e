"""SFTP version 3 as bytes, and how a test says that something is wrong."""
import struct
from mirror import ACMODTIME, PERMISSIONS, SIZE, UIDGID, Attributes

(INIT, VERSION, OPEN, CLOSE, READ_, WRITE_, LSTAT, FSTAT, SETSTAT, FSETSTAT, OPENDIR, READDIR, REMOVE, MKDIR, RMDIR, REALPATH,
 STAT, RENAME, READLINK, SYMLINK) = range(1, 21)
STATUS, HANDLE, DATA, NAME, ATTRS, EXTENDED, EXTENDED_REPLY = 101, 102, 103, 104, 105, 200, 201

def u32(n): return struct.pack(">I", n)
def u64(n): return struct.pack(">Q", n)
def s(b): return u32(len(b)) + b

def attributes(a):
    out = u32(a.flags)
    if a.flags & SIZE: out += u64(a.size)
    if a.flags & UIDGID: out += u32(a.uid) + u32(a.gid)
    if a.flags & PERMISSIONS: out += u32(a.permissions)
    if a.flags & ACMODTIME: out += u32(a.atime) + u32(a.mtime)
    return out

class Mismatch(Exception): pass

def expect(good, what):
    if not good: raise Mismatch(what)

class Reader:
    def __init__(self, data): self.data, self.at = data, 0
    def bytes(self, n):
        self.at += n
        expect(self.at <= len(self.data), "an answer that is too short")
        return self.data[self.at - n:self.at]
    def u32(self): return struct.unpack(">I", self.bytes(4))[0]
    def u64(self): return struct.unpack(">Q", self.bytes(8))[0]
    def string(self): return self.bytes(self.u32())
    def attributes(self):
        expect(self.u32() == 15, "not all attributes")
        return Attributes(15, self.u64(), self.u32(), self.u32(), self.u32(), self.u32(), self.u32())
