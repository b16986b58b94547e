#!/usr/bin/env python3
"""The map of a build, its symbols, and what grew (bench/size/map.sh says how it is called)."""

import os
import sys
from collections import defaultdict

import elf
from owners import FUNCTION, Map, plain

SERVER, SHELL = "nano_ssh_server", "nano_sh"
# Smaller symbols are recorded together: what LTO inlines today is a symbol tomorrow.
RECORDED = 24


def die(why):
    sys.exit(f"bench/size/map.sh: {why}")


def load(folder, name=SERVER):
    """The map of a program, which must be what the debug information is of."""
    for end in ("", ".full", ".map"):
        if not os.path.exists(f"{folder}/{name}{end}"):
            die(f"{folder}/{name}{end} is missing (make builds it)")
    found, file = Map(folder, name), elf.read(f"{folder}/{name}")
    if not found.is_content_of(file):
        die(f"{folder}/{name} is not what its .full is without symbols")
    found.take_rest(len(file))
    return found


# --- the map -------------------------------------------------------------------------------------------

def table(title, sums, packed=None):
    """Prints names with their code and tables, the largest first; the last line is the sum."""
    whole = sum(map(sum, sums.values()))
    print(f"{title:44}{'code':>9}{'tables':>9}{'bytes':>9}" + ("" if packed is None else f"{'packed':>9}"))
    for name, (code, tables) in ranked(sums):
        share = "" if packed is None else f"{round((code + tables) * packed / whole):9}"
        print(f"  {name:42}{code:9}{tables:9}{code + tables:9}{share}")
    total = [sum(s[i] for s in sums.values()) for i in (0, 1)]
    print(f"  {'all':42}{total[0]:9}{total[1]:9}{whole:9}" + ("" if packed is None else f"{packed:9}") + "\n")


def ranked(sums):
    return sorted(sums.items(), key=lambda item: (-sum(item[1]), item[0]))


def write_tsv(path, sums):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write("name\tcode\ttables\n")
        for name, (code, tables) in ranked(sums):
            file.write(f"{name}\t{code}\t{tables}\n")


def show_map(folder, out, symbols):
    """Everything about one build, as text and as tables in the folder `out`."""
    server = load(folder)
    print(f"{folder}/{SERVER}: {server.size} bytes\n")
    table("room", server.totals(0))
    table("file, object", server.totals(1))
    write_tsv(f"{out}/map-rooms.tsv", server.totals(0))
    write_tsv(f"{out}/map-objects.tsv", server.totals(1))
    shown = [(SERVER, server)]
    if os.path.exists(f"{folder}/{SHELL}.full") and "packed shell" in server.totals(0):
        shell, packed = load(folder, SHELL), server.totals(0)["packed shell"][1]
        print(f"{folder}/{SHELL}, which it carries: {shell.size} bytes, packed {packed}\n")
        table("room", shell.totals(0), packed)
        table("file, object", shell.totals(1), packed)
        write_tsv(f"{out}/map-shell-rooms.tsv", shell.totals(0))
        write_tsv(f"{out}/map-shell-objects.tsv", shell.totals(1))
        shown.append((SHELL, shell))
    for name, program in shown:
        show_largest(name, program, symbols)


def show_largest(name, program, count):
    if count:
        print(f"the largest symbols of {name}")
        for symbol in sorted(program.symbols, key=lambda s: (-s.size, s.name))[:count]:
            kind = "code" if symbol.kind == FUNCTION else "table"
            print(f"  {symbol.size:7} {kind:6} {symbol.name:44} {program.owner_of(symbol)[1]}")
        print()


# --- symbols, recorded and compared ----------------------------------------------------------------------

def symbols_of(program):
    """{(room, name): bytes}. All of the program: what has no symbol is one of its room, named in brackets."""
    sums, named = defaultdict(int), bytearray(program.size)
    for symbol in program.symbols:
        start = program.offset(symbol.address)
        size = named.count(0, start, start + symbol.size)
        named[start : start + symbol.size] = b"\1" * symbol.size
        room = program.owner_of(symbol)[0]
        sums[room, plain(symbol.name) if symbol.size >= RECORDED else "(small)"] += size
    for offset, owner in enumerate(program.owner):
        if not named[offset]:
            sums[program.owners[owner][0], "(texts)"] += 1
    assert sum(sums.values()) == program.size
    return dict(sums)


def read_symbols(path):
    """Those of a record, or of the server in a folder; FOLDER/nano_sh is the shell in it."""
    if os.path.isdir(path):
        return symbols_of(load(path))
    if os.path.basename(path) in (SERVER, SHELL) and os.path.exists(path + ".full"):
        return symbols_of(load(os.path.dirname(path), os.path.basename(path)))
    with open(path, encoding="utf-8") as file:
        rows = [line.rstrip("\n").split(" ", 2) for line in file if not line.startswith("#")]
    return {(room, name): int(size) for size, room, name in rows}


def record(path):
    print("# bytes, room and name of each symbol (make size-record)")
    for (room, name), size in sorted(read_symbols(path).items()):
        print(size, room.replace(" ", "-"), name)


def compare(old, new, most=60):
    """Prints what is larger, smaller, new and gone, the largest change first, and the sum of each room."""
    old, new = ({(room.replace(" ", "-"), name): size for (room, name), size in s.items()} for s in (old, new))
    changes = [(new.get(key, 0) - old.get(key, 0), key) for key in old.keys() | new.keys()]
    changes = sorted((c for c in changes if c[0]), key=lambda c: (-abs(c[0]), c[1]))
    rooms = defaultdict(int)
    for change, key in changes:
        rooms[key[0]] += change
    for change, key in changes[:most]:
        word = "new" if key not in old else "gone" if key not in new else f"{old[key]} to {new[key]}"
        print(f"{change:+8} {key[1]:44} {key[0]:14} {word}")
    if len(changes) > most:
        print(f"{sum(c for c, _ in changes[most:]):+8} {len(changes) - most} others")
    for room, change in sorted(rooms.items(), key=lambda r: (-abs(r[1]), r[0])):
        print(f"{change:+8} room {room}")
    print(f"{sum(rooms.values()):+8} all: {sum(old.values())} to {sum(new.values())}")


def main(arguments):
    if arguments[:1] == ["--record"] and len(arguments) == 2:
        record(arguments[1])
    elif arguments[:1] == ["--diff"] and len(arguments) == 3:
        compare(*map(read_symbols, arguments[1:]))
    elif len(arguments) == 2 and arguments[0][0] != "-":
        show_map(*arguments, int(os.environ.get("SYMBOLS") or 0))
    else:
        die("usage: FOLDER OUT | --record PROGRAM | --diff OLD NEW")


main(sys.argv[1:])
