"""Clients that only wear a server out: thousands that idle, and some that are slow at everything.

Each crowd is a process of its own, so that it takes nothing from the client whose latency is measured.
"""

import contextlib
import errno
import multiprocessing
import select
import socket
import time

from chat import HEAD, chat_request
from stream_load import source

HEALTH = b"GET /health HTTP/1.1\r\nhost: gateway\r\n\r\n"
DOWNLOAD = b"GET /v1/files/50000000/content HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer sk-bench\r\n\r\n"
KINDS = ("head", "body", "reader")


class Crowd:
    """Runs one of the functions below in a process, until it is asked how it went."""

    def __init__(self, function, *arguments):
        self.pipe, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=function, args=(theirs, *arguments), daemon=True)
        self.process.start()
        theirs.close()

    def wait(self) -> dict:
        """What the crowd says next: that it is complete, at last how it went."""
        return self.pipe.recv()

    def end(self) -> dict:
        self.pipe.send("end")
        result = self.wait()
        self.process.join(10)
        return result


def connected(port: int, index: int, receive_buffer: int = 0) -> socket.socket:
    made = socket.socket()
    if receive_buffer:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    made.bind((source(index), 0))
    made.settimeout(10)
    made.connect(("127.0.0.1", port))
    return made


def idle(pipe, port: int, count: int) -> None:
    """Connections that had one answer each, and at the end ask for another."""

    def ask(batch: list[socket.socket]) -> int:
        answered = 0
        for connection in batch:
            with contextlib.suppress(OSError):
                connection.sendall(HEALTH)
        for connection in batch:
            with contextlib.suppress(OSError):
                answered += connection.recv(4096).startswith(b"HTTP/1.1 200 ")
        return answered

    connections, answered = [], 0
    for first in range(0, count, 100):
        batch = [connected(port, index) for index in range(first, min(first + 100, count))]
        answered += ask(batch)
        connections += batch
    pipe.send({"answered": answered})
    pipe.recv()
    pipe.send({"answered": sum(ask(connections[first : first + 100]) for first in range(0, count, 100))})


def slow(pipe, port: int, count: int) -> None:
    """A third sends its head, a third its body, a byte a second; a third reads a download at that pace.

    One that the server gave up begins again at once, so that there are as many at all times.
    """
    head = (HEAD.format(path="/v1/chat/completions") + "x-slow: " + "y" * 10000).encode()
    body = chat_request("slow", 20000)
    poller = select.epoll()
    members: dict[int, list] = {}  # by descriptor: connection, index, bytes sent
    closed = dict.fromkeys(KINDS, 0)
    statuses: dict[str, int] = {}

    def begin(index: int) -> None:
        kind = KINDS[index % 3]
        connection = connected(port, index, receive_buffer=4096 if kind == "reader" else 0)
        start = {"head": head[:20], "body": body[:1000], "reader": DOWNLOAD}[kind]
        connection.sendall(start)
        connection.setblocking(False)
        members[connection.fileno()] = [connection, index, len(start)]
        # A reader's bytes are left where they are; of it only the end is of interest.
        poller.register(connection, select.EPOLLRDHUP if kind == "reader" else select.EPOLLIN | select.EPOLLRDHUP)

    def give_up(descriptor: int) -> None:
        connection, index, _ = members.pop(descriptor)
        kind = KINDS[index % 3]
        with contextlib.suppress(OSError):
            if kind != "reader" and (status := connection.recv(4096)[9:12]):
                statuses[status.decode()] = statuses.get(status.decode(), 0) + 1
        connection.close()
        closed[kind] += 1
        begin(index)

    for index in range(count):
        begin(index)
        time.sleep(5 / count)  # so that they are not given up all at once
    pipe.send({"held": len(members)})
    turn = 0
    while not pipe.poll():
        for descriptor, _ in poller.poll(0.01, 256):
            give_up(descriptor)
        turn = (turn + 1) % 100
        for descriptor in [known for known, member in members.items() if member[1] % 100 == turn]:
            connection, index, sent = members[descriptor]
            try:
                if KINDS[index % 3] == "reader":
                    connection.recv(1)
                else:
                    connection.send((head if KINDS[index % 3] == "head" else body)[sent : sent + 1])
                    members[descriptor][2] += 1
            except OSError as error:
                if error.errno != errno.EAGAIN:
                    give_up(descriptor)
    pipe.recv()
    pipe.send({"held": len(members), "closed": closed, "statuses": statuses})
