"""What a map of a program needs of its files: sections, symbols, archives, and the linker's -Map."""

import re
import struct

NOTE, NOBITS, ALLOC = 7, 8, 2
FUNC, OBJECT = 2, 1


class Section:
    def __init__(self, name, kind, flags, address, offset, size, link, entry):
        self.name, self.kind, self.flags, self.address, self.offset = name, kind, flags, address, offset
        self.size, self.link, self.entry = size, link, entry

    def in_file(self):
        """Loaded, and has bytes in the file."""
        return self.flags & ALLOC and self.kind != NOBITS and self.size


class Symbol:
    def __init__(self, name, address, size, kind, section):
        self.name, self.address, self.size, self.kind, self.section = name, address, size, kind, section


class Elf:
    """An ELF file or object of any CPU, as its bytes."""

    def __init__(self, data):
        self.data = data
        self.wide, self.order = data[4] == 2, "<" if data[5] == 1 else ">"
        if self.wide:
            (self.phoff, self.shoff), (self.phentsize, self.phnum, shentsize, shnum, names) = self.get("QQ", 32), self.get("5H", 54)
            layout = "IIQQQQIIQQ"
        else:
            (self.phoff, self.shoff), (self.phentsize, self.phnum, shentsize, shnum, names) = self.get("II", 28), self.get("5H", 42)
            layout = "10I"
        heads = [self.get(layout, self.shoff + i * shentsize) for i in range(shnum)] if self.shoff else []
        at = heads[names][4] if heads else 0
        self.sections = [Section(self.text(at + h[0]), h[1], h[2], h[3], h[4], h[5], h[6], h[9]) for h in heads]

    def get(self, layout, offset):
        return struct.unpack_from(self.order + layout, self.data, offset)

    def text(self, offset):
        return self.data[offset : self.data.index(b"\0", offset)].decode("utf-8", "replace")

    def bytes_of(self, section):
        return b"" if section.kind == NOBITS else self.data[section.offset : section.offset + section.size]

    def loads(self):
        """(offset, address, bytes in the file) of each segment."""
        for i in range(self.phnum):
            at = self.phoff + i * self.phentsize
            if self.get("I", at)[0] == 1:
                yield self.get("QQQQ", at + 8)[:2] + self.get("Q", at + 32) if self.wide else self.get("II", at + 4) + self.get("I", at + 16)

    def symbols(self):
        for table in self.sections:
            if table.kind != 2:
                continue
            names = self.sections[table.link].offset
            for at in range(table.offset, table.offset + table.size, table.entry):
                if self.wide:
                    name, info, _, section, address, size = self.get("IBBHQQ", at)
                else:
                    name, address, size, info, _, section = self.get("IIIBBH", at)
                if section and section < 0xFF00 and info & 15 in (FUNC, OBJECT):
                    yield Symbol(self.text(names + name), address, size, info & 15, self.sections[section])


def read(path):
    with open(path, "rb") as file:
        return file.read()


def members(path):
    """(name, bytes) of each object of an archive; of an object, itself."""
    data = read(path)
    if data[:8] != b"!<arch>\n":
        yield path.rpartition("/")[2], data
        return
    at, long_names = 8, b""
    while at + 60 <= len(data):
        name, size = data[at : at + 16].decode().rstrip(), int(data[at + 48 : at + 58])
        body = data[at + 60 : at + 60 + size]
        at += 60 + size + size % 2
        if name == "//":
            long_names = body
        elif name not in ("/", "/SYM64/"):
            if name[0] == "/":
                start = int(name[1:])
                name = long_names[start : long_names.index(b"\n", start)].decode()
            yield name.rstrip("/"), body


class Piece:
    """A line of the linker's map: what one object gave to one section."""

    def __init__(self, section, address, size, origin):
        self.section, self.address, self.size, self.origin = section, address, size, origin

    def name(self):
        """The symbol that a section of its own was made for."""
        return re.sub(r"^\.(text|rodata|data\.rel\.ro|data)(\.local)?\.?", "", self.section)


def linker_map(path):
    """Pieces of GNU ld's -Map; that of padding has the origin None."""
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read().partition("Linker script and memory map")[2]
    # A long name stands on a line of its own.
    text = re.sub(r"\n( \S+)\n\s+0x", r"\n\1 0x", text)
    for line in text.split("\n"):
        found = re.match(r" (\.\S+|COMMON|\*fill\*)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)(?: (\S.*))?", line)
        if found and int(found[3], 16) and not found[1].startswith((".debug", ".comment", ".note")):
            origin = None if found[1] == "*fill*" else found[4]
            if origin is not None or found[1] == "*fill*":
                yield Piece(found[1], int(found[2], 16), int(found[3], 16), origin)


def linker_loads(path):
    """The files that the linker was given."""
    with open(path, encoding="utf-8", errors="replace") as file:
        return [line[5:].rstrip("\n") for line in file if line.startswith("LOAD ")]
