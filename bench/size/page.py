#!/usr/bin/env python3
"""SIZE_COMPARISON.md from the tables that there are, on standard output:

    bench/size/page.py bench/size/page.md.in build/size

A line {WHAT ARGUMENT…} of the template stands for a table, a picture or a remark. No dates, no names of machines."""
import os
import sys

import tables

HERE = os.path.dirname(os.path.abspath(__file__))
NUMBERS = ["file", "text", "rodata", "data", "bss", "pss", "start", "login", "bulk"]


def missing(name, how):
    return "*Not there yet: `%s` makes it (build/size/%s.tsv).*" % (how, name)


def markdown(head, rows, right=()):
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join("--:" if at in right else "---" for at in range(len(head))) + "|"]
    return "\n".join(lines + ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows])


class Page:
    def __init__(self, folder):
        self.folder = folder
        self.rows = self.table("rows")
        if not self.rows:
            tables.fail("%s/rows.tsv has no row: make size-report" % folder)
        self.by_name = {row["name"]: row for row in self.rows}

    def table(self, name):
        return tables.read(self.folder, name)

    def measured(self, rows, with_command):
        """Only the columns in which there is something."""
        columns = [c for c in NUMBERS if c == "file" or any(row[c] != "-" for row in rows)]
        head = ["build"] + columns + (["command"] if with_command else [])
        notes = any(row["note"] != "-" for row in rows)
        head += ["note"] if notes else []
        out = []
        for row in rows:
            cells = [row["name"]] + [tables.thousands(row[c]) for c in columns]
            cells += ["`%s`" % row["command"]] if with_command else []
            cells += [row["note"].replace("-", "", 1) if row["note"] == "-" else row["note"]] if notes else []
            out.append(cells)
        return markdown(head, out, range(1, len(columns) + 1))

    def do_rows(self, group):
        names = [row["name"] for row in self.table("groups") or [] if row["group"] == group]
        rows = [self.by_name[name] for name in names if name in self.by_name]
        if rows and group != "profile" and group != "cpu":
            rows = [row for row in self.rows[:1] if row not in rows] + rows
        return self.measured(rows, True) if rows else "*None in this run.*"

    def do_targets(self):
        out = []
        with open(os.path.join(HERE, "targets"), encoding="utf-8") as f:
            for line in f:
                name, _, most = (part.strip() for part in line.partition("|"))
                if not name or name.startswith("#"):
                    continue
                row = self.by_name.get(name)
                over = int(row["file"]) - int(most) if row else 0
                verdict = "not built" if not row else "reached" if over <= 0 else "{:,} more ({:.0f} %)".format(over, 100 * over / int(most))
                out.append([name, tables.thousands(most), tables.thousands(row["file"]) if row else "-", verdict])
        return markdown(["build", "at most", "is", ""], out, (1, 2))

    def do_versions(self):
        rows = [row for row in self.table("versions") or [] if row["what"] != "noise"]
        return "Made with " + ", ".join(row["what"] + " " + row["version"] for row in rows if row["what"] != "CPU") + "." if rows else ""

    def do_noise(self):
        noisy = any(row["what"] == "noise" for row in self.table("versions") or [])
        return "**Times are rough: other programs were running while these were taken. Sizes are exact.**" if noisy else ""

    def do_left_out(self):
        rows = self.table("left-out")
        return "Not in this run: " + "; ".join("%s (%s)" % (row["name"], row["why"]) for row in rows) + "." if rows else ""

    def do_peers(self):
        rows = self.table("peers")
        return self.measured(self.rows[:1] + rows, False) if rows else missing("peers", "make size-peers")

    def do_matrix(self):
        rows = self.table("matrix")
        return markdown(list(rows[0]), [list(row.values()) for row in rows]) if rows else missing("matrix", "make size-peers")

    def do_features(self):
        rows = self.table("features")
        if not rows:
            return missing("features", "make size-features")
        rows = sorted(rows, key=lambda row: (row["group"], -int(row["bytes"]), row["feature"]))
        return markdown(["group", "feature", "bytes"], [[row["group"], row["feature"], tables.thousands(row["bytes"])] for row in rows], (2,))

    def do_techniques(self, kept):
        rows = self.table("techniques")
        if not rows:
            return missing("techniques", "make size-techniques") if kept == "yes" else ""
        rows = [row for row in rows if row["kept"] == kept]
        return markdown(["technique", "saves", "what it is"], [[row["technique"], tables.thousands(row["bytes"]), row["remark"]] for row in rows], (1,))

    def do_map(self, name):
        rows = self.table(name)
        if not rows:
            return missing(name, "make size-map")
        rows = [[row["name"]] + [tables.thousands(row[c]) for c in ("code", "tables")] +
                [tables.thousands(str(int(row["code"]) + int(row["tables"])))] for row in rows]
        return markdown(["room or library", "code", "tables", "together"], rows, (1, 2, 3))

    def do_picture(self, name, *title):
        needs = {"size-features": "features", "size-map": "map-rooms"}.get(name, "rows")
        return "![%s](docs/%s.svg)" % (" ".join(title), name) if self.table(needs) else ""


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: bench/size/page.py TEMPLATE TABLES")
    page = Page(sys.argv[2])
    out = []
    with open(sys.argv[1], encoding="utf-8") as f:
        for line in f.read().splitlines():
            if line.startswith("{") and line.endswith("}"):
                what, *arguments = line[1:-1].split(" ")
                line = getattr(page, "do_" + what.replace("-", "_"))(*arguments)
                if not line and out and not out[-1]:  # nothing, and one blank line for it
                    out.pop()
            out.append(line)
    print("\n".join(out))


main()
