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

    def start_upstream(self) -> Server:
        """The provider: an nginx that answers each request at once with the same chat completion."""
        port = free_port()
        file = self.written("upstream.conf", PORT=port, ANSWER=json.dumps(ANSWER))
        return self.start("upstream", self.load_core, self.nginx_command(file), port)

    def start_nginx(self, upstream: int) -> Server:
        """nginx as a bare proxy, and, as a server of its own name, as one that caches."""
        port, cache_port = free_port(), free_port()
        file = self.written("nginx.conf", PORT=port, CACHE_PORT=cache_port, UPSTREAM=upstream)
        nginx = self.start("nginx", self.server_core, self.nginx_command(file), port)
        self.by_name["nginx proxy_cache"] = Server("nginx proxy_cache", cache_port, nginx.process)
        return nginx

    def start_haproxy(self, upstream: int) -> Server:
        port = free_port()
        file = self.written("haproxy.cfg", PORT=port, UPSTREAM=upstream)
        return self.start("haproxy", self.server_core, [debian_tools.program("haproxy"), "-db", "-f", file], port)

    def start_gateway(
        self, name: str, upstream: str, under: list | None = None, seconds: float = 30, **settings
    ) -> Server:
        """The gateway with its defaults, but for where the provider is and what `settings` change.

        `under` is a command that runs it, such as valgrind.
        """
        port, admin = free_port(), free_port()
        directory = self.scratch / re.sub(r"\W+", "-", name)
        directory.mkdir()
        settings = {"providers": {"openai": {"base_url": f"{upstream}/v1"}}, **settings}
        (directory / "gateway.json5").write_text(json.dumps(settings))
        command = [*(under or []), *self.gateway, "serve", "--config", directory / "gateway.json5"]
        command += ["--data", directory / "data"]
        command += ["--listen", f"127.0.0.1:{port}", "--admin", f"127.0.0.1:{admin}"]
        server = self.start(name, self.server_core, command, port, f"http://127.0.0.1:{admin}/readyz", seconds)
        server.admin = admin
        return server
