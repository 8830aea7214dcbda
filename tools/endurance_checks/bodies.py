"""A gigabyte up and a gigabyte down through the pass-through routes, unchanged and in constant memory."""

import json
import socket
import zlib

from chat import part
from provider import BLOCK
from usage import forget_peak, status_megabytes

from endurance_checks.lab import Lab

MEGABYTES_MORE = 20


def check(lab: Lab) -> None:
    size = lab.scaled(1 << 30, least=64 << 20) // len(BLOCK) * len(BLOCK)
    checksum = 0
    for _ in range(size // len(BLOCK)):
        checksum = zlib.crc32(BLOCK, checksum)
    gateway = lab.gateway("bodies")
    for what, run in {"upload": upload, "download": download}.items():
        run(gateway.port, len(BLOCK))  # what is made once is made
        forget_peak(gateway.process.pid)
        before = status_megabytes(gateway.process.pid)["VmRSS"]
        arrived = run(gateway.port, size)
        more = status_megabytes(gateway.process.pid)["VmHWM"] - before
        lab.found_all(f"{what} of {size >> 20:,} MB: bytes that arrived", arrived[0], size)
        lab.found_all(f"{what} of {size >> 20:,} MB: arrived unchanged", int(arrived[1] == checksum), 1)
        lab.found(f"{what} of {size >> 20:,} MB: more memory at the peak", more, MEGABYTES_MORE, "MB")


def upload(port: int, size: int) -> tuple[int, int]:
    """Sends so many bytes; what the provider counted, and their checksum."""
    head = "POST /v1/files HTTP/1.1\r\nhost: gateway\r\ncontent-type: multipart/form-data; boundary=x\r\n"
    head += f"authorization: Bearer sk-bench\r\ncontent-length: {size}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(head.encode())
        for _ in range(size // len(BLOCK)):
            connection.sendall(BLOCK)
        body = b""
        while not body.endswith(b"}"):
            body += part(connection)
    result = json.loads(body[body.index(b"{") : body.rindex(b"}") + 1])
    return result["bytes"], result["crc32"]


def download(port: int, size: int) -> tuple[int, int]:
    """Fetches so many bytes; how many came, and their checksum."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        head = f"GET /v1/files/{size}/content HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer sk-bench\r\n\r\n"
        connection.sendall(head.encode())
        received = b""
        while b"\r\n\r\n" not in received:
            received += part(connection)
        body = received.partition(b"\r\n\r\n")[2]
        count, checksum = len(body), zlib.crc32(body)
        while count < size:
            body = part(connection)
            count, checksum = count + len(body), zlib.crc32(body, checksum)
    return count, checksum
