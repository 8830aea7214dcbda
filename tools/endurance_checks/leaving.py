"""A client that leaves ends its call upstream within a second, in whatever way and at whatever moment it leaves."""

import socket
import struct
import time

from chat import HEAD, chat_request
from usage import open_descriptors

from endurance_checks.lab import Lab

SECONDS = 1.0
MOMENTS = (
    "a stream, before its first byte",
    "a stream, in its middle",
    "an answer in one piece",
    "an upload, in its middle",
)
WAYS = ("FIN", "RST", "half-close")


def check(lab: Lab) -> None:
    gateway = lab.gateway("leaving")
    slowest = 0.0
    situations = [(moment, way) for moment in MOMENTS for way in WAYS]
    for number, (moment, way) in enumerate(situations):
        took = leave(lab, gateway.port, moment, way, f"one{number}")
        lab.found(f"{moment}: {way}, upstream closed after", took, SECONDS, "s")
    before = open_descriptors(gateway.process.pid)
    in_a_row = lab.scaled(50, least=len(situations))
    for number in range(in_a_row):
        moment, way = situations[number % len(situations)]
        slowest = max(slowest, leave(lab, gateway.port, moment, way, f"row{number}"))
    lab.found(f"{in_a_row} in a row: the slowest", slowest, SECONDS, "s")
    lab.wait_until(lambda: lab.counts()["busy"] == 0, 2)
    lab.found(f"{in_a_row} in a row: calls left at the provider", lab.counts()["busy"], 0)
    lab.wait_until(lambda: open_descriptors(gateway.process.pid) <= before, 2)
    lab.found(f"{in_a_row} in a row: descriptors more than before", open_descriptors(gateway.process.pid) - before, 0)


def leave(lab: Lab, port: int, moment: str, way: str, tag: str) -> float:
    """Begins a call, leaves it, and returns the seconds until the provider saw the end; infinity for never."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    text = f"{time.time_ns()} tag={tag} "
    if moment == MOMENTS[0]:
        connection.sendall(chat_request(text + "first_ms=60000", stream=True))
    elif moment == MOMENTS[1]:
        connection.sendall(chat_request(text + "events=10000 interval_ms=10", stream=True))
    elif moment == MOMENTS[2]:
        connection.sendall(chat_request(text + "hold"))
    else:
        head = HEAD.format(path=f"/v1/files?tag={tag}") + "content-length: 10000000\r\n\r\n"
        connection.sendall(head.encode() + bytes(1_000_000))
    if moment == MOMENTS[1]:
        received = b""
        while b'"content":" 00000005' not in received:
            if not (data := connection.recv(65536)):
                return float("inf")
            received += data
    elif not lab.wait_until(lambda: lab.counts()["busy"] > 0, 5):
        return float("inf")

    if way == "RST":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    elif way == "half-close":
        connection.shutdown(socket.SHUT_WR)
    else:
        connection.setblocking(False)  # what is unread would make a RST of the FIN
        try:
            connection.recv(1 << 20)
        except BlockingIOError:
            pass
    left = time.monotonic_ns()
    if way != "half-close":
        connection.close()
    closed = 0

    def is_closed() -> bool:
        nonlocal closed
        closed = int(lab.asked(f"/closed/{tag}"))
        return closed > 0

    lab.wait_until(is_closed, 5)
    connection.close()
    return (closed - left) / 1e9 if closed else float("inf")
