"""The servers that the measuring tools start: the gateway, the proxies it is measured by, and what stands behind them.

Each runs on a core of its own choosing with its files in a scratch directory, and ends with the tool.
"""

import contextlib
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys

import debian_tools
from processes import ROOT, free_port, running, wait_until_ready

BENCHMARKS = ROOT / "Tests/Benchmarks"
ANSWER = {
    "id": "chatcmpl-bench", "object": "chat.completion", "created": 1700000000, "model": "gpt-4o-mini-2024-07-18",
    "choices": [{"index": 0, "logprobs": None, "finish_reason": "stop",
                 "message": {"role": "assistant", "refusal": None, "content": "All is well. " * 40}}],
    "usage": {"prompt_tokens": 820, "completion_tokens": 160, "total_tokens": 980,
              "prompt_tokens_details": {"cached_tokens": 0}, "completion_tokens_details": {"reasoning_tokens": 0}},
}  # fmt: skip


def answer_of(size: int) -> str:
    """The same completion with a message that brings it to that size."""
    longer = json.loads(json.dumps(ANSWER))
    message = longer["choices"][0]["message"]
    message["content"] += "x" * (size - len(json.dumps(ANSWER)))
    return json.dumps(longer)


def plain(server: "Server") -> dict:
    """The options of a provider that is asked in plain HTTP."""
    return {"base_url": f"http://127.0.0.1:{server.port}/v1"}


@dataclasses.dataclass
class Server:
    name: str
    port: int
    process: subprocess.Popen
    admin: int = 0


class Servers:
    """Starts servers on two cores: what is measured on the first, load and provider on the second."""

    def __init__(self, gateway: list[str], scratch: pathlib.Path, stack: contextlib.ExitStack):
        cores = sorted(os.sched_getaffinity(0))
        self.server_core, self.load_core = cores[0], cores[min(1, len(cores) - 1)]
        self.gateway, self.scratch, self.stack = gateway, scratch, stack
        self.by_name: dict[str, Server] = {}

    def __contains__(self, name: str) -> bool:
        return name in self.by_name

    def __getitem__(self, name: str) -> Server:
        return self.by_name[name]

    def start(self, name: str, core: int, command: list, port: int, ready: str = "", seconds: float = 30) -> Server:
        log = self.scratch / (re.sub(r"\W+", "-", name) + ".log")
        pinned = ["taskset", "--cpu-list", core, *command]
        process = self.stack.enter_context(running(pinned, log, env=debian_tools.ENVIRONMENT, cwd=self.scratch))
        wait_until_ready(ready or f"http://127.0.0.1:{port}/", process, seconds)
        self.by_name[name] = Server(name, port, process)
        return self.by_name[name]

    def written(self, name: str, **values) -> pathlib.Path:
        """The benchmark's file of that name, its @PLACES@ filled in."""
        text = (BENCHMARKS / name).read_text()
        for place, value in {"DIR": self.scratch, **values}.items():
            text = text.replace(f"@{place}@", str(value))
        if name.endswith(".conf") and os.geteuid() == 0:
            text += "\nuser root;\n"  # the workers of a master that is root would lose the scratch directory
        path = self.scratch / name
        path.write_text(text)
        return path

    def nginx_command(self, file: pathlib.Path) -> list:
        return [debian_tools.program("nginx"), "-p", self.scratch, "-e", self.scratch / "nginx.log", "-c", file]

    def make_certificates(self) -> None:
        """A private authority (ca.pem) and the provider's certificate by it, for localhost."""
        new_key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -x509 -days 30".split()
        authority = [*new_key, "-subj", "/CN=bench authority", "-keyout", "ca.key", "-out", "ca.pem"]
        provider = [*new_key, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
        provider += ["-addext", "basicConstraints=CA:FALSE", "-CA", "ca.pem", "-CAkey", "ca.key"]
        provider += ["-keyout", "provider.key", "-out", "provider.pem"]
        for command in (authority, provider):
            subprocess.run(["openssl", "req", *command], cwd=self.scratch, check=True, capture_output=True)

    def start_upstream(self) -> Server:
        """The provider: an nginx that answers each request at once; "upstream, TLS" is the same on its other port."""
        port, tls_port = free_port(), free_port()
        self.make_certificates()
        (self.scratch / "answers").mkdir()
        for size in (8192, 65536):
            (self.scratch / f"answers/{size}.json").write_text(answer_of(size))
        file = self.written("upstream.conf", PORT=port, TLS_PORT=tls_port, ANSWER=json.dumps(ANSWER))
        upstream = self.start("upstream", self.load_core, self.nginx_command(file), port)
        self.by_name["upstream, TLS"] = Server("upstream, TLS", tls_port, upstream.process)
        return upstream

    def start_provider(self) -> Server:
        """The provider that streams, and does what a request asks of it: tools/provider.py."""
        port = free_port()
        command = [sys.executable, ROOT / "tools/provider.py", port]
        return self.start("provider", self.load_core, command, port)

    def start_proxies(self, wanted: tuple[str, ...] = ("nginx", "haproxy")) -> None:
        """nginx and HAProxy, each under a name for every port: plain, `, TLS`, `, streams`.

        nginx also has a cache, and a port where it answers by itself: the least that a server on that core takes.
        """
        behind = {"UPSTREAM": "upstream", "TLS_UPSTREAM": "upstream, TLS", "STREAMS": "provider"}
        # What is not started is not asked either, but the file has a place for it.
        behind = {place: self[name].port if name in self else 9 for place, name in behind.items()}
        for name in wanted:
            ports = {place: free_port() for place in ("PORT", "CACHE_PORT", "TLS_PORT", "STREAM_PORT", "STATIC_PORT")}
            places = {**ports, **behind, "ANSWER": json.dumps(ANSWER)}
            file = self.written("nginx.conf" if name == "nginx" else "haproxy.cfg", **places)
            haproxy = [debian_tools.program("haproxy"), "-db", "-f", file]
            command = self.nginx_command(file) if name == "nginx" else haproxy
            ready = f"http://127.0.0.1:{ports['STREAM_PORT']}/"
            process = self.start(name, self.server_core, command, ports["PORT"], ready).process
            for place, suffix in {
                "CACHE_PORT": " proxy_cache",
                "TLS_PORT": ", TLS",
                "STREAM_PORT": ", streams",
                "STATIC_PORT": " static",
            }.items():
                self.by_name[name + suffix] = Server(name, ports[place], process)

    def gateway_accepts(self, provider: dict) -> bool:
        """Whether this version knows these options of a provider."""
        file = self.scratch / "asked.json5"
        file.write_text(json.dumps({"providers": {"openai": provider}}))
        command = [*self.gateway, "check", "--config", file, "--data", self.scratch / "asked"]
        return subprocess.run(list(map(str, command)), capture_output=True).returncode == 0

    def start_gateway(
        self,
        name: str,
        provider: dict,
        under: list | None = None,
        seconds: float = 30,
        others: dict | None = None,
        **settings,
    ) -> Server:
        """The gateway with its defaults, but for where the provider is, `others` by name, and what `settings` change.

        `under` is a command that runs it, such as valgrind.
        """
        port, admin = free_port(), free_port()
        directory = self.scratch / re.sub(r"\W+", "-", name)
        directory.mkdir()
        settings = {"providers": {"openai": provider, **(others or {})}, **settings}
        (directory / "gateway.json5").write_text(json.dumps(settings))
        command = [*(under or []), *self.gateway, "serve", "--config", directory / "gateway.json5"]
        command += ["--data", directory / "data"]
        command += ["--listen", f"127.0.0.1:{port}", "--admin", f"127.0.0.1:{admin}"]
        server = self.start(name, self.server_core, command, port, f"http://127.0.0.1:{admin}/readyz", seconds)
        server.admin = admin
        return server
