"""compare.py OURS OTHER TABLE: runs each snippet of the table (they are parted by lines of %%) by both with -c, in a new folder;
says where output or status differ."""
import subprocess
import sys
import tempfile

ours, other, table = sys.argv[1:4]


def run(shell, text):
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [shell, "-c", text],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=60,
            check=False,
        )
        return done.stdout.replace(folder.encode(), b"HERE"), done.returncode


with open(table, encoding="utf-8") as f:
    snippets = f.read().split("\n%%\n")
different = 0
for snippet in snippets:
    got, wanted = run(ours, snippet), run(other, snippet)
    if got != wanted:
        different += 1
        print(f"{snippet}\n  got    {got}\n  wanted {wanted}")
print(f"{len(snippets)} snippets, {different} differ")
sys.exit(different != 0)
