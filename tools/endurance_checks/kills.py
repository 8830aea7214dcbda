"""A hundred `kill -9` in the middle of writing the cache: each time it opens whole, with right answers alone."""

import pathlib
import re
import subprocess
import tempfile

from processes import ROOT

from endurance_checks.lab import Lab

PROGRAM = ROOT / ".build/release/cache-bench"
MEMORY = pathlib.Path("/dev/shm")  # a kill then meets the writer at work, and not the disk


def check(lab: Lab) -> None:
    kills = lab.scaled(100, 5)
    whole = answers = rounds = 0
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as directory:
        for kill in range(1, kills + 1):
            churn = subprocess.run([PROGRAM, "churn", directory, str(kill)], capture_output=True, text=True, timeout=60)
            said = re.findall(r"round (\d+)", churn.stdout)
            done = int(said[-1]) if said else 0
            check = subprocess.run(
                [PROGRAM, "check", directory, str(done)], capture_output=True, text=True, timeout=60
            )
            if churn.returncode == -9 and check.returncode == 0:
                whole += 1
            else:
                lab.note(f"kill {kill}, round {done}: {churn.stderr}{check.stdout}{check.stderr}")
            found = re.search(r"right: (\d+) answers", check.stdout)
            answers += int(found[1]) if found else 0
            rounds += done
    lab.note(f"{rounds} rounds of 42 writes; {answers} answers compared")
    lab.found_all("kills after which it opened, was verified and gave right answers", whole, kills)
