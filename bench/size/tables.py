"""Tables of build/size/, tab separated with one line of names, read strictly: who reads a broken one says so."""
import os
import sys

ROWS = "name command file text rodata data bss pss start login bulk note".split()
COLUMNS = {
    "rows": ROWS,
    "peers": ROWS,
    "features": ["feature", "group", "bytes"],
    "map-rooms": ["name", "code", "tables"],
    "map-objects": ["name", "code", "tables"],
    "techniques": ["technique", "kept", "bytes", "remark"],
    "groups": ["group", "name"],
    "left-out": ["name", "why"],
    "versions": ["what", "version"],
    "matrix": None,  # feature, and a column for each program
}
NUMBERS = {"file", "text", "rodata", "data", "bss", "pss", "start", "login", "bulk", "bytes", "code", "tables"}


def fail(why):
    sys.exit("bench/size: " + why)


def check(where, column, value):
    if column in NUMBERS and value != "-":
        try:
            float(value)
        except ValueError:
            fail("%s: %s is '%s', not a number" % (where, column, value))
    if column in ("name", "feature", "file", "bytes") and value in ("", "-"):
        fail("%s: there is no %s" % (where, column))


def read(folder, name):
    """A list of dictionaries, or None where there is no such table."""
    path = os.path.join(folder, name + ".tsv")
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as f:
        lines = f.read().splitlines()
    if not lines:
        fail("%s is empty" % path)
    head = lines[0].split("\t")
    if COLUMNS[name] is not None and head != COLUMNS[name]:
        fail("%s: the first line should be %s" % (path, " ".join(COLUMNS[name])))
    rows = []
    for number, line in enumerate(lines[1:], 2):
        fields = line.split("\t")
        if len(fields) != len(head):
            fail("%s:%d: %d columns, not %d" % (path, number, len(fields), len(head)))
        for column, value in zip(head, fields):
            check("%s:%d" % (path, number), column, value)
        rows.append(dict(zip(head, fields)))
    return rows


def thousands(value):
    """12,345; as it is where it is no whole number."""
    return "{:,}".format(int(value)) if value.lstrip("-").isdigit() else value
