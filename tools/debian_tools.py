"""Programs out of Debian packages, unpacked below .build rather than installed: an installed one starts a service."""

import os
import pathlib
import re
import shutil
import subprocess

from processes import ROOT, fail

DIRECTORY = ROOT / ".build/tools"
LIBRARIES = [
    DIRECTORY / prefix / f"{os.uname().machine}-linux-gnu" for prefix in ("usr/lib", "lib")
]
ENVIRONMENT = {**os.environ, "LD_LIBRARY_PATH": ":".join(map(str, LIBRARIES))}


def program(name: str) -> pathlib.Path:
    """The unpacked program of the package with its name, with the libraries that this machine lacks beside it."""
    found = find(name)
    if not found:
        unpack([name])
        found = find(name) or fail(f"the package {name} holds no program {name}")
    if missing_libraries(found):
        unpack(library_packages(name))
    if still := missing_libraries(found):
        fail(f"{name} lacks {', '.join(still)}, which is in none of the packages that it depends on")
    return found


def find(name: str) -> pathlib.Path | None:
    places = [DIRECTORY / place / name for place in ("usr/sbin", "usr/bin")]
    return next((place for place in places if place.exists()), None)


def missing_libraries(path: pathlib.Path) -> list[str]:
    listed = subprocess.run(["ldd", path], env=ENVIRONMENT, capture_output=True, text=True).stdout
    return re.findall(r"(\S+) => not found", listed)


def library_packages(name: str) -> list[str]:
    """The libraries among what a package depends on, directly or not, that this machine does not have."""
    command = ["apt-cache", "depends", "--recurse", "--no-recommends", "--no-suggests", "--no-conflicts"]
    command += ["--no-breaks", "--no-replaces", "--no-enhances", name]
    listed = subprocess.run(command, capture_output=True, text=True).stdout
    libraries = [line for line in listed.splitlines() if re.match(r"lib[\w.+-]+$", line)]
    return [library for library in libraries if not is_installed(library)]


def is_installed(package: str) -> bool:
    command = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", package]
    return subprocess.run(command, capture_output=True, text=True).stdout.startswith("installed")


def unpack(packages: list[str]) -> None:
    archives = DIRECTORY / "archives"
    shutil.rmtree(archives, ignore_errors=True)
    archives.mkdir(parents=True)
    command = ["apt-get", "download", "--quiet", *packages]
    if os.geteuid() == 0:
        command += ["-o", "APT::Sandbox::User=root"]
    if subprocess.call(command, cwd=archives, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) != 0:
        # The package lists of a new machine are empty; only root may fetch them.
        if os.geteuid() != 0 or subprocess.call(["apt-get", "update", "--quiet"]) != 0:
            fail(f"apt-get cannot download {' '.join(packages)}; as root, try: apt-get update")
        subprocess.run(command, cwd=archives, check=True)
    for archive in archives.glob("*.deb"):
        subprocess.run(["dpkg-deb", "--extract", archive, DIRECTORY], check=True)
