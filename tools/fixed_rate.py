"""A load that keeps its rate whatever the servers do, for the latency that a client sees when nothing is busy.

Open loop: each request is due at its time and its latency counts from then, so a server that stalls cannot hide the
requests that it held up. Several servers are asked in turns within one run, so that what disturbs one disturbs all.
"""

import collections
import dataclasses
import gc
import select
import socket
import time
from collections.abc import Callable

from chat import read_answer

SPIN_NS = 100_000  # a sleep ends late by about that much; the rest of the wait is spent looking at the clock


@dataclasses.dataclass
class Target:
    port: int
    request: Callable[[int], bytes]  # by number
    latencies: list[int] = dataclasses.field(default_factory=list)
    faults: list[str] = dataclasses.field(default_factory=list)
    free: collections.deque = dataclasses.field(default_factory=collections.deque)


def percentile(values: list[float], share: float) -> float:
    """The least value that `share` of the values (0.99 of them, say) do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def run(targets: list[Target], per_second: float, seconds: float) -> None:
    """Asks each target so many times a second, and adds what it finds to the targets."""
    waiting: dict[socket.socket, tuple[Target, int]] = {}
    pause = int(1e9 / per_second / len(targets))
    total = int(per_second * seconds) * len(targets)

    def receive(wait: float) -> None:
        # select and not epoll, whose unit is a millisecond.
        for connection in select.select(waiting, [], [], wait)[0]:
            target, due = waiting.pop(connection)
            try:
                status, _, _ = read_answer(connection)
                target.latencies.append(time.monotonic_ns() - due)
                if status != 200:
                    target.faults.append(f"status {status}")
                target.free.append(connection)
            except OSError as error:
                target.faults.append(str(error))
                connection.close()

    gc.disable()  # a collection takes as long as a request
    try:
        start = time.monotonic_ns() + 2 * SPIN_NS
        for number in range(total):
            target, due = targets[number % len(targets)], start + number * pause
            while (left := due - time.monotonic_ns()) > 0:
                receive(max(0, left - SPIN_NS) / 1e9)
            if not target.free:
                made = socket.create_connection(("127.0.0.1", target.port), timeout=10)
                made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                target.free.append(made)
            connection = target.free.popleft()
            waiting[connection] = (target, due)
            connection.sendall(target.request(number))
        end = time.monotonic() + 10
        while waiting and time.monotonic() < end:
            receive(0.1)
        for connection, (target, _) in waiting.items():
            target.faults.append("no answer within 10 s")
            connection.close()
    finally:
        gc.enable()
        for target in targets:
            while target.free:
                target.free.popleft().close()
