"""Whose the bytes of a program are.

Every byte of the file gets an owner, from the coarse to the fine: its section, the object that the linker's map
names for it, and, where that is what LTO made of all of ours, the source file: by the line table for code (what was
inlined goes to where it was written), by debug information and names for tables, by content for merged texts."""

import os
import re
import subprocess
from collections import Counter, defaultdict

import elf

CODE, TABLES = 0, 1
FUNCTION = elf.FUNC
# Sections that nobody wrote.
LOADER = ".gnu.hash .dynsym .dynstr .dynamic .got .got.plt .interp .init_array .fini_array .hash".split()
# Of what LTO makes of a function or of a variable, the end of its name.
MADE = re.compile(r"\.(constprop|isra|part|cold|lto_priv|localalias)\b|\.\d+$")


def plain(name):
    """A symbol's name as it was written."""
    return name[: MADE.search(name).start()] if MADE.search(name) else name


def of_library(origin):
    """(room, object) of what the linker's map names, or None where that is ours."""
    archive, _, member = origin.rstrip(")").partition("(")
    name = re.sub(r"^lib\w+_la-|^libcrypto-lib-|\.l?o$", "", (member or archive).rpartition("/")[2])
    for word, room in (("/libsodium-", "libsodium"), ("/musl-", "musl"), ("/openssl-", "libcrypto"), ("toybox", "toybox"),
                       ("/lib/gcc", "gcc"), ("libgcc", "gcc")):
        if word in archive:
            return room, f"{room}/{name}"
    if member or archive.startswith("/usr/lib"):
        room = re.sub(r"^lib|\.a$", "", archive.rpartition("/")[2]) if member else "libc"
        return room, f"{room}/{name}"
    return None


def room_of(file):
    return file.partition("/")[0] if "/" in file else file


class Homes:
    """Which source file a name or a text is from: the objects before LTO say so, and members of archives."""

    def __init__(self, folder, loaded, origins):
        self.names, self.texts, self.tables = defaultdict(Counter), {}, {}
        builds = os.path.join(os.path.dirname(folder), "")  # what several builds have in common is in a folder beside
        for path in loaded:
            if path.startswith(builds) and os.path.exists(path):
                source = path[len(builds) : -2].partition("/")[2]
                source = "musl/" + source[5:] if source.startswith("libc/") else source + ".c"
                self.learn(elf.Elf(elf.read(path)), source)
        for path in sorted({o.partition("(")[0] for o in origins if "(" in o}):
            if os.path.exists(path):
                self.archive(path, origins)

    def archive(self, path, origins):
        for name, data in elf.members(path):
            known = of_library(f"{path}({name})")
            if known and f"{path}({name})" in origins and data[:4] == b"\x7fELF":
                self.learn_texts(elf.Elf(data), known[1])

    def learn(self, object_, source):
        for symbol in object_.symbols():
            self.names[plain(symbol.name)][source] += symbol.size
        self.learn_texts(object_, source)
        for section in object_.sections:
            if section.name.startswith(".rodata"):
                for text in object_.bytes_of(section).split(b"\0"):
                    self.tables.setdefault(text, source)

    def learn_texts(self, object_, source):
        for section in object_.sections:
            if section.flags & 0x30 == 0x30 and section.entry == 1:
                for text in object_.bytes_of(section).split(b"\0"):
                    self.texts.setdefault(text, source)


def variables(debug):
    """{address: source file} of the variables that the debug information knows."""
    shown = subprocess.run(["readelf", "--debug-dump=info", "-W", debug], capture_output=True, text=True, errors="replace").stdout
    at, unit, tag, where, origin, units, found = 0, None, "", None, None, {}, []
    for line in shown.split("\n"):
        head = re.match(r"\s*<[0-9a-f]+><([0-9a-f]+)>: .*\((DW_TAG_\w+)\)", line)
        if head:
            if tag == "DW_TAG_variable" and where is not None:
                found.append((where, origin or at))
            at, tag, where, origin = int(head[1], 16), head[2], None, None
            units[at] = unit
        elif tag == "DW_TAG_compile_unit" and "DW_AT_name" in line:
            unit = line.rpartition(": ")[2].strip()
        elif tag == "DW_TAG_variable":
            place = re.search(r"DW_OP_addr: ([0-9a-f]+)\)$", line)
            if place and "DW_AT_location" in line:
                where = int(place[1], 16)
            elif "DW_AT_abstract_origin" in line or "DW_AT_specification" in line:
                origin = int(re.search(r"<0x([0-9a-f]+)>", line)[1], 16)
    return {address: units.get(die) for address, die in found}


class Map:
    """One linked program. `owner` has for each byte of the file the number of an owner in `owners`."""

    def __init__(self, folder, name):
        self.folder, self.full = folder, os.path.join(folder, name + ".full")
        self.elf = elf.Elf(elf.read(self.full))
        self.size = max(offset + size for offset, _, size in self.elf.loads())
        map_file = os.path.join(folder, name + ".map")
        self.pieces = list(elf.linker_map(map_file))
        self.homes = Homes(folder, elf.linker_loads(map_file), {p.origin for p in self.pieces if p.origin})
        lines = any(s.name == ".debug_line" for s in self.elf.sections)
        self.owners, self.numbers = [], {}
        self.owner = [self.number("padding", "padding", TABLES)] * self.size
        self.symbols = self.distinct()
        self.paint_sections()
        self.paint_pieces()
        self.paint_ours(lines)

    def number(self, room, file, kind):
        key = (room, file, kind)
        if key not in self.numbers:
            self.numbers[key] = len(self.owners)
            self.owners.append(key)
        return self.numbers[key]

    def offset(self, address):
        for section in self.elf.sections:
            if section.in_file() and section.address <= address < section.address + section.size:
                return section.offset + address - section.address
        return None

    def paint(self, offset, size, owner):
        self.owner[offset : offset + size] = [owner] * min(size, self.size - offset)

    def distinct(self):
        """Symbols in the file, one for each place: of several names the one that says most."""
        best = {}
        for symbol in self.elf.symbols():
            if symbol.section.in_file() and symbol.size:
                key = symbol.address
                if key not in best or (symbol.size, symbol.name) > (best[key].size, best[key].name):
                    best[key] = symbol
        return [best[a] for a in sorted(best)]

    def paint_sections(self):
        loaded = [s for s in self.elf.sections if s.in_file()]
        self.paint(0, self.elf.phoff + self.elf.phnum * self.elf.phentsize, self.number("headers", "headers", TABLES))
        for section in loaded:
            what = None
            if section.name.startswith(".rel"):
                what = "relocations"
            elif section.name in LOADER:
                what = "loader's tables"
            elif section.name.startswith(".eh_frame"):
                what = "unwind tables"
            elif section.name == ".box":
                what = "packed shell"
            elif section.flags & 4 and section.name != ".text":
                what = "gcc"
            if what:
                self.paint(section.offset, section.size, self.number(what, what, TABLES))

    def paint_pieces(self):
        self.ours, self.strings = [], []
        named = {self.number(w, w, TABLES) for w in ("relocations", "loader's tables", "unwind tables", "packed shell")}
        for piece in self.pieces:
            offset = self.offset(piece.address)
            if offset is None or self.owner[offset] in named or piece.origin is None:
                continue
            kind = CODE if piece.section.startswith((".text", ".init", ".fini")) else TABLES
            known = of_library(piece.origin)
            if re.search(r"\.str\d+\.\d+$", piece.section):
                self.strings.append((offset, piece.size, known))
            elif known:
                self.paint(offset, piece.size, self.number(*known, kind))
            else:
                self.ours.append((offset, piece, kind))

    def paint_ours(self, lines):
        places = variables(self.full) if lines else {}
        for offset, piece, kind in self.ours:
            self.paint(offset, piece.size, self.by_path(piece.origin, kind) or self.by_name(piece.name(), kind))
        for symbol in self.symbols:
            offset = self.offset(symbol.address)
            kind = CODE if symbol.kind == elf.FUNC else TABLES
            if self.owners[self.owner[offset]][0] in ("ours", "several"):
                place = self.by_place(places.get(symbol.address), kind)
                self.paint(offset, symbol.size, self.by_name(symbol.name, kind, symbol.size) if place is None else place)
        if lines:
            self.paint_lines()
        self.paint_switches()
        for offset, size, known in sorted(self.strings, key=lambda s: s[0]):
            self.paint_texts(offset, size, known)
        self.paint_rest()

    def by_path(self, origin, kind):
        """The owner of an object's own, where it was not linked with LTO; None where it was."""
        if not origin.startswith(self.folder + "/"):
            return None
        file = origin[len(self.folder) + 1 : -2] + ".c"
        return self.number(room_of(file), file, kind)

    def by_place(self, path, kind):
        """The owner of what was written in that file; None where that is not one of ours."""
        if not path or "<artificial>" in path or "?" in path:
            return None
        path = os.path.relpath(path) if path.startswith("/") else os.path.normpath(path)
        if "/compact/" in path:
            return self.number("musl", "musl/" + path.rpartition("/")[2][:-2], kind)
        return None if path.startswith("..") else self.number(room_of(path), path, kind)

    def by_name(self, name, kind, size=None):
        """Of several that have that name the only one of that size; else their room, or nobody in particular."""
        homes = self.homes.names.get(plain(name)) if name else None
        if not homes:
            return self.number("ours", "ours", kind)
        homes = {file: had for file, had in homes.items() if had == size} or homes
        rooms = {room_of(file) for file in homes}
        if len(homes) == 1:
            return self.number(*rooms, *homes, kind)
        return self.number(rooms.pop() if len(rooms) == 1 else "several", "several", kind)

    def paint_lines(self):
        """Code, by the line table; what has none (made by LTO itself) stays with its function."""
        wanted = []
        for offset, piece, kind in self.ours:
            if kind == CODE:
                wanted += [(offset + i, piece.address + i) for i in range(piece.size)]
        tool = os.environ.get("ADDR2LINE", "addr2line")
        asked = "".join(f"{address:#x}\n" for _, address in wanted)
        told = subprocess.run([tool, "-e", self.full], input=asked, capture_output=True, text=True, check=True).stdout.split("\n")
        for (offset, _), line in zip(wanted, told):
            owner = self.by_place(line.rpartition(":")[0], CODE)
            if owner is not None:
                self.owner[offset] = owner

    def paint_switches(self):
        """A switch's table is in a section that has its function's name."""
        functions = {s.name: self.owners[self.owner[self.offset(s.address)]] for s in self.symbols if s.kind == elf.FUNC}
        tables = {s.address for s in self.symbols if s.kind == elf.OBJECT}
        for offset, piece, kind in self.ours:
            if kind == TABLES and piece.address not in tables and piece.name() in functions:
                room, file, _ = functions[piece.name()]
                self.paint(offset, piece.size, self.number(room, file, TABLES))

    def paint_texts(self, offset, size, known):
        data = self.elf.data[offset : offset + size]
        for text in data.split(b"\0"):
            source = self.homes.texts.get(text) if text else None
            room, file = (room_of(source), source) if source else known or ("texts", "texts")
            self.paint(offset, min(len(text) + 1, size), self.number(room, file, TABLES))
            offset, size = offset + len(text) + 1, size - len(text) - 1
            if size <= 0:
                break

    def paint_rest(self):
        """What no symbol and no line names: long constants, told by their content; what is left is nameless."""
        ours = {number for number, owner in enumerate(self.owners) if owner[0] == "ours"}
        owner, at = None, 0
        while at < self.size:
            if self.owner[at] not in ours:
                owner, at = None, at + 1
                continue
            kind, end = self.owners[self.owner[at]][2], self.elf.data.find(b"\0", at, self.size)
            text = self.elf.data[at:end]
            if text in self.homes.tables and (owner is None or len(text) > 3):
                source = self.homes.tables[text]
                owner = self.number(room_of(source), source, kind)
            size = 1
            while size <= len(text) and self.owner[at + size] in ours:
                size += 1
            self.paint(at, size, self.number("nameless", "nameless", kind) if owner is None else owner)
            at += size

    def owner_of(self, symbol):
        return self.owners[self.owner[self.offset(symbol.address)]]

    def is_content_of(self, file):
        """The file's bytes are these, but for what of the ELF header tells of sections."""
        head = 64 if self.elf.wide else 52
        return file[head : self.size] == self.elf.data[head : self.size]

    def take_rest(self, size):
        """What the file has behind the last segment."""
        if size > self.size:
            self.owner += [self.number("sections", "sections", TABLES)] * (size - self.size)
            self.size = size

    def totals(self, column):
        """{name: [code, tables]} by room (0) or file (1)."""
        sums = defaultdict(lambda: [0, 0])
        for number, count in Counter(self.owner).items():
            sums[self.owners[number][column]][self.owners[number][2]] += count
        assert sum(map(sum, sums.values())) == self.size
        return sums
