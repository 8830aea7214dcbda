"""10,000 connections that idle and 1,000 clients that are slow: little memory, and everyone else is served as ever."""

import functools
import statistics
import time

import fixed_rate
from chat import chat_request
from crowd import Crowd, idle, slow
from usage import status_megabytes

from endurance_checks.lab import Lab

MEGABYTES, RATIO = 40, 2.0
PER_SECOND, SECONDS, WINDOWS = 200, 4, 5


def check(lab: Lab) -> None:
    idlers, slow_ones = lab.scaled(10000, least=200), lab.scaled(1000, least=60)
    # Longer than the check: what is measured is their number, not how they are sent away.
    # Idle ones are kept longer than the check takes; of slow heads and bodies some are given up in its course.
    gateway = lab.gateway("idle", limits={"idle_timeout_ms": 600000, "body_timeout_ms": 10000})
    # Memory first, while nothing else has used any.
    before = status_megabytes(gateway.process.pid)["VmRSS"]
    waiting = Crowd(idle, gateway.port, idlers)
    answered = waiting.wait()["answered"]
    memory = status_megabytes(gateway.process.pid)
    lab.found_all(f"{idlers:,} connections: each answered once", answered, idlers)
    lab.found(f"{idlers:,} idle connections: memory of the process", memory["VmRSS"], MEGABYTES, "MB")
    more = memory["VmRSS"] - before
    lab.note(
        f"{more:.1f} MB more than before, {more * 1024 / idlers:.1f} KB each; {memory['RssAnon']:.1f} MB anonymous"
    )
    waiting.end()

    quiet = healthy_p99(lab, gateway.port)
    waiting = Crowd(idle, gateway.port, idlers)
    waiting.wait()
    dawdling = Crowd(slow, gateway.port, slow_ones)
    dawdling.wait()
    loaded = healthy_p99(lab, gateway.port)
    lab.found(f"{slow_ones:,} slow clients besides: p99 of others, to the quiet one", loaded / quiet, RATIO, "times")
    lab.note(
        f"p99 {quiet:.2f} ms before, {loaded:.2f} ms with the crowd; the median of {WINDOWS} windows of {SECONDS} s"
    )
    with_all = status_megabytes(gateway.process.pid)["VmRSS"]
    result = dawdling.end()
    lab.note(
        f"memory with all of them {with_all:.1f} MB; slow ones sent away: {result['closed']}, {result['statuses']}"
    )
    lab.found_all(f"{slow_ones:,} slow clients: there until the end", result["held"], slow_ones)
    lab.found_all(f"{idlers:,} idle connections: each answered again", waiting.end()["answered"], idlers)


def healthy_p99(lab: Lab, port: int) -> float:
    """Milliseconds, of chat requests that miss the cache; the median of some windows, for the machine has moods."""
    windows, faults = [], []
    for _ in range(WINDOWS):
        text = f"{time.time_ns()} "
        target = fixed_rate.Target(
            port, functools.partial(lambda text, number: chat_request(f"{text}{number}", 1024), text)
        )
        fixed_rate.run([target], PER_SECOND, SECONDS)
        windows.append(fixed_rate.percentile(target.latencies, 0.99) / 1e6)
        faults += target.faults
    for fault in faults[:3]:
        lab.note(f"a healthy request failed: {fault}")
    lab.found("healthy requests that failed", len(faults), 0)
    return statistics.median(windows)
