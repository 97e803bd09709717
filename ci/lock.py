#!/usr/bin/env python3
"""usage: ci/lock.py [--check]

Writes toolchains/packages.lock anew: each package that a toolchain is made of, by the version, size and digest that Debian's signed
indexes have of it now. With --check nothing is written, and the exit code is 1 when something would change.

The mirrors are those of apt's configuration. Only the releases' main archives are read: what is in those stays until a release is archived,
while archives of updates drop versions. Needs gpgv and Debian's keyring (debian-archive-keyring).
"""

import hashlib
import lzma
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
LOCK = ROOT / "toolchains" / "packages.lock"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
INDEX = "main/binary-amd64/Packages.xz"
HEAD = """\
# The packages of Debian's that toolchains are made of. Written by ci/lock.py.
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
    """What the first mirror that has it has at a path."""
    reasons = []
    for mirror in mirrors():
        try:
            with urllib.request.urlopen(f"{mirror}/{path}") as answer:
                return answer.read()
        except OSError as error:
            reasons.append(str(error))
    sys.exit(f"cannot fetch {path}: {'; '.join(reasons) or 'apt names no mirror of Debian'}")


def index(release):
    """The packages of a release: a dictionary for each, by name."""
    signed = fetch(f"dists/{release}/InRelease")
    with tempfile.NamedTemporaryFile() as file:
        file.write(signed)
        file.flush()
        command = ["gpgv", "--quiet", "--keyring", KEYRING, "--output", "-", file.name]
        text = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode()
    digests = text[text.index("\nSHA256:") :]
    expected = re.search(rf"^ ([0-9a-f]{{64}})\s+\d+\s+{re.escape(INDEX)}$", digests, re.M)
    packed = fetch(f"dists/{release}/{INDEX}")
    if hashlib.sha256(packed).hexdigest() != expected[1]:
        sys.exit(f"the index of {release} is not the one that was signed")
    packages = {}
    for paragraph in lzma.decompress(packed).decode().split("\n\n"):
        fields = dict(re.findall(r"^(\w[\w-]*): (.*)$", paragraph, re.M))
        if fields:
            packages[fields["Package"]] = fields
    return packages


def main():
    command = ["cargo", "run", "--quiet", "--bin", "cross-util", "--", "toolchains", "packages"]
    wanted = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    wanted = [line.split() for line in wanted.splitlines()]
    indexes = {release: index(release) for release in sorted({release for release, _ in wanted})}
    lines = []
    for release, name in wanted:
        package = indexes[release].get(name) or sys.exit(f"{release} has no package {name}")
        lines.append(" ".join([release, name, package["Version"], package["Size"], package["SHA256"], package["Filename"]]))
    text = HEAD + "".join(f"{line}\n" for line in lines)
    if text == LOCK.read_text():
        return
    if "--check" in sys.argv[1:]:
        sys.exit(f"{LOCK.name} is not what the indexes say now")
    LOCK.write_text(text)


main()
