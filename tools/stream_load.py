"""Many chat streams at once, read by one thread: counts events, times each on its way, and knows when one is missing.

The provider (tools/provider.py) numbers its events and stamps them with the clock that all processes here share.
"""

import re
import select
import socket
import time

from chat import chat_request
from chunked import ChunkedDecoder

STAMP = re.compile(rb'"content":" (\d{8}) (\d{19})"')


class Stream:
    __slots__ = ("connection", "head", "decoder", "rest", "seen", "expected", "done")

    def __init__(self, connection: socket.socket, expected: int):
        self.connection, self.expected = connection, expected
        self.begin()

    def begin(self) -> None:
        self.head, self.rest, self.seen, self.done = b"", b"", 0, False
        self.decoder = None


class StreamLoad:
    """`count` streams of `events` events, `interval_ms` apart; an ended one is begun anew when `repeats`."""

    def __init__(
        self, port: int, count: int, events: int, interval_ms: int, body_bytes: int = 0, repeats: bool = False
    ):
        self.text = f"run {time.time_ns()} events={events} interval_ms={interval_ms} number "
        self.body_bytes, self.events, self.repeats = body_bytes, events, repeats
        self.poller = select.epoll()
        self.streams: dict[int, Stream] = {}
        self.number = 0
        self.faults: list[str] = []
        self.forget()
        for index in range(count):
            connection = socket.create_connection(("127.0.0.1", port), timeout=10, source_address=(source(index), 0))
            stream = Stream(connection, events)
            self.streams[connection.fileno()] = stream
            self.poller.register(connection, select.EPOLLIN)
            self.ask(stream)
            if index % 64 == 63:
                self.read(0)

    def forget(self) -> None:
        """Counts from here on."""
        self.delays: list[int] = []
        self.completed = 0

    def ask(self, stream: Stream) -> None:
        self.number += 1
        stream.begin()
        stream.connection.sendall(chat_request(f"{self.text}{self.number:08d}", self.body_bytes, stream=True))

    def run(self, seconds: float) -> None:
        """Reads for that long, or until every stream has ended."""
        end = time.monotonic() + seconds
        while self.streams and (left := end - time.monotonic()) > 0:
            self.read(left)

    def read(self, wait: float) -> None:
        for descriptor, _ in self.poller.poll(wait, 512):
            stream = self.streams[descriptor]
            try:
                data = stream.connection.recv(65536)
                if not data:
                    raise ValueError("the connection was closed")
                self.take(stream, data)
            except (OSError, ValueError) as error:
                self.faults.append(f"after {stream.seen} of {stream.expected} events: {error}")
                self.drop(descriptor)
                continue
            if stream.decoder and stream.decoder.ended:
                if stream.seen != stream.expected or not stream.done:
                    self.faults.append(f"ended after {stream.seen} of {stream.expected} events")
                self.completed += 1
                if self.repeats:
                    self.ask(stream)
                else:
                    self.drop(descriptor)

    def take(self, stream: Stream, data: bytes) -> None:
        if stream.decoder is None:
            stream.head += data
            head, separator, data = stream.head.partition(b"\r\n\r\n")
            if not separator:
                return
            if not head.startswith(b"HTTP/1.1 200 "):
                raise ValueError(f"answered {head[:40]!r}")
            stream.decoder = ChunkedDecoder()
        text = stream.rest + b"".join(stream.decoder.feed(data))
        now = time.monotonic_ns()
        whole, _, stream.rest = text.rpartition(b"\n\n")
        for number, sent in STAMP.findall(whole):
            if int(number) != stream.seen:
                raise ValueError(f"event {int(number)} came where {stream.seen} was due")
            stream.seen += 1
            self.delays.append(now - int(sent))
        stream.done = stream.done or whole.endswith(b"data: [DONE]")

    def drop(self, descriptor: int) -> None:
        self.poller.unregister(descriptor)
        self.streams.pop(descriptor).connection.close()

    def close(self) -> None:
        for descriptor in list(self.streams):
            self.drop(descriptor)
        self.poller.close()


def source(index: int) -> str:
    """A loopback address to call from: one has too few ports for tens of thousands of connections in a row."""
    return f"127.0.0.{2 + index // 4000 % 200}"
