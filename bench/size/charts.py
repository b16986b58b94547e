#!/usr/bin/env python3
"""The pictures of SIZE_COMPARISON.md, drawn by gnuplot from the tables that there are:

    bench/size/charts.py build/size docs

The ground is transparent and every colour of middle brightness, so that they can be read on white and on black. The same
tables make the same bytes."""
import re
import subprocess
import sys

import tables

INK, GRID = "#757f89", "#8b949e"
CODE, CONSTANTS, DATA = "#2f81d6", "#58a6a0", "#b08500"
OTHERS = ["#c2603c", "#d29a6a", "#b08500"]
WHOLE = "#8b949e"
WIDTH, BAR, MARGIN = 900, 19, 110
LONGEST = 3  # times the first bar: longer ones are cut off, their numbers tell
TERMINAL = """set terminal svg size %d,%d dynamic font 'sans-serif,12'
set border 0
set tics scale 0 textcolor rgb '""" + INK + """'
set key textcolor rgb '""" + INK + """'
set title tc rgb '""" + INK + """'
set xlabel tc rgb '""" + INK + """'
set ylabel tc rgb '""" + INK + """'
"""


def quoted(text):
    return '"%s"' % text.replace("\\", "\\\\").replace('"', '\\"')


def draw(path, width, height, script, title):
    script = TERMINAL % (width, height) + "set title %s noenhanced\n" % quoted(title) + script
    done = subprocess.run(["gnuplot"], input=script, text=True, capture_output=True)
    if done.returncode != 0 or "</svg>" not in done.stdout:
        tables.fail("gnuplot: " + done.stderr.strip())
    svg = re.sub(r"<desc>.*?</desc>\s*", "", done.stdout, flags=re.S)
    svg = svg.replace("<title>Gnuplot</title>", "<title>%s</title>" % title)
    svg = "\n".join(line.rstrip() for line in svg.splitlines() if line.strip()) + "\n"
    with open(path, "w", encoding="utf-8") as f:
        f.write(svg)
    print(path)


def bars(path, title, rows, legend, limit=None):
    """rows: label, list of (size, colour) one behind the other, text at the end; or None for a gap. legend: (name, colour)"""
    limit = limit or max(sum(size for size, _ in row[1]) for row in rows if row)
    colours = {}
    for at, row in enumerate(rows):
        begin = 0
        for size, colour in row[1] if row else []:
            end = min(begin + size, limit)
            if end > begin:
                colours.setdefault(colour, []).append("%d %d %d %d %.2f %.2f" % (begin, at, begin, end, at - 0.36, at + 0.36))
            begin = end
    out = ["set yrange [%d.5:-0.7]" % (len(rows) - 1), "set xrange [0:%d]" % (limit * 1.16), "set lmargin 40", "set rmargin 2",
           "set ytics (%s) noenhanced" % ", ".join("%s %d" % (quoted(row[0]), at) for at, row in enumerate(rows) if row),
           "set grid xtics lc rgb '%s' lw 0.4 dt 3" % GRID, "set style fill solid 1 noborder", "set format x '%.0s %c'",
           "set key top right outside horizontal" if legend else "unset key"]
    for at, row in enumerate(rows):
        if row:
            total = min(sum(size for size, _ in row[1]), limit)
            cut = "▸ " if sum(size for size, _ in row[1]) > limit else ""
            out.append("set label %s at %d,%d left offset 0.6,0 noenhanced tc rgb '%s'" % (quoted(cut + row[2]), total, at, INK))
    names = {colour: name for name, colour in legend}
    order = [colour for _, colour in legend if colour in colours]
    colours = {colour: colours[colour] for colour in order + [c for c in colours if c not in order]}
    for number, (colour, lines) in enumerate(colours.items()):
        out.append("$d%d << EOD\n%s\nEOD" % (number, "\n".join(lines)))
    plots = ["$d%d using 1:2:3:4:5:6 with boxxyerror lc rgb '%s' %s" % (
        number, colour, "title " + quoted(names[colour]) if colour in names else "notitle") for number, colour in enumerate(colours)]
    draw(path, WIDTH, MARGIN + BAR * len(rows), "\n".join(out) + "\nplot " + ", ".join(plots) + "\n", title)


def parts(row, colours):
    """What a file is made of; as a whole where that is not known."""
    if "-" in (row["text"], row["rodata"], row["data"]):
        return [(int(row["file"]), WHOLE)]
    sizes = [int(row[key]) for key in ("text", "rodata", "data")]
    return list(zip(sizes, colours)) + [(max(0, int(row["file"]) - sum(sizes)), WHOLE)]


def builds(path, title, ours, others, first):
    rows = [(int(row["file"]), (row["name"], parts(row, colours), tables.thousands(row["file"])))
            for group, colours in ((ours, [CODE, CONSTANTS, DATA]), (others, OTHERS)) for row in group]
    rows = [row for _, row in sorted(rows, key=lambda pair: (pair[0], pair[1][0]))]
    legend = [("code", CODE), ("constants, packed shell", CONSTANTS), ("data", DATA), ("the rest", WHOLE)]
    legend += [("others: code", OTHERS[0]), ("constants", OTHERS[1])] if others else []
    bars(path, title, rows, legend, min(LONGEST * first, max(sum(s for s, _ in row[1]) for row in rows)))


def feature_costs(path, features):
    groups = sorted({row["group"] for row in features})
    palette = [CODE, CONSTANTS, DATA, OTHERS[0], "#8957e5", "#bf4b8a", "#57943f", "#7d8590"]
    colour = {group: palette[at % len(palette)] for at, group in enumerate(groups)}
    rows = sorted(features, key=lambda row: (-int(row["bytes"]), row["feature"]))
    rows = [row for row in rows if int(row["bytes"]) > 0][:45]
    bars(path, "What a feature costs: bytes of the file that go with it",
         [(row["feature"], [(int(row["bytes"]), colour[row["group"]])], tables.thousands(row["bytes"])) for row in rows],
         [(group, colour[group]) for group in groups])


def places(path, rooms, objects):
    rows = []
    for table, most in ((rooms, 30), (objects, 25)):
        table = sorted(table or [], key=lambda row: (-int(row["code"]) - int(row["tables"]), row["name"]))[:most]
        rows += [None] if rows and table else []
        rows += [(row["name"], [(int(row["code"]), CODE), (int(row["tables"]), CONSTANTS)],
                  tables.thousands(str(int(row["code"]) + int(row["tables"])))) for row in table]
    bars(path, "Where the bytes are: rooms and libraries, then the largest objects", rows, [("code", CODE), ("tables", CONSTANTS)])


def speed(path, ours, others):
    """Points; their names in a column at the right, pushed apart, each with a line to its point."""
    points = [(float(row["bulk"]), int(row["file"]), row["name"], colour) for group, colour in ((ours, CODE), (others, OTHERS[0]))
              for row in group if row["bulk"] != "-"]
    if not points:
        return
    points.sort(key=lambda p: (p[0], -p[1], p[2]))
    top, least, most = max(p[0] for p in points) * 1.08, min(p[1] for p in points) * 0.8, max(p[1] for p in points) * 1.15
    height = max(420, 17 * len(points) + MARGIN)
    step, label_at, out = top * 17 / (height - 80), most * 1.35, []
    ys = [p[0] for p in points]
    for at in range(1, len(ys)):
        ys[at] = max(ys[at], ys[at - 1] + step)
    excess = max(0, ys[-1] - top)
    for at in range(len(ys) - 1, -1, -1):  # back down, as far as those below leave room
        ys[at] = min(ys[at] - (excess if at == len(ys) - 1 else 0), ys[at + 1] - step if at + 1 < len(ys) else ys[at])
    for (bulk, size, name, colour), y in zip(points, ys):
        out.append("set arrow from %d,%.3f to %d,%.3f nohead lw 0.5 lc rgb '%s'" % (size, bulk, label_at * 0.98, y, GRID))
        out.append("set label %s at %d,%.3f left noenhanced tc rgb '%s'" % (quoted("%s  %s" % (name, tables.thousands(str(size)))), label_at, y, INK))
    for name, colour in (("ours", CODE), ("others", OTHERS[0])):
        out.append("$%s << EOD\n%s\nEOD" % (name, "\n".join("%d %.3f" % (p[1], p[0]) for p in points if p[3] == colour) or "NaN NaN"))
    out += ["set logscale x 2", "set xrange [%d:%d]" % (least, most), "set yrange [0:%.3f]" % top, "set rmargin 46", "set lmargin 9",
            "set xtics (%s)" % ", ".join("'%d k' %d" % (k, k * 1000) for k in (25, 50, 100, 200, 400, 800, 1600, 3200)), "set grid lc rgb '%s' lw 0.4 dt 3" % GRID, "set xlabel 'bytes of the file'",
            "set ylabel 'MB for each second of CPU'", "set key bottom left samplen 0.5", "set clip points",
            "plot $ours using 1:2 with points pt 7 ps 0.7 lc rgb '%s' title 'this server', $others using 1:2 with points pt 5 ps 0.7 lc rgb '%s' %s" % (
                CODE, OTHERS[0], "title 'others'" if any(p[3] != CODE for p in points) else "notitle")]
    draw(path, WIDTH, height, "\n".join(out) + "\n", "Size and bulk speed of the server, chacha20-poly1305")


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: bench/size/charts.py TABLES FOLDER")
    folder, out = sys.argv[1:]
    rows = tables.read(folder, "rows")
    if not rows:
        tables.fail("there is no %s/rows.tsv with a row: make size-report" % folder)
    groups = {row["name"]: row["group"] for row in tables.read(folder, "groups") or []}
    peers = [row for row in tables.read(folder, "peers") or [] if not row["name"].startswith("libraries of ")]
    def of(*wanted):
        return [row for row in rows if groups.get(row["name"]) in wanted]
    usual = rows[:1]
    builds(out + "/size-builds.svg", "Size of a build, and of others", of("profile") or usual, peers, int(rows[0]["file"]))
    others = [row for row in of("libc", "hardening", "compiler", "cpu") if row not in usual]
    if others:
        builds(out + "/size-toolchains.svg", "Full: size by C library, provider, compiler and CPU", usual + others, [], int(rows[0]["file"]))
    features = tables.read(folder, "features")
    if features:
        feature_costs(out + "/size-features.svg", features)
    rooms, objects = tables.read(folder, "map-rooms"), tables.read(folder, "map-objects")
    if rooms:
        places(out + "/size-map.svg", rooms, objects)
    speed(out + "/size-speed.svg", of("profile", "libc", "hardening", "compiler", "compression"), peers)


main()
