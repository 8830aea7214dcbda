"""A million requests of every kind: after a warm-up neither memory nor descriptors grow."""

import pathlib
import re
import statistics
import subprocess
import time

import debian_tools
from servers import BENCHMARKS
from usage import mapped_megabytes, open_descriptors, status_megabytes

from endurance_checks.lab import Lab

MEGABYTES, DESCRIPTORS = 4, 8
MAPPED_MEGABYTES = 64  # pages of cache and ledger, which the kernel takes back when it needs them
SAMPLE_EVERY = 50_000
MINUTES = 20  # at the longest


def check(lab: Lab) -> None:
    wanted = lab.scaled(1_000_000, least=20_000)
    # A small cache, so that it is full and evicts long before the end.
    gateway = lab.gateway("million", cache={"max_bytes": 64 << 20})
    end = time.monotonic() + 60 * MINUTES
    samples, total, status, broken, seconds = [], 0, 0, 0, 2
    while total < wanted and time.monotonic() < end:
        result = run(lab, gateway.port, seconds)
        total += result["requests"]
        status += result["status"]
        broken += result["broken"]
        seconds = min(60, max(2, round(seconds * min(SAMPLE_EVERY, wanted / 12) / max(result["requests"], 1))))
        time.sleep(1)  # for what is closed and freed late
        memory = status_megabytes(gateway.process.pid)
        descriptors = open_descriptors(gateway.process.pid)
        samples.append((total, memory["RssAnon"], memory["RssFile"], descriptors))
        lab.note(
            f"{total:9,} requests: {memory['RssAnon']:.1f} MB and {memory['RssFile']:.1f} MB of mapped files, "
            f"{descriptors} descriptors"
        )
    largest = sorted(mapped_megabytes(gateway.process.pid).items(), key=lambda item: -item[1])[:3]
    named = [f"{'/'.join(pathlib.Path(path).parts[-2:])} {size:.1f} MB" for path, size in largest]
    lab.note(f"mapped most: {', '.join(named)}")
    later = [sample for sample in samples if sample[0] > total / 5]
    quarter = max(1, len(later) // 4)
    early, late = later[:quarter], later[-quarter:]

    def growth(column: int) -> float:
        return statistics.median(sample[column] for sample in late) - statistics.median(
            sample[column] for sample in early
        )

    lab.found_all(f"{wanted:,} requests: made in {MINUTES} minutes", int(total >= wanted), 1)
    lab.found(f"{total:,} requests: connections broken or slow", broken, 0)
    lab.found(
        f"{total:,} requests: distance to the tenth that fail on purpose", abs(status / total - 0.1) * 100, 1, "%"
    )
    # The last quarter against the first one after the warm-up.
    lab.found(f"{total:,} requests: growth of memory of its own", growth(1), MEGABYTES, "MB")
    lab.found(f"{total:,} requests: growth of mapped files", growth(2), MAPPED_MEGABYTES, "MB")
    lab.found(f"{total:,} requests: growth of descriptors", growth(3), DESCRIPTORS)


def run(lab: Lab, port: int, seconds: int) -> dict[str, int]:
    command = ["taskset", "--cpu-list", lab.servers.load_core, debian_tools.program("wrk"), "--threads", 1]
    command += ["--connections", 64, "--duration", f"{seconds}s", "--timeout", "10s"]
    command += ["--script", BENCHMARKS / "mixed.lua", f"http://127.0.0.1:{port}/", "--", time.time_ns()]
    done = subprocess.run(list(map(str, command)), env=debian_tools.ENVIRONMENT, capture_output=True, text=True)
    return {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", done.stdout.partition("RESULT")[2])}
