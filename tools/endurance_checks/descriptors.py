"""Out of descriptors: the gateway goes on with what it has, does not spin, and takes connections again when it can."""

import contextlib
import socket
import time

from chat import read_answer
from stream_load import StreamLoad
from usage import cpu_seconds, open_descriptors

from endurance_checks.lab import Lab

LIMIT = 256
HEALTH = b"GET /health HTTP/1.1\r\nhost: gateway\r\n\r\n"


def check(lab: Lab) -> None:
    gateway = lab.gateway("descriptors", under=["prlimit", f"--nofile={LIMIT}:{LIMIT}"])
    streams = StreamLoad(gateway.port, 10, 80, 100, body_bytes=1024)
    streams.run(1)
    with contextlib.ExitStack() as stack:
        for _ in range(2 * LIMIT):
            connection = stack.enter_context(socket.socket())
            connection.setblocking(False)
            connection.connect_ex(("127.0.0.1", gateway.port))
            with contextlib.suppress(BlockingIOError, OSError):
                connection.send(HEALTH)
        streams.run(0.5)
        lab.found_all(f"{2 * LIMIT} clients: they took every descriptor", int(reached(gateway.process.pid)), 1)
        before = cpu_seconds(gateway.process.pid)
        streams.run(3)
        busy = (cpu_seconds(gateway.process.pid) - before) / 3
        lab.found(f"{2 * LIMIT} clients for {LIMIT} descriptors: of a core in use", busy * 100, 20, "%")
    start = time.monotonic()
    lab.found("until a new client is answered once they have left", recovery(gateway.port), 2, "s")
    streams.run(max(0, 20 - (time.monotonic() - start)))
    for fault in streams.faults[:3]:
        lab.note(fault)
    lab.found_all("streams in flight that came to their end", streams.completed - len(streams.faults), 10)
    streams.close()
    lab.found_all("the gateway still runs", int(gateway.process.poll() is None), 1)


def reached(pid: int) -> bool:
    """Whether so few are free that no connection can be accepted; the gateway keeps some back."""
    return open_descriptors(pid) > LIMIT * 0.9


def recovery(port: int) -> float:
    start = time.monotonic()
    while time.monotonic() < start + 10:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(HEALTH)
            if read_answer(connection)[0] == 200:
                return time.monotonic() - start
        time.sleep(0.01)
    return float("inf")
