#!/usr/bin/env python3
"""Random patterns: random.py OURS ROUNDS SEED compares `OURS -o` with GNU's grep -o on the same lines, and OURS -x with Python's re."""
import random, re, subprocess, sys

ours, rounds, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
r = random.Random(seed)
letters = "ab c_1B"

def atom(depth, extended):
    kind = r.randrange(10)
    if kind < 5: return r.choice("abc1B_")
    if kind < 6: return "."
    if kind < 8:
        return "[" + r.choice(["", "^"]) + r.choice(["a", "ab", "a-c", "[:alpha:]", "[:digit:]_", "b-", "]a"]) + "]"
    if depth > 2: return r.choice("ab")
    inner = pattern(depth + 1, extended)
    return "(" + inner + ")" if extended else "\\(" + inner + "\\)"

def pattern(depth, extended):
    out = []
    for _ in range(r.randrange(1, 4)):
        out.append(atom(depth, extended))
        repeat = r.choice(["", "", "", "*", "+", "?", "{2}", "{1,2}", "{0,2}", "{2,}"])
        if not extended: repeat = re.sub(r"([+?{}])", r"\\\1", repeat)
        out.append(repeat)
    text = "".join(out)
    if r.randrange(5) == 0: text += ("|" if extended else "\\|") + atom(depth, extended)
    if depth == 0:
        if r.randrange(6) == 0: text = "^" + text
        if r.randrange(6) == 0: text = text + "$"
        if r.randrange(8) == 0: text = "\\<" + text
        if r.randrange(8) == 0: text = text + "\\>"
    return text

def run(program, *options):
    done = subprocess.run([program, *options], input=lines.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=5)
    return done.returncode, done.stdout

bad = 0
for _ in range(rounds):
    extended = r.randrange(2) == 0
    p = pattern(0, extended)
    lines = "".join("".join(r.choice(letters) for _ in range(r.randrange(0, 12))) + "\n" for _ in range(25))
    # GNU's -w is a matter of its own, and with -x its \\> is not to be believed.
    options = [r.choice(["-no", "-no", "-noi", "-nx" if "\\>" not in p else "-n"]) + ("E" if extended else "G"), "-e", p]
    got = run(ours, *options)
    try:
        wanted = run("grep", *options)
    except subprocess.TimeoutExpired: # GNU's has patterns that take it years
        wanted = got
    if got != wanted:
        bad += 1
        print(options, got, wanted, repr(lines), sep="\n  ")
    if extended and "[:" not in p and "\\" not in p and "]a" not in p:
        whole = re.compile(p.replace("$", "\\Z"))
        wanted = "".join(l + "\n" for l in lines.split("\n")[:-1] if whole.fullmatch(l))
        if run(ours, "-xE", p)[1].decode() != wanted:
            bad += 1
            print("re:", p, repr(lines), sep="\n  ")
sys.exit(bad != 0)
