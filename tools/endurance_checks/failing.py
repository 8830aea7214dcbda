"""A provider that fails three calls in ten, with a healthy one behind it: hardly a client notices, and it is not asked much
more often than there are calls."""

import concurrent.futures
import re
import socket
import urllib.request

from chat import chat_request, read_answer
from processes import free_port
from servers import Server

from endurance_checks.lab import Lab

CLIENTS = 16
FAULTS = ["500:0.1", "drop:0.1", "429-bare:0.1"]
ERRORS, RETRIES, BURST = 0.1, 20, 10  # percent of the calls, and the retries that may be saved up


def check(lab: Lab) -> None:
    calls = lab.scaled(10_000, least=500) // CLIENTS * CLIENTS
    first, second = simulator(lab, "failing", FAULTS), simulator(lab, "healthy", [])
    gateway = start(lab, first, second)
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as clients:
        failed = sum(clients.map(lambda number: ask(gateway.port, number, calls // CLIENTS), range(CLIENTS)))
    lab.found(f"{calls:,} calls: those without an answer", failed / calls * 100, ERRORS, "%")
    asked = attempts(gateway, "openai")
    spare = max(0, asked - calls - BURST)
    lab.found(f"{calls:,} calls: retries at the provider that fails", spare / calls * 100, RETRIES, "%")
    lab.note(f"the one that fails was asked {asked:,} times, the healthy one {attempts(gateway, 'second'):,}")


def simulator(lab: Lab, name: str, faults: list[str]) -> Server:
    port = free_port()
    command = [*lab.servers.gateway, "simulate", "--listen", f"127.0.0.1:{port}"]
    command += [word for fault in faults for word in ("--fault", fault)]
    return lab.servers.start(name, lab.servers.load_core, command, port, f"http://127.0.0.1:{port}/v1/models")


def start(lab: Lab, first: Server, second: Server) -> Server:
    """A gateway whose first choice fails and whose fallback does not."""
    return lab.servers.start_gateway(
        "failing first",
        {"base_url": f"http://127.0.0.1:{first.port}/v1"},
        cache={"enabled": False},
        routing={"backoff": {"base_ms": 20, "max_ms": 200}},
        models={"gpt-4o-mini": {"fallbacks": ["gpt-4o"]}, "gpt-4o": {"provider": "second"}},
        others={"second": {"base_url": f"http://127.0.0.1:{second.port}/v1"}},
    )


def ask(port: int, client: int, calls: int) -> int:
    """Makes so many calls one after the other; returns how many had no answer."""
    failed = 0
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        for number in range(calls):
            connection.sendall(chat_request(f"{client} {number}"))
            status, _, _ = read_answer(connection)
            failed += status != 200
    return failed


def attempts(gateway: Server, provider: str) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{gateway.admin}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    found = re.findall(rf'gateway_upstream_attempts_total\{{provider="{provider}",[^}}]*\}} (\d+)', text)
    return sum(map(int, found))
