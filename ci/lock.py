#!/usr/bin/env python3
"""usage: ci/lock.py [--check]

Writes three files. toolchains/packages.lock has each package that a toolchain or the base image is made of, with the version, size and
digest in Debian's signed indexes of today. toolchains/base.packages has the packages of the base image, and toolchains/tools.packages those
of the programs and libraries in tools.toml, both with all that they depend on. With --check nothing is written, and the exit code is 1 if a file would
change.

The mirrors are those of apt's configuration. Only the main archives of releases are read: they keep their packages until a release is
archived, while archives of updates drop versions. Needs gpgv and Debian's keyring (debian-archive-keyring).
"""

import hashlib
import lzma
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
LOCK = ROOT / "toolchains" / "packages.lock"
BASE = ROOT / "toolchains" / "base.packages"
TOOLS = ROOT / "toolchains" / "tools.packages"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# The architecture of the machines that build, and of packages that do not name another.
ARCHITECTURE = "amd64"
HEAD = """\
# The packages of Debian's that toolchains and the base image are made of. Written by ci/lock.py.
# release package version bytes sha256 path
"""


def mirrors():
    """The addresses of Debian's mirrors in apt's configuration, in its order."""
    apt = pathlib.Path("/etc/apt")
    files = [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))]
    found = []
    for file in files:
        text = file.read_text() if file.exists() else ""
        if file.suffix == ".sources":
            addresses = re.findall(r"^URIs:\s*(\S+)", text, re.M)
        else:
            addresses = re.findall(r"^deb\s+(?:\[[^]]*\]\s*)?(\S+)", text, re.M)
        found += [address.rstrip("/") for address in addresses]
    return [address for address in dict.fromkeys(found) if address.endswith("/debian")]


def fetch(path):
    """The contents of a path on the first mirror that has it."""
    reasons = []
    for mirror in mirrors():
        try:
            with urllib.request.urlopen(f"{mirror}/{path}") as answer:
                return answer.read()
        except OSError as error:
            reasons.append(str(error))
    sys.exit(f"cannot fetch {path}: {'; '.join(reasons) or 'apt names no mirror of Debian'}")


def index(release, architecture):
    """The packages of a release for an architecture: a dictionary of each package's fields, by its name."""
    path = f"main/binary-{architecture}/Packages.xz"
    signed = fetch(f"dists/{release}/InRelease")
    with tempfile.NamedTemporaryFile() as file:
        file.write(signed)
        file.flush()
        command = ["gpgv", "--quiet", "--keyring", KEYRING, "--output", "-", file.name]
        text = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode()
    digests = text[text.index("\nSHA256:") :]
    expected = re.search(rf"^ ([0-9a-f]{{64}})\s+\d+\s+{re.escape(path)}$", digests, re.M)
    packed = fetch(f"dists/{release}/{path}")
    if hashlib.sha256(packed).hexdigest() != expected[1]:
        sys.exit(f"the index of {release} is not the one that was signed")
    packages = {}
    for paragraph in lzma.decompress(packed).decode().split("\n\n"):
        fields = dict(re.findall(r"^(\w[\w-]*): (.*)$", paragraph, re.M))
        if fields:
            packages[fields["Package"]] = fields
    return packages


def names(text):
    """The groups of a field like Depends. Each is a list of alternative packages in the field's order, without versions and architectures."""
    groups = [group for group in text.split(",") if group.strip()]
    return [[re.match(r"[^\s(:]+", one.strip())[0] for one in group.split("|")] for group in groups]


def closure(packages, chosen, without=()):
    """The names of the chosen packages and of all that they depend on, except for those in `without` and their dependencies."""
    providers = {}
    for name, fields in packages.items():
        for [provided] in names(fields.get("Provides", "")):
            providers.setdefault(provided, []).append(name)
    chosen = set(chosen)
    given = chosen.union(without)
    found, left = set(), sorted(chosen, reverse=True)
    while left:
        name = left.pop()
        if name in found:
            continue
        found.add(name)
        fields = packages.get(name) or sys.exit(f"there is no package {name}")
        for group in names(fields.get("Pre-Depends", "")) + names(fields.get("Depends", "")):
            answers = [answer for one in group for answer in [one, *providers.get(one, [])] if answer in packages]
            if not (found | given).intersection(answers):
                left.append(answers[0] if answers else sys.exit(f"nothing is {' or '.join(group)}, which {name} needs"))
    return sorted(found)


def base(indexes):
    """The packages of the base image: a list of those that are installed, and a set of all that are needed, by release and name."""
    said = tomllib.loads((ROOT / "toolchains" / "base.toml").read_text())
    packages = indexes(said["suite"], ARCHITECTURE)
    minimal = [name for name, fields in packages.items() if "required" in fields["Priority"] or "Essential" in fields]
    installed = closure(packages, [*minimal, "apt", *said["packages"]])
    parts = [part["package"] for part in said["parts"]]
    return installed, {(said["suite"], name) for name in [*installed, *parts]}


def tools(indexes):
    """A line for each program and library with its name and the packages that it is made of, and a set of all these, by release and name."""
    said = tomllib.loads((ROOT / "toolchains" / "tools.toml").read_text())
    lines, needed = [], set()

    def add(tool, suite, without):
        found = closure(indexes(suite, ARCHITECTURE), tool["packages"], without)
        lines.append(" ".join([tool["name"], *found]) + "\n")
        needed.update((suite, name) for name in found)

    for tool in said["programs"]:
        add(tool, said["suite"], [*said["without"], *tool.get("without", [])])
    for tool in said["libraries"]:
        add(tool, tool["suite"], tool["without"])
    return "".join(lines), needed


def main():
    read = {}

    def indexes(*what):
        if what not in read:
            read[what] = index(*what)
        return read[what]

    installed, wanted = base(indexes)
    command = ["cargo", "run", "--quiet", "--bin", "cross-util", "--", "toolchains", "packages"]
    toolchains = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    wanted |= {tuple(line.split()) for line in toolchains.splitlines()}
    of_tools, needed = tools(indexes)
    wanted |= needed
    lines = []
    for release, name in sorted(wanted):
        plain, _, architecture = name.partition(":")
        found = indexes(release, architecture or ARCHITECTURE)
        package = found.get(plain) or sys.exit(f"{release} has no package {name}")
        lines.append(" ".join([release, name, package["Version"], package["Size"], package["SHA256"], package["Filename"]]))
    for file, text in [
        (LOCK, HEAD + "".join(f"{line}\n" for line in lines)),
        (BASE, "".join(f"{name}\n" for name in installed)),
        (TOOLS, of_tools),
    ]:
        if file.exists() and text == file.read_text():
            continue
        if "--check" in sys.argv[1:]:
            sys.exit(f"{file.name} is not what the indexes say now")
        file.write_text(text)


main()
