#!/usr/bin/env python3
"""A provider for the measuring tools: streams at a steady pace, takes and gives bodies of any size, tells what it saw.

    tools/provider.py PORT

One thread, epoll. What it does with a chat request is written in the request's text:
    events=N interval_ms=N first_ms=N   the stream: how many events, the pause between two and before the first
    status=N                            answers with that error
    hold                                never answers
    tag=WORD                            remembers when the connection was closed, and tells at /closed/WORD
An event holds its number and the time it was sent (CLOCK_MONOTONIC, nanoseconds), so that a client sees what came late
or not at all. POST /v1/files counts what is uploaded, GET /v1/files/N/content gives N bytes; /count tells its counters.
"""

import heapq
import json
import random
import re
import resource
import select
import socket
import sys
import time
import zlib

from chunked import ChunkedDecoder

EVENT = (
    b'data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-mini",'
    b'"choices":[{"index":0,"delta":{"content":" %08d %019d"},"finish_reason":null}]}\n\n'
)
LAST = (
    b'data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-mini",'
    b'"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
)
USAGE = (
    b'data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-mini",'
    b'"choices":[],"usage":{"prompt_tokens":20,"completion_tokens":200,"total_tokens":220}}\n\n'
)
DONE = b"data: [DONE]\n\n"
STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
BLOCK = bytes(range(256)) * 1024  # what downloads are made of
OPTION = re.compile(rb"\b(events|interval_ms|first_ms|status)=(\d+)")


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def answer(content: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (
        status, len(content), content,
    )  # fmt: skip


COMPLETION = answer(
    json.dumps({
        "id": "chatcmpl-bench", "object": "chat.completion", "created": 1700000000, "model": "gpt-4o-mini",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "All is well. " * 40},
                     "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 20, "completion_tokens": 160, "total_tokens": 180},
    }).encode()
)  # fmt: skip
FAILURE = b'{"error":{"message":"the provider was asked to fail","type":"server_error","param":null,"code":null}}'


class Connection:
    __slots__ = (
        "socket", "received", "head", "body", "length", "decoder", "checksum", "tag", "busy", "unsent", "blocked",
        "download", "is_download", "events", "sent", "pause", "wants_usage",
    )  # fmt: skip

    def __init__(self, accepted: socket.socket):
        self.socket = accepted
        self.received, self.unsent = b"", b""
        self.busy = self.blocked = False
        self.reset()

    def reset(self) -> None:
        self.head, self.tag, self.decoder = None, None, None
        self.body, self.length, self.checksum = [], 0, 0
        self.events = self.sent = self.download = 0
        self.is_download = False


class Provider:
    def __init__(self, port: int):
        self.listener = socket.create_server(("127.0.0.1", port), backlog=8192)
        self.listener.setblocking(False)
        self.poller = select.epoll()
        self.poller.register(self.listener, select.EPOLLIN)
        self.connections: dict[int, Connection] = {}
        self.due: list[tuple[int, int, Connection]] = []  # by time; the number keeps equal times apart
        self.number = 0
        self.closed: dict[bytes, int] = {}
        self.count = {"requests": 0, "events": 0, "accepted": 0}
        self.random = random.Random(1)

    def run(self) -> None:
        while True:
            wait = max(0, self.due[0][0] - time.monotonic_ns()) / 1e9 if self.due else -1
            for descriptor, ready in self.poller.poll(wait, 1024):
                if descriptor == self.listener.fileno():
                    self.accept()
                elif connection := self.connections.get(descriptor):
                    if ready & select.EPOLLOUT:
                        self.flush(connection)
                    if ready & ~select.EPOLLOUT and connection.socket.fileno() >= 0:
                        self.read(connection)
            now = time.monotonic_ns()
            while self.due and self.due[0][0] <= now:
                _, _, connection = heapq.heappop(self.due)
                if connection.busy and not connection.blocked:
                    self.emit(connection)

    def accept(self) -> None:
        for _ in range(256):
            try:
                accepted, _ = self.listener.accept()
            except BlockingIOError:
                return
            accepted.setblocking(False)
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections[accepted.fileno()] = Connection(accepted)
            self.poller.register(accepted, select.EPOLLIN)
            self.count["accepted"] += 1

    def close(self, connection: Connection) -> None:
        if connection.tag and connection.busy:
            self.closed[connection.tag] = time.monotonic_ns()
        connection.busy = False
        del self.connections[connection.socket.fileno()]
        connection.socket.close()

    # Requests

    def read(self, connection: Connection) -> None:
        try:
            data = connection.socket.recv(262144)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close(connection)
            return
        if connection.head is None:
            data = connection.received + data
            end = data.find(b"\r\n\r\n")
            if end < 0:
                connection.received = data
                return
            connection.received = b""
            connection.head, data = data[:end], data[end + 4 :]
            connection.busy = True
            lower = connection.head.lower()
            if b"\r\ntransfer-encoding: chunked" in lower:
                connection.decoder = ChunkedDecoder()
            elif length := re.search(rb"\r\ncontent-length: *(\d+)", lower):
                connection.length = int(length[1])
            if tag := re.search(rb"tag=(\w+)", connection.head):
                connection.tag = tag[1]
        self.take(connection, data)

    def take(self, connection: Connection, data: bytes) -> None:
        """A part of the body; what follows it is the next request's (clients here wait for their answer)."""
        if connection.decoder:
            pieces = connection.decoder.feed(data)
            ended = connection.decoder.ended
        else:
            connection.length -= len(data)
            pieces, ended = [data], connection.length == 0
        if b"/files" in connection.head[:64]:
            for piece in pieces:
                connection.checksum = zlib.crc32(piece, connection.checksum)
                connection.sent += len(piece)
        else:
            connection.body += pieces
        if ended:
            self.count["requests"] += 1
            self.respond(connection, connection.head.split(b" ", 2)[1], b"".join(connection.body))

    def respond(self, connection: Connection, path: bytes, body: bytes) -> None:
        if path.endswith(b"/chat/completions"):
            self.respond_to_chat(connection, body)
        elif path == b"/count":
            open_now = {"open": len(self.connections) - 1, "busy": sum(c.busy for c in self.connections.values()) - 1}
            self.finish(connection, answer(json.dumps({**self.count, **open_now}).encode()))
        elif path.startswith(b"/closed/"):
            self.finish(connection, answer(b"%d" % self.closed.get(path[8:], 0)))
        elif size := re.search(rb"/files/(\d+)/content", path):
            connection.download, connection.is_download = int(size[1]), True
            head = b"HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\ncontent-length: %b\r\n\r\n" % size[1]
            self.send(connection, head)
        elif b"/files" in path:
            result = {"bytes": connection.sent, "crc32": connection.checksum}
            self.finish(connection, answer(json.dumps(result).encode()))
        else:
            self.finish(connection, answer(b'{"object":"list","data":[]}'))

    def respond_to_chat(self, connection: Connection, body: bytes) -> None:
        options = {name: int(value) for name, value in OPTION.findall(body)}
        if tag := re.search(rb"tag=(\w+)", body):
            connection.tag = tag[1]
        if b"hold" in body:
            return
        if status := options.get(b"status"):
            self.finish(connection, answer(FAILURE, b"%d Asked For" % status))
        elif not re.search(rb'"stream" *: *true', body):
            self.finish(connection, COMPLETION)
        else:
            connection.events = options.get(b"events", 20)
            connection.sent = 0
            connection.pause = options.get(b"interval_ms", 0) * 1_000_000
            connection.wants_usage = b'"include_usage"' in body
            # Clients that begin together do not stay in step, as no model's answers are.
            start = options.get(b"first_ms", 0) * 1_000_000 + int(self.random.random() * connection.pause)
            self.schedule(connection, start)

    # Answers

    def schedule(self, connection: Connection, after: int) -> None:
        self.number += 1
        heapq.heappush(self.due, (time.monotonic_ns() + after, self.number, connection))

    def emit(self, connection: Connection) -> None:
        """The next event of a stream, or all of them when there is no pause between."""
        data = STREAM_HEAD if connection.sent == 0 else b""
        while True:
            data += chunk(EVENT % (connection.sent, time.monotonic_ns()))
            connection.sent += 1
            self.count["events"] += 1
            if connection.sent == connection.events or connection.pause:
                break
        if connection.sent == connection.events:
            data += chunk(LAST) + (chunk(USAGE) if connection.wants_usage else b"") + chunk(DONE) + b"0\r\n\r\n"
            self.finish(connection, data)
        else:
            self.send(connection, data)
            if connection.busy and not connection.blocked:
                self.schedule(connection, connection.pause)

    def finish(self, connection: Connection, data: bytes) -> None:
        connection.busy = False
        connection.reset()
        self.send(connection, data)

    def send(self, connection: Connection, data: bytes) -> None:
        connection.unsent += data
        self.flush(connection)

    def flush(self, connection: Connection) -> None:
        """Sends what the other side takes; the rest, and the events after it, wait until it takes more."""
        try:
            while connection.unsent or connection.download:
                if not connection.unsent:
                    connection.unsent = BLOCK[: connection.download]
                    connection.download -= len(connection.unsent)
                sent = connection.socket.send(connection.unsent)
                connection.unsent = connection.unsent[sent:]
        except BlockingIOError:
            if not connection.blocked:
                connection.blocked = True
                self.poller.modify(connection.socket, select.EPOLLIN | select.EPOLLOUT)
            return
        except OSError:
            self.close(connection)
            return
        if connection.is_download:
            connection.busy = False
            connection.reset()
        if connection.blocked:
            connection.blocked = False
            self.poller.modify(connection.socket, select.EPOLLIN)
            if connection.events:
                self.schedule(connection, connection.pause)


def main() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    Provider(int(sys.argv[1])).run()


if __name__ == "__main__":
    main()
