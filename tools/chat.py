"""Chat requests and plain answers over sockets that the tools read themselves."""

import re
import socket

from chunked import ChunkedDecoder

HEAD = "POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\nauthorization: Bearer sk-bench\r\n"


def chat_request(text: str, body_bytes: int = 0, stream: bool = False, path: str = "/v1/chat/completions") -> bytes:
    """A request with `text` as its message, filled up to a body of `body_bytes`; the same text makes the same bytes."""
    start = '{"model":"gpt-4o-mini","temperature":0,' + ('"stream":true,' if stream else "")
    start += '"messages":[{"role":"user","content":"' + text
    tail = '"}]}'
    missing = body_bytes - len(start) - len(tail)
    body = start + (" word" * (missing // 5 + 1))[: max(missing, 0)] + tail
    return f"{HEAD.format(path=path)}content-length: {len(body)}\r\n\r\n{body}".encode()


def read_answer(connection: socket.socket) -> tuple[int, bytes, bytes]:
    """Status, head and body of the next answer; raises OSError when the connection ends before it does."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += part(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    if re.search(rb"\r\ntransfer-encoding: *chunked", head, re.I):
        decoder = ChunkedDecoder()
        pieces = decoder.feed(body)
        while not decoder.ended:
            pieces += decoder.feed(part(connection))
        return int(head[9:12]), head, b"".join(pieces)
    length = int(re.search(rb"\r\ncontent-length: *(\d+)", head, re.I)[1])
    while len(body) < length:
        body += part(connection)
    return int(head[9:12]), head, body


def part(connection: socket.socket) -> bytes:
    received = connection.recv(262144)
    if not received:
        raise ConnectionError("the connection was closed")
    return received
