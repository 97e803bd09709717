#!/usr/bin/env python3
"""Draws the pictures of the README as SVG files that need nothing else: no font, no script, light or dark as the reader's system is.

    ci/picture.py session FILE COMMAND...   runs each command with `sh` on a terminal, and draws what the terminal shows at the end
    ci/picture.py bars FILE (TITLE TABLE)...
                                            draws a bar for each line `label<tab>value<tab>unit` of the tables, below their titles

`ci/session.sh` and `ci/bench.sh --svg` call it. Only Python's standard library is used.
"""

import html
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import time
from fcntl import ioctl

COLUMNS = 96
FONT_SIZE = 14
# The letters of a monospaced font are 0.6 em wide. `textLength` stretches other fonts to this width.
LETTER = FONT_SIZE * 0.6
LINE = 20
MARGIN = 16

STYLE = """
text { font: %dpx ui-monospace, "SFMono-Regular", Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #1f2328; white-space: pre }
.back { fill: #f6f8fa; stroke: #d1d9e0 }
.bold { font-weight: bold }
.dim { fill: #59636e }
.red { fill: #cf222e } .green { fill: #1a7f37 } .yellow { fill: #9a6700 } .blue { fill: #0969da } .cyan { fill: #1b7c83 }
.bar { fill: #9ec5fe } .own { fill: #1a7f37 }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc }
.back { fill: #0d1117; stroke: #3d444d }
.dim { fill: #9198a1 }
.red { fill: #ff7b72 } .green { fill: #3fb950 } .yellow { fill: #d29922 } .blue { fill: #4493f8 } .cyan { fill: #39c5cf }
.bar { fill: #1f4f8f } .own { fill: #2ea043 }
}
""" % FONT_SIZE

COLOURS = {1: "red", 2: "green", 3: "yellow", 4: "blue", 6: "cyan"}
# A control sequence, an operating system command, another escape, a control character, or text.
TOKEN = re.compile(
    r"\x1b\[(?P<args>[?0-9;]*)(?P<command>[A-Za-z])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()].|\x1b.|(?P<control>[\r\n\b])|(?P<text>[^\x00-\x1f])",
    re.DOTALL,
)


class Screen:
    """The features of a terminal that cargo and cross use: colours, and lines that are overwritten."""

    def __init__(self):
        self.lines = [[]]
        self.row = self.column = 0
        self.style = ()

    def put(self, letter):
        if self.column == COLUMNS:
            self.newline()
        line = self.lines[self.row]
        line.extend([(" ", ())] * (self.column + 1 - len(line)))
        line[self.column] = (letter, self.style)
        self.column += 1

    def newline(self):
        self.row += 1
        self.column = 0
        while self.row >= len(self.lines):
            self.lines.append([])

    def feed(self, text):
        for token in TOKEN.finditer(text):
            if token["text"]:
                self.put(token["text"])
            elif token["control"] == "\n":
                self.newline()
            elif token["control"] == "\r":
                self.column = 0
            elif token["control"] == "\b":
                self.column = max(0, self.column - 1)
            elif token["command"]:
                self.control(token["command"], token["args"])

    def control(self, command, args):
        numbers = [int(word) for word in args.split(";") if word.isdigit()]
        count = numbers[0] if numbers else 0
        if command == "m":
            self.colour(numbers or [0])
        elif command == "K":
            line = self.lines[self.row]
            del line[0 if count == 2 else self.column :]
        elif command == "J":
            del self.lines[self.row][self.column :]
            del self.lines[self.row + 1 :]
        elif command == "A":
            self.row = max(0, self.row - max(1, count))
        elif command == "B":
            column = self.column
            for _ in range(max(1, count)):
                self.newline()
            self.column = column
        elif command == "C":
            self.column = min(COLUMNS - 1, self.column + max(1, count))
        elif command == "G":
            self.column = max(1, count) - 1

    def colour(self, numbers):
        style = set(self.style)
        if numbers[:2] == [38, 5]:
            # Of the 256 colours, the first sixteen are the basic ones.
            numbers = [30 + numbers[2] % 8] if numbers[2] < 16 else []
        for number in numbers:
            if number == 0:
                style = set()
            elif number == 1:
                style.add("bold")
            elif number == 2:
                style.add("dim")
            elif number == 22:
                style -= {"bold", "dim"}
            elif 30 <= number <= 37 or 90 <= number <= 97 or number == 39:
                style -= set(COLOURS.values())
                style |= {COLOURS[number % 10]} if number % 10 in COLOURS else set()
        self.style = tuple(sorted(style))


def run(screen, command):
    """Runs a command on a new terminal. Returns the command's exit code and its seconds."""
    main, child = pty.openpty()
    ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
    env = dict(os.environ, TERM="xterm-256color", COLUMNS=str(COLUMNS))
    start = time.monotonic()
    process = subprocess.Popen(
        ["sh", "-c", command], stdin=child, stdout=child, stderr=child, env=env, start_new_session=True
    )
    os.close(child)
    data = b""
    while True:
        try:
            part = os.read(main, 65536)
        except OSError:
            # The last process with this terminal has ended.
            break
        if not part:
            break
        data += part
    code = process.wait()
    seconds = time.monotonic() - start
    os.close(main)
    screen.feed(data.decode(errors="replace"))
    if screen.column:
        screen.newline()
    return code, seconds


def session(file, commands):
    screen = Screen()
    for command in commands:
        screen.style = ("dim",)
        screen.feed("$ ")
        screen.style = ("bold",)
        screen.feed(command)
        prompt = screen.row
        screen.style = ()
        screen.newline()
        code, seconds = run(screen, command)
        if code:
            print(*("".join(letter for letter, _ in line) for line in screen.lines), sep="\n", file=sys.stderr)
            sys.exit(f"ci/picture.py: error: `{command}` ends with {code}")
        took = f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
        row, screen.row = screen.row, prompt
        screen.column = COLUMNS - len(took)
        screen.style = ("dim",)
        screen.feed(took)
        screen.row, screen.column, screen.style = row, 0, ()
    while screen.lines and not screen.lines[-1]:
        screen.lines.pop()
    body = []
    for number, line in enumerate(screen.lines):
        body.extend(spans(line, MARGIN + LINE * number + FONT_SIZE))
    words = "A terminal with these commands, and the output of each: " + "; ".join(commands)
    write(file, words, COLUMNS * LETTER + 2 * MARGIN, len(screen.lines) * LINE + 2 * MARGIN, body)


def spans(line, y):
    """Splits a line into texts of one style each."""
    start = 0
    while start < len(line):
        end = start
        while end < len(line) and line[end][1] == line[start][1]:
            end += 1
        text = "".join(letter for letter, _ in line[start:end])
        begin = start + len(text) - len(text.lstrip())
        if text.strip():
            yield label(text.strip(), MARGIN + begin * LETTER, y, line[start][1])
        start = end


def label(text, x, y, style=(), anchor=""):
    words = f' class="{" ".join(style)}"' if style else ""
    words += f' text-anchor="{anchor}"' if anchor else ""
    width = f'textLength="{len(text) * LETTER:g}" lengthAdjust="spacingAndGlyphs"'
    return f'<text x="{x:g}" y="{y:g}" {width}{words}>{html.escape(text, quote=False)}</text>'


def bars(file, charts):
    charts = [(title, rows_of(table)) for title, table in charts]
    names = [name for _, rows in charts for name, _, _ in rows]
    left = MARGIN + max(map(len, names)) * LETTER + 12
    room = 320
    row = LINE + 6
    body = []
    words = []
    y = MARGIN
    for title, rows in charts:
        # Each chart has a scale of its own.
        longest = max(float(value) for _, value, _ in rows)
        body.append(label(title, MARGIN, y + FONT_SIZE, ("bold",)))
        y += row
        for name, value, unit in rows:
            long = max(1.0, room * float(value) / longest)
            style = "own" if name.startswith("cross") else "bar"
            body.append(label(name, MARGIN, y + FONT_SIZE))
            body.append(f'<rect class="{style}" x="{left:g}" y="{y:g}" width="{long:.1f}" height="18" rx="2"/>')
            body.append(label(f"{value} {unit}", left + long + 8, y + FONT_SIZE, ("dim",)))
            y += row
        y += row / 2
        words.append(title + ": " + ", ".join(f"{name} {value} {unit}" for name, value, unit in rows))
    write(file, "; ".join(words), left + room + 12 * LETTER + MARGIN, y - row / 2 + MARGIN - 8, body)


def rows_of(table):
    with open(table, encoding="utf-8") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines]
    if not rows:
        sys.exit(f"ci/picture.py: error: {table} is empty")
    return rows


def write(file, words, width, height, body):
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" role="img">',
        f"<title>{html.escape(words, quote=False)}</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="back" x="0.5" y="0.5" width="{width - 1:.0f}" height="{height - 1:.0f}" rx="8"/>',
    ]
    with open(file, "w", encoding="utf-8") as out:
        out.write("\n".join([*head, *body, "</svg>"]) + "\n")


def main(args):
    match args:
        case ["session", file, *commands] if commands:
            session(file, commands)
        case ["bars", file, *charts] if charts and len(charts) % 2 == 0:
            bars(file, list(zip(charts[::2], charts[1::2])))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
