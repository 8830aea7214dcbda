"""What the checks share: a provider, gateways made to measure, and the list of what was found."""

import dataclasses
import json
import socket
import time

from chat import read_answer
from servers import Server, Servers, plain


@dataclasses.dataclass
class Finding:
    check: str
    what: str
    figure: float
    goal: float
    unit: str
    ok: bool

    def line(self) -> str:
        sign, unit = ("=", "") if self.unit == "all" else ("≤", self.unit)
        figure = f"{self.figure:,}" if isinstance(self.figure, int) else f"{self.figure:,.2f}"
        found = f"{figure} {unit}".rstrip()
        return (
            f"{'ok' if self.ok else 'FAILED':6}  {self.check}  {self.what:66} {found:>14}  (goal {sign} {self.goal:,})"
        )


class Lab:
    def __init__(self, servers: Servers, scale: float, prints: bool):
        self.servers, self.scale, self.prints = servers, scale, prints
        self.provider = servers.start_provider()
        self.findings: list[Finding] = []
        self.check = ""

    def scaled(self, count: int, least: int = 1) -> int:
        return max(least, int(count * self.scale))

    def gateway(self, name: str, under: list | None = None, **settings) -> Server:
        """A new gateway; it asks the provider over as many connections as there are calls."""
        provider = {**plain(self.provider), "max_connections": 10000}
        return self.servers.start_gateway(name, provider, under=under, **settings)

    def found(self, what: str, figure: float, goal: float, unit: str = "") -> None:
        """A figure that must not be above its goal."""
        self._add(Finding(self.check, what, figure, goal, unit, figure <= goal))

    def found_all(self, what: str, figure: int, goal: int) -> None:
        """A count that must be reached exactly."""
        self._add(Finding(self.check, what, figure, goal, "all", figure == goal))

    def note(self, text: str) -> None:
        if self.prints:
            print(f"        {self.check}  {text}", flush=True)

    def _add(self, finding: Finding) -> None:
        self.findings.append(finding)
        if self.prints:
            print(finding.line(), flush=True)

    # Asking the provider

    def asked(self, path: str) -> bytes:
        with socket.create_connection(("127.0.0.1", self.provider.port), timeout=10) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nhost: provider\r\n\r\n".encode())
            return read_answer(connection)[2]

    def counts(self) -> dict[str, int]:
        return json.loads(self.asked("/count"))

    def wait_until(self, condition, seconds: float) -> bool:
        """Whether it came true within that time."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                return False
            time.sleep(0.01)
        return True
